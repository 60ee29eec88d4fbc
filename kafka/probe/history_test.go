package probe

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"regroup/kafka/kafkatest/fake"
	"regroup/model"
)

// numbered are probes a second apart, each answered half a second after it was asked, from the first number to the last,
// up or down.
func numbered(first, last int) (looks []model.ProbeTimes) {
	step := 1
	if last < first {
		step = -1
	}
	for i := first; i != last+step; i += step {
		asked := time.Unix(1_700_000_000+int64(i), 0)
		looks = append(looks, model.ProbeTimes{Asked: asked, Answered: asked.Add(time.Second / 2)})
	}
	return looks
}

func TestStableProbesAreTheNewestThatDidNotFindTheGroupRebalancing(t *testing.T) {
	rebalancing := map[string]model.GroupState{"g": model.StatePreparingRebalance}
	crowd := make(map[string]model.GroupState)
	for i := range rebalancingKept + 1 {
		crowd[fmt.Sprint(i)] = model.StatePreparingRebalance
	}
	for _, c := range []struct {
		why         string
		looks       int
		rebalancing map[int]map[string]model.GroupState // by the look's number
		before      int                                 // the moment a look was asked
		want        []model.ProbeTimes
	}{
		{"no probe", 0, nil, 10, nil},
		{"the newest come first", 3, nil, 10, numbered(2, 0)},
		{"no more than a record is to carry", 30, nil, 100, numbered(29, 30-probesReturned)},
		{"not those that were answered later", 10, nil, 3, numbered(2, 0)},
		{"not those that saw it rebalance", 4, map[int]map[string]model.GroupState{1: rebalancing, 2: rebalancing}, 10, slices.Concat(numbered(3, 3), numbered(0, 0))},
		{"a probe of a storm is not kept", 3, map[int]map[string]model.GroupState{1: crowd}, 10, slices.Concat(numbered(2, 2), numbered(0, 0))},
		{"the oldest are forgotten", probesKept + 5, nil, 8, numbered(7, 5)},
	} {
		var past history
		for i, look := range numbered(0, c.looks-1) {
			if c.looks > 0 {
				past.add(1, look, c.rebalancing[i])
			}
		}
		if got := past.stable(1, "g", numbered(c.before, c.before)[0].Asked); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.why, got, c.want)
		}
		if got := past.stable(2, "g", numbered(100, 100)[0].Asked); got != nil {
			t.Errorf("%s: probes of another broker: %v", c.why, got)
		}
	}
}

func TestProbesAreReadWhileTheyAreAdded(t *testing.T) {
	var past history
	var running sync.WaitGroup
	all := numbered(0, 999)
	for broker := range int32(3) {
		running.Go(func() {
			for _, look := range all {
				past.add(broker, look, nil)
			}
		})
		running.Go(func() {
			for range 1000 {
				stable := past.stable(broker, "g", all[999].Asked)
				if !slices.IsSortedFunc(stable, func(a, b model.ProbeTimes) int { return b.Asked.Compare(a.Asked) }) {
					t.Errorf("out of order: %v", stable)
				}
			}
		})
	}
	running.Wait()
}

func TestAProberKeepsWhichProbesFoundAGroupStable(t *testing.T) {
	cluster := fake.NewCluster(t, kfake.NumBrokers(1), kfake.SeedTopics(2, "orders"))
	client := fake.NewClient(t, cluster)
	if err := fake.NewJoiner(t, client, "joining", "orders").Join(t.Context()); err != nil { // and it does not sync
		t.Fatal(err)
	}
	fake.NewJoiner(t, client, "settled", "orders").Alone(nil)
	_, prober := polledProber(t, fake.Config(cluster))
	broker := prober.pool.Present()[0].ID
	began := time.Now()
	arrived := probes(cluster, nil)
	fake.InBackground(t, func(ctx context.Context, _ func(struct{})) { prober.Run(ctx, func(*model.StateProbe) {}) })
	await(t, arrived, probesReturned+1) // the last but one has been dealt with
	now := time.Now()
	stable := prober.Stable(broker, "settled", now)
	if len(stable) != probesReturned {
		t.Fatalf("%d probes, want %d", len(stable), probesReturned)
	}
	for _, probe := range stable {
		if probe.Asked.Before(began) || probe.Answered.Before(probe.Asked) || probe.Answered.After(now) {
			t.Errorf("a probe from %s to %s, which are to lie between %s and %s", probe.Asked, probe.Answered, began, now)
		}
	}
	if stable := prober.Stable(broker, "joining", now); stable != nil {
		t.Errorf("probes found that it rebalances, and are said to have found it stable: %v", stable)
	}
}
