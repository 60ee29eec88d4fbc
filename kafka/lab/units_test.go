package lab

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"regroup/model"
)

func TestRecordsAreStatesInJavasPartitions(t *testing.T) {
	t.Parallel()
	s := play(t, Scene{Name: "producer", Topics: []Topic{{Name: "orders", Partitions: 4}}, Producers: []Producer{{Topic: "orders", Rate: model.Some(1000.0)}}})
	client, err := kgo.NewClient(kgo.SeedBrokers(s.kafka.Brokers...), kgo.ConsumeTopics("orders"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	known := map[string]bool{}
	for _, state := range states {
		known[state] = true
	}
	if len(known) != 50 {
		t.Fatalf("there are %d states, wanted 50", len(known))
	}
	java := kgo.StickyKeyPartitioner(nil).ForTopic("orders") // as Java's, by another library than the producer's
	keys, partitions := map[string]bool{}, map[int32]bool{}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for len(keys) < 50 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatalf("after %d keys: %v", len(keys), err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			keys[string(r.Key)], partitions[r.Partition] = true, true
			if !known[string(r.Key)] {
				t.Errorf("key %q is not a state", r.Key)
			}
			if len(r.Value) != 8 {
				t.Fatalf("a value has %d bytes", len(r.Value))
			}
			if amount := math.Float64frombits(binary.BigEndian.Uint64(r.Value)); amount < 0 || amount > 1000 {
				t.Errorf("a value is %v", amount)
			}
			if wanted := java.Partition(r, 4); int32(wanted) != r.Partition {
				t.Errorf("%s is in partition %d, Java puts it into %d", r.Key, r.Partition, wanted)
			}
		})
	}
	if len(partitions) != 4 {
		t.Errorf("the states reach partitions %v, wanted all 4", partitions)
	}
}

func TestReadValue(t *testing.T) {
	for _, test := range []struct {
		value  []byte
		wanted string
		why    string
	}{
		{[]byte{0x40, 0x45, 0, 0, 0, 0, 0, 0}, "42", "as Java's DoubleSerializer writes 42.0"},
		{[]byte{0xbf, 0xf8, 0, 0, 0, 0, 0, 0}, "-1.5", "a sign and a fraction"},
		{[]byte("hello"), "5 bytes", "not a double"},
		{nil, "0 bytes", "a tombstone"},
	} {
		if got := readValue(test.value); got != test.wanted {
			t.Errorf("%v is read as %q, wanted %q: %s", test.value, got, test.wanted, test.why)
		}
	}
}

func TestRateMeter(t *testing.T) {
	start := time.Unix(1000, 0)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	var m rateMeter
	if m.rate(at(0)).Known() {
		t.Error("a rate is known before anything was seen")
	}
	m.add(at(0), 0)
	m.add(at(0.5), 50)
	if m.rate(at(0.5)).Known() {
		t.Error("a rate is known after half a second")
	}
	m.add(at(1), 100)
	if got := m.rate(at(1)); got != model.Some(100.0) {
		t.Errorf("100 records in a second are %v", got)
	}
	for s := 1.25; s <= 20; s += 0.25 {
		m.add(at(s), 100+int64((s-1)*20))
	}
	if got := m.rate(at(20)); got != model.Some(20.0) {
		t.Errorf("a steady 20 a second are %v", got)
	}
	if n := len(m.samples); n > 16 {
		t.Errorf("%d samples are kept for a window of %s", n, rateWindow)
	}
	for s := 21.0; s <= 30; s++ {
		m.rate(at(s))
	}
	if got := m.rate(at(30)); got != model.Some(0.0) {
		t.Errorf("nothing was reported for ten seconds, the rate is %v", got)
	}
}

// Changes are coalesced; each action has a snapshot of its own, at once.
func TestEmitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var emitted []string
		told := func() []string {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(emitted)
		}
		e := newEmitter(
			func(now time.Time) *model.LabSnapshot { return &model.LabSnapshot{At: now} },
			func(s *model.LabSnapshot) {
				mu.Lock()
				defer mu.Unlock()
				emitted = append(emitted, s.Acted.Words)
			},
		)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { e.run(ctx); close(done) }()

		e.changed()
		if n := len(told()); n != 1 {
			t.Fatalf("a change was told %d times", n)
		}
		for range 50 {
			e.changed()
			synctest.Wait()
		}
		if n := len(told()); n != 1 {
			t.Errorf("within %s, %d snapshots", emitInterval, n)
		}
		e.acted(model.LabActionDone{Words: "one"})
		e.acted(model.LabActionDone{Words: "two"})
		if got := strings.Join(told(), "|"); got != "|one|two" {
			t.Errorf("two actions were told as %q", got)
		}
		time.Sleep(emitInterval)
		if got := told(); len(got) != 4 {
			t.Errorf("the changes meanwhile were told as %q, wanted one more", got)
		}
		time.Sleep(3*idleInterval + emitInterval)
		if n := len(told()); n < 6 || n > 8 {
			t.Errorf("in three idle seconds %d snapshots, wanted about one a second", n-4)
		}
		cancel()
		<-done
	})
}

func TestEndedConsumerStaysForAWhile(t *testing.T) {
	ended := time.Unix(1000, 0)
	c := &child{
		name: "consumer-1", config: goodConsumer(), process: &process{},
		ended: true, endedAt: ended, endState: model.LabKilled,
		last: report{State: model.LabRunning, MemberID: "consumer-1-x", Owns: []model.TopicPartition{{Topic: "t"}}},
	}
	c.process.command = childWithPID(4242)
	seen, kept := c.consumerSnapshot(ended.Add(EndedKept))
	if !kept || seen.State != model.LabKilled || seen.MemberID != "consumer-1-x" || len(seen.Owns) != 0 || seen.Rate.Known() {
		t.Errorf("a killed one is seen as %+v", seen)
	}
	if _, kept := c.consumerSnapshot(ended.Add(EndedKept + 1)); kept {
		t.Error("it is still seen after that")
	}
}

func TestTailKeepsTheEndAndTheGist(t *testing.T) {
	for _, test := range []struct{ name, written, gist string }{
		{"nothing", "", ""},
		{"a message", "regroup: it is so\n", "regroup: it is so"},
		{"the last of several", "one\ntwo\n\n", "two"},
		{"a panic begins with what matters", "panic: oh no\n\ngoroutine 1 [running]:\nmain.main()\n", "panic: oh no"},
		{"much", strings.Repeat("noise\n", 10_000) + "the end\n", "the end"},
	} {
		var tail tail
		for _, part := range strings.SplitAfter(test.written, "\n") {
			_, _ = tail.Write([]byte(part))
		}
		if got := tail.gist(); got != test.gist {
			t.Errorf("%s: the gist is %q, wanted %q", test.name, got, test.gist)
		}
		if len(tail.kept) > maxStderr {
			t.Errorf("%s: %d bytes are kept", test.name, len(tail.kept))
		}
	}
}

func TestChildThatPrintsNonsense(t *testing.T) {
	s := newStarter()
	defer s.stop()
	exited := make(chan string, 1)
	p, err := startProcess(s, []string{os.Args[0], argGarble}, goodProducer(), func(r report) { t.Errorf("it reported %+v", r) },
		func(p *process) { exited <- p.exitReason() })
	if err != nil {
		return // it ended before its configuration was written, which is an error of startProcess
	}
	<-p.ended
	words := <-exited
	for _, wanted := range []string{"exit status 3", "something went wrong", "cannot be decoded"} {
		if !strings.Contains(words, wanted) {
			t.Errorf("it is said to have ended with %q, wanted %q in it", words, wanted)
		}
	}
}

// A setting that the form offers takes effect: the code that starts consumers uses its field.
func TestEverySettingIsUsed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(content)
		}
	}
	for field := range reflect.TypeFor[model.ConsumerSettings]().Fields() {
		if !regexp.MustCompile(`(\bs|\bSettings)\.` + field.Name + `\b`).MatchString(code.String()) {
			t.Errorf("no client is given the setting %s", field.Name)
		}
	}
}
