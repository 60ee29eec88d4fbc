package realtest

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"regroup/kafka/kafkatest"
)

// Ten minutes of a thousand groups, each of which rebalances every few seconds: memory grows until the rings are full, and
// then it stays.
//
//	REGROUP_TEST_KAFKA=1 REGROUP_TEST_LONG=1 go test ./kafka/realtest -run MemoryStaysFlat -timeout 30m -v
func TestMemoryStaysFlat(t *testing.T) {
	if !long() {
		t.Skip("it takes ten minutes: run it with " + longSwitch + "=1")
	}
	const prefix, groups, lasts, sample = "memory-", 1000, 10 * time.Minute, 30 * time.Second
	c := kafkatest.Shared(t)
	c.CreateTopic(t, prefix+"topic", 4)
	with := everything
	with.poll, with.forget = time.Second, true
	w := watchWith(t, c, prefix, with)
	all := puppets(t, c.Brokers(), prefix, prefix+"topic", 4, groups)
	turn := time.NewTicker(sample)
	defer turn.Stop()
	stop, done := make(chan struct{}), make(chan error, groups)
	for i, p := range all {
		go func() {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			for {
				select {
				case <-stop:
					done <- nil
					return
				case <-time.After(time.Duration(3000+random.IntN(4000)) * time.Millisecond):
				}
				if err := rejoin(t.Context(), p); err != nil {
					done <- err
					return
				}
			}
		}()
	}
	var heaps []uint64
	for began := time.Now(); time.Since(began) < lasts; {
		<-turn.C
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		heaps = append(heaps, stats.HeapAlloc)
		v, _ := w.now()
		t.Logf("%4.0f s: heap %.1f MiB, %d groups, %d rebalances reported, tail %s", time.Since(began).Seconds(),
			float64(stats.HeapAlloc)/(1<<20), len(v.Groups), w.reported.Load(), v.Tail.State)
	}
	close(stop)
	for range all {
		kafkatest.Must(t, <-done)
	}
	middle, end := mean(heaps[len(heaps)/2:len(heaps)*3/4]), mean(heaps[len(heaps)*3/4:])
	t.Logf("third quarter %.1f MiB, last quarter %.1f MiB", middle/(1<<20), end/(1<<20))
	if end > middle*1.1 {
		t.Errorf("memory grows: %.1f MiB, then %.1f MiB", middle/(1<<20), end/(1<<20))
	}
}

func mean(values []uint64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += float64(v)
	}
	return sum / float64(len(values))
}
