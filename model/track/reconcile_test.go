package track

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"
)

// consumer is a KIP-848 group at an epoch with members like "A:0,1>0": what it has, and what it is to have (the same
// where nothing is said).
func consumer(state model.GroupState, epoch int32, members ...string) model.Group {
	var plain []string
	for _, m := range members {
		has, _, _ := strings.Cut(m, ">")
		plain = append(plain, has)
	}
	g := Classic(plain...)
	g.Type, g.State, g.Assignor = model.TypeConsumer, state, "uniform"
	g.Generation = model.Generation{Number: epoch, Kind: model.GenerationExact}
	g.AssignmentEpoch = model.Some(epoch)
	for i, m := range members {
		g.Members[i].TargetKnown = true
		g.Members[i].Target = g.Members[i].Assignment
		if _, target, given := strings.Cut(m, ">"); given {
			g.Members[i].Target = Partitions(target)
		}
	}
	return g
}

// at gives the members of a consumer group their epochs, a digit for each.
func at(epochs string, g model.Group) model.Group {
	for i := range g.Members {
		g.Members[i].Epoch = model.Some(int32(epochs[i] - '0'))
	}
	return g
}

func TestConsumerGroupReconciles(t *testing.T) {
	tr, events := observe(
		Poll(0, consumer(model.StateStable, 5, "A:0,1,2,3")),
		Poll(1, consumer(model.StateReconciling, 6, "A:0,1,2,3>0,1", "B:>2,3")),
	)
	WantLines(
		t, events,
		"state Stable → Reconciling", "member_joined B joined: B on 10.0.0.1", "rebalance_began a rebalance began",
	)
	g := tr.View().Group("g")
	a, b := g.Member(1), g.Member(2)
	if !a.AssignmentKnown || a.AssignmentPrevious || len(a.Assignment) != 4 || !slices.Equal(a.Target, Partitions("0,1")) {
		t.Errorf("A: %+v; want its four partitions as they are now, and two as its target", a)
	}
	if !b.AssignmentKnown || len(b.Assignment) != 0 || !slices.Equal(b.Target, Partitions("2,3")) || g.Joining != 1 {
		t.Errorf("B: %+v, %d joining; want one that has nothing yet", b, g.Joining)
	}
	if p := g.Partitions[2]; p.Owner.String() != "A" || p.OwnerPrevious {
		t.Errorf("partition 2: owner %s, previous %t; A still holds it", p.Owner, p.OwnerPrevious)
	}

	tr.Observe(Poll(2, consumer(model.StateReconciling, 6, "A:0,1", "B:>2,3")))
	g = tr.View().Group("g")
	if p := g.Partitions[2]; p.Owner != model.Nobody || p.OwnerPrevious {
		t.Errorf("partition 2: owner %s, previous %t; A has let go, B has not taken it", p.Owner, p.OwnerPrevious)
	}

	events = tr.Observe(Poll(3, consumer(model.StateStable, 6, "A:0,1", "B:>2,3")))
	WantLines(t, events, "state Reconciling → Stable") // B is not there yet, whatever the group calls itself
	if g = tr.View().Group("g"); !g.Rebalancing() {
		t.Error("settled while B is not at its target")
	}

	events = tr.Observe(Poll(4, consumer(model.StateStable, 6, "A:0,1", "B:2,3")))
	WantLines(t, events, "rebalance B joined, 2 of 4 moved")
	g = tr.View().Group("g")
	r := g.LastRebalance()
	if r.From.Number != 5 || r.To.Number != 6 || r.AtLeast != 1 || r.To.Kind != model.GenerationExact {
		t.Errorf("from %s to %s, at least %d; want 5 to 6", r.From, r.To, r.AtLeast)
	}
	if r.Began != (model.Moment{NotBefore: Second(0), NotAfter: Second(1)}) || r.Ended != (model.Moment{NotBefore: Second(2.9), NotAfter: Second(4)}) {
		t.Errorf("began %v, ended %v", r.Began, r.Ended)
	}
	var strip []string
	for _, s := range g.Ownership {
		owners := ""
		for n := range int32(4) {
			owners += s.Owners[model.TopicPartition{Topic: "t", Partition: n}].String()
		}
		strip = append(strip, fmt.Sprintf("%s %t", owners, s.Rebalancing))
	}
	if want := []string{"AAAA false", "AAAA true", "AA–– true", "AABB false"}; !slices.Equal(strip, want) {
		t.Errorf("strip %q, want %q", strip, want)
	}
}

// A partition of a consumer group moves when its new owner has it, and not once more when the last one has.
func TestPartitionsOfAConsumerGroupMoveOneByOne(t *testing.T) {
	tr, _ := observe(
		Poll(0, consumer(model.StateStable, 5, "A:0,1", "B:2,3")),
		Poll(1, consumer(model.StateReconciling, 6, "A:0,1>0", "B:2,3>2", "C:>1,3")),
		Poll(2, consumer(model.StateReconciling, 6, "A:0", "B:2,3>2", "C:>1,3")),
	)
	if p := tr.View().Group("g").Partitions[1]; p.Owner != model.Nobody || !p.MovedAt.IsZero() {
		t.Errorf("partition 1: %s since %s; nobody has it", p.Owner, p.MovedAt)
	}
	tr.Observe(Poll(3, consumer(model.StateReconciling, 6, "A:0", "B:2,3>2", "C:1>1,3")))
	tr.Observe(Poll(4, consumer(model.StateStable, 6, "A:0", "B:2", "C:1,3")))
	for n, want := range map[int]time.Time{0: {}, 1: Second(3), 2: {}, 3: Second(4)} {
		if p := tr.View().Group("g").Partitions[n]; !p.MovedAt.Equal(want) || n == 1 && p.MovedFrom != 1 || n == 3 && p.MovedFrom != 2 {
			t.Errorf("partition %d came from %s at %s, want %s", n, p.MovedFrom, p.MovedAt, want)
		}
	}
}

func TestConsumerGroupEpochs(t *testing.T) {
	for _, c := range []struct {
		reason       string
		observations []model.Observation
		want         []string
	}{
		{
			"another epoch, no partitions moved",
			[]model.Observation{Poll(0, consumer(model.StateStable, 5, "A:0")), Poll(1, consumer(model.StateStable, 6, "A:0"))},
			[]string{"rebalance no partitions moved"},
		},
		{
			"two epochs before it was settled again",
			[]model.Observation{
				Poll(0, consumer(model.StateStable, 5, "A:0,1")), Poll(1, consumer(model.StateAssigning, 6, "A:0,1", "B:")),
				Poll(2, consumer(model.StateReconciling, 7, "A:0,1>0", "B:>1", "C:")), Poll(3, consumer(model.StateStable, 7, "A:0", "B:1", "C:")),
			},
			[]string{
				"state Stable → Assigning", "member_joined B joined: B on 10.0.0.1", "rebalance_began a rebalance began",
				"state Assigning → Reconciling", "member_joined C joined: C on 10.0.0.1",
				"state Reconciling → Stable", "rebalance B, C joined, 1 of 2 moved, ≥ 2 rebalances",
			},
		},
		{
			"a static member back in the same epoch",
			[]model.Observation{
				Poll(0, consumer(model.StateStable, 5, "A!:0")), Poll(1, consumer(model.StateReconciling, 5, "A!/2:>0")), Poll(2, consumer(model.StateStable, 5, "A!/2:0")),
			},
			[]string{
				"state Stable → Reconciling", "rebalance_began a rebalance began",
				"state Reconciling → Stable", "rebalance A restarted, no partitions moved",
			},
		},
		{
			"the last member left",
			[]model.Observation{Poll(0, consumer(model.StateStable, 5, "A:0")), Poll(1, consumer(model.StateEmpty, 6))},
			[]string{"state Stable → Empty", "member_left A left: A on 10.0.0.1", "rebalance A left, 1 partition unassigned"},
		},
	} {
		_, events := observe(c.observations...)
		if got := Lines(events); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.reason, got, c.want)
		}
	}
}
