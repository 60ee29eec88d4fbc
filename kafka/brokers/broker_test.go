package brokers

import (
	"testing"
	"time"

	"regroup/kafka"
)

// A probe that takes long for once must not make the requests of polls impatient, nor the other way round.
func TestProbesDoNotMakePollsImpatient(t *testing.T) {
	pool, err := NewPool(kafka.Config{Brokers: []string{"127.0.0.1:1"}, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	b := pool.New(1)
	now := time.Now()
	b.responded(LaneDescribe, now.Add(-time.Second), now)
	patient := b.patience()
	for range 1000 {
		b.responded(LaneProbe, now.Add(-time.Millisecond), now)
	}
	if b.patience() != patient || patient < 10*time.Second {
		t.Errorf("a broker whose polls take a second is given %s after probes, %s before", b.patience(), patient)
	}
}
