package tail

import (
	"testing"

	"go.uber.org/goleak"

	"regroup/kafka/kafkatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(kafkatest.Main(m)) }
