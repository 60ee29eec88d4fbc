package kafka

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"regroup/model"
)

// numbered are looks a second apart, each answered half a second after it was asked, from the first number to the last,
// up or down.
func numbered(first, last int) (looks []model.Look) {
	step := 1
	if last < first {
		step = -1
	}
	for i := first; i != last+step; i += step {
		asked := time.Unix(1_700_000_000+int64(i), 0)
		looks = append(looks, model.Look{Asked: asked, Answered: asked.Add(time.Second / 2)})
	}
	return looks
}

func TestCalmLooksAreTheNewestThatDidNotListTheGroup(t *testing.T) {
	restless := map[string]model.GroupState{"g": model.StatePreparingRebalance}
	crowd := make(map[string]model.GroupState)
	for i := range restlessRemembered + 1 {
		crowd[fmt.Sprint(i)] = model.StatePreparingRebalance
	}
	for _, c := range []struct {
		why      string
		looks    int
		restless map[int]map[string]model.GroupState // by the look's number
		before   int                                 // the moment a look was asked
		want     []model.Look
	}{
		{"no look", 0, nil, 10, nil},
		{"the newest come first", 3, nil, 10, numbered(2, 0)},
		{"no more than a record is to carry", 30, nil, 100, numbered(29, 30-calmTold)},
		{"not those that were answered later", 10, nil, 3, numbered(2, 0)},
		{"not those that saw it rebalance", 4, map[int]map[string]model.GroupState{1: restless, 2: restless}, 10, slices.Concat(numbered(3, 3), numbered(0, 0))},
		{"a look at a storm is not kept", 3, map[int]map[string]model.GroupState{1: crowd}, 10, slices.Concat(numbered(2, 2), numbered(0, 0))},
		{"the oldest are forgotten", looksRemembered + 5, nil, 8, numbered(7, 5)},
	} {
		var looks calmLooks
		for i, look := range numbered(0, c.looks-1) {
			if c.looks > 0 {
				looks.add(1, look, c.restless[i])
			}
		}
		if got := looks.calm(1, "g", numbered(c.before, c.before)[0].Asked); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.why, got, c.want)
		}
		if got := looks.calm(2, "g", numbered(100, 100)[0].Asked); got != nil {
			t.Errorf("%s: looks at another broker: %v", c.why, got)
		}
	}
}

func TestCalmLooksAreAskedForWhileTheyAreMade(t *testing.T) {
	var looks calmLooks
	var running sync.WaitGroup
	all := numbered(0, 999)
	for broker := range int32(3) {
		running.Go(func() {
			for _, look := range all {
				looks.add(broker, look, nil)
			}
		})
		running.Go(func() {
			for range 1000 {
				calm := looks.calm(broker, "g", all[999].Asked)
				if !slices.IsSortedFunc(calm, func(a, b model.Look) int { return b.Asked.Compare(a.Asked) }) {
					t.Errorf("out of order: %v", calm)
				}
			}
		})
	}
	running.Wait()
}

func TestAPollerRemembersWhichLooksSawAGroupCalm(t *testing.T) {
	cluster := newCluster(t, kfake.NumBrokers(1), kfake.SeedTopics(2, "orders"))
	client := newClient(t, cluster)
	if err := newJoiner(t, client, "joining", "orders").join(t.Context()); err != nil { // and it does not sync
		t.Fatal(err)
	}
	newJoiner(t, client, "settled", "orders").alone(nil)
	p := newPoller(t, configOf(cluster), PollOptions{PulseInterval: quickPulse})
	noErrs(t, p.Poll(t.Context()))
	broker := p.pulsed.known()[0].id
	began := time.Now()
	arrived := looks(cluster, nil)
	pulsing(t, p)
	await(t, arrived, calmTold+1) // the last but one has been dealt with
	now := time.Now()
	calm := p.Calm(broker, "settled", now)
	if len(calm) != calmTold {
		t.Fatalf("%d looks, want %d", len(calm), calmTold)
	}
	for _, look := range calm {
		if look.Asked.Before(began) || look.Answered.Before(look.Asked) || look.Answered.After(now) {
			t.Errorf("a look from %s to %s, which are to lie between %s and %s", look.Asked, look.Answered, began, now)
		}
	}
	if calm := p.Calm(broker, "joining", now); calm != nil {
		t.Errorf("looks saw that it rebalances, and are told to have seen it calm: %v", calm)
	}
}

// The tail is asked for looks from before the join ended, by this machine's clock, whatever the broker's says.
func TestGenerationsCarryWhenTheirGroupWasSeenCalm(t *testing.T) {
	cluster, client := newOffsetsTopic(t, 2)
	type question struct {
		broker int32
		group  string
		before time.Time
	}
	asked := make(chan question, 10)
	told := numbered(2, 0)
	w, _ := watch(t, configOf(cluster), TailOptions{Calm: func(broker int32, group string, before time.Time) []model.Look {
		asked <- question{broker, group, before}
		return told
	}})
	w.awaitState(t, model.TailOn)
	key, value := generationRecord("billing", 7) // its join ended at 1,700,000,000
	record := &kgo.Record{Topic: offsetsTopic, Partition: 1, Key: key, Value: value, Timestamp: time.UnixMilli(1_700_000_020_000)}
	began := time.Now()
	if err := client.ProduceSync(context.Background(), record).FirstErr(); err != nil {
		t.Fatal(err)
	}
	writeGeneration(t, client, 1, "created", 0)
	records := w.awaitRecords(t, 2)
	if got := records[0].Generation.Calm; !slices.Equal(got, told) {
		t.Errorf("carries %v, want %v", got, told)
	}
	if got := records[1].Generation.Calm; got != nil {
		t.Errorf("a group's creation is no rebalance: it carries %v", got)
	}
	q := <-asked
	if q.broker != cluster.LeaderFor(offsetsTopic, 1) || q.group != "billing" || len(asked) != 0 {
		t.Errorf("asked for %s at broker %d, and %d times more", q.group, q.broker, len(asked))
	}
	if read := q.before.Add(20 * time.Second); read.Before(began) || read.After(time.Now()) {
		t.Errorf("asked for looks before %s: the join ended 20 s before the record was written, and it was read after %s", q.before, began)
	}
}
