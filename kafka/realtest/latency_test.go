package realtest

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// BenchmarkRecordToEvent measures how long after its coordinator wrote it a generation is reported: by the tracker, and
// by a line of regroup watch, while 100 groups rebalance at the same time. One turn is one rebalance of each.
//
//	REGROUP_TEST_KAFKA=1 go test ./kafka/realtest -run '^$' -bench RecordToEvent -benchtime 50x
func BenchmarkRecordToEvent(b *testing.B) {
	c := kafkatest.Shared(b)
	const prefix, groups = "latency-", 100
	c.CreateTopic(b, prefix+"topic", 4)
	b.Run("tracker", func(b *testing.B) {
		with := everything
		with.timed, with.poll = true, time.Second
		w := watchWith(b, c, prefix+"a-", with)
		all := puppets(b, c.Brokers(), prefix+"a-", prefix+"topic", 4, groups)
		turns(b, all)
		kafkatest.Eventually(b, func() string {
			if len(w.latencies()) < groups*(b.N+1) {
				return "not every rebalance is reported yet"
			}
			return ""
		})
		report(b, w.latencies()[groups:])
	})
	b.Run("watch", func(b *testing.B) {
		lines := startWatching(b, c, prefix+"b-")
		all := puppets(b, c.Brokers(), prefix+"b-", prefix+"topic", 4, groups)
		turns(b, all)
		kafkatest.Eventually(b, func() string {
			if len(lines.latencies()) < groups*(b.N+1) {
				return "not every rebalance is reported yet"
			}
			return ""
		})
		report(b, lines.latencies()[groups:])
	})
}

// turns has all groups rebalance once to begin with, and then as often as the benchmark wants.
func turns(b *testing.B, all []*kafkatest.Puppet) {
	b.Helper()
	rejoinAll(b, all)
	for b.Loop() {
		rejoinAll(b, all)
		time.Sleep(200 * time.Millisecond) // a storm that gathers breath: its queue is not what is measured
	}
}

// latencies are how long after it was written each rebalance was there to be shown.
func (w *watcher) latencies() (all []time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, e := range w.seen {
		if e.Kind == model.RebalanceCompleted && !e.Rebalance.Recorded.IsZero() {
			all = append(all, e.at.Sub(e.Rebalance.Recorded))
		}
	}
	return all
}

func report(b *testing.B, latencies []time.Duration) {
	b.Helper()
	slices.Sort(latencies)
	at := func(q float64) float64 {
		return float64(latencies[int(q*float64(len(latencies)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(.5), "p50-ms")
	b.ReportMetric(at(.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
	b.ReportMetric(float64(len(latencies)), "rebalances")
	b.ReportMetric(0, "ns/op") // how long a turn takes says nothing
}

// watchLines are lines of regroup watch as they come.
type watchLines struct {
	mutex sync.Mutex
	after []time.Duration // the rebalances' latencies
}

func (l *watchLines) latencies() []time.Duration {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return slices.Clone(l.after)
}

// startWatching builds regroup and starts regroup watch.
func startWatching(b *testing.B, c *kafkatest.Cluster, prefix string) *watchLines {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "regroup")
	if output, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "regroup").CombinedOutput(); err != nil {
		b.Fatalf("build regroup: %v\n%s", err, output)
	}
	command := exec.Command(binary, "watch", "-o", "json", "--group", "^"+prefix, "--brokers", strings.Join(c.Brokers(), ","))
	output, err := command.StdoutPipe()
	kafkatest.Must(b, err)
	var complaints strings.Builder
	command.Stderr = &complaints
	kafkatest.Must(b, command.Start())
	lines, read := new(watchLines), make(chan struct{})
	go func() {
		defer close(read)
		scanner := bufio.NewScanner(output)
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			at := time.Now()
			var line struct {
				Type       string
				RecordedAt *time.Time `json:"recorded_at"`
			}
			if json.Unmarshal(scanner.Bytes(), &line) == nil && line.Type == "rebalance" && line.RecordedAt != nil {
				lines.mutex.Lock()
				lines.after = append(lines.after, at.Sub(*line.RecordedAt))
				lines.mutex.Unlock()
			}
		}
	}()
	b.Cleanup(func() {
		_ = command.Process.Kill()
		<-read
		_ = command.Wait()
		if b.Failed() {
			b.Logf("regroup watch complained:\n%s", complaints.String())
		}
	})
	time.Sleep(3 * time.Second) // it is to have read the end of __consumer_offsets before there is something in it
	return lines
}
