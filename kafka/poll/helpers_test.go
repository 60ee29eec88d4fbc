package poll

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
)

func TestMain(m *testing.M) {
	if os.Getenv(benchServer) != "" {
		serveBench()
		return
	}
	goleak.VerifyTestMain(kafkatest.Main(m))
}

// newPoller is closed with the test.
func newPoller(t testing.TB, config kafka.Config, options Options) *Poller {
	t.Helper()
	p, err := New(config, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}
