package kafkatest

import (
	"context"
	"sync"
	"testing"
)

var shared struct {
	sync.Mutex
	cluster *Cluster
	err     error
}

// Shared returns the one cluster of the test binary: three brokers of [DefaultVersion] with all listeners. The first
// test that asks for it starts it; [Main] stops it. Tests on it name their topics and groups apart.
func Shared(t testing.TB) *Cluster {
	t.Helper()
	Require(t, "java", "mvn")
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil && shared.err == nil {
		// Not the test's context: the cluster outlives the test.
		shared.cluster, shared.err = start(context.Background(), Options{Secure: true})
	}
	if shared.err != nil {
		t.Fatalf("start Apache Kafka for the tests of this package: %v", shared.err)
	}
	return shared.cluster
}

// Runner is what runs the tests of a package: a *testing.M, or something around it.
type Runner interface{ Run() int }

// Main wraps a package's tests so that the cluster of [Shared] is stopped when they are through:
//
//	func TestMain(m *testing.M) { os.Exit(kafkatest.Main(m).Run()) }
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(kafkatest.Main(m)) }
func Main(m Runner) Runner { return runner{m} }

type runner struct{ Runner }

func (r runner) Run() int {
	defer stopShared()
	return r.Runner.Run()
}

func stopShared() {
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster != nil {
		shared.cluster.stop()
	}
	shared.cluster = nil
}
