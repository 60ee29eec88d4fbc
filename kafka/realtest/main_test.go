package realtest

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"regroup/kafka/kafkatest"
)

func TestMain(m *testing.M) {
	if settings := os.Getenv(memberSwitch); settings != "" {
		beMember(settings)
		return
	}
	goleak.VerifyTestMain(kafkatest.Main(m))
}
