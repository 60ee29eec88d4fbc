package track

import (
	"testing"

	"regroup/model"
	"regroup/model/lag"
	. "regroup/model/modeltest"

	"pgregory.net/rapid"
)

// What one group of the world may cost: its rings full, and every rebalance as large as it can be.
const (
	worldMembers   = 6
	rebalanceHolds = 2*worldPartitions + 3*worldMembers + worldPartitions
	groupHolds     = 3*model.GroupRebalancesKept/2*rebalanceHolds +
		3*model.OwnershipKept/2*(1+worldPartitions) +
		2*3*model.LagHistoryKept/2 + worldPartitions*(2*3*model.PartitionLagKept/2+lag.EndsKept*2+lag.CommitsKept+4) +
		4*worldMembers*(1+3*worldPartitions) + 4*departedKept
)

func TestMemoryOfAGroupIsBounded(t *testing.T) {
	// A storm: a member comes or goes with every poll, for days.
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, rapid.Bool().Draw(t, "exact"))
		tr := NewTracker()
		for range 40 {
			w.step()
			s, _ := w.sight()
			tr.Observe(s)
		}
		if n := Held(tr.groups["g"]); n > groupHolds {
			t.Fatalf("a group holds %d elements, want at most %d", n, groupHolds)
		}
	})

	tr := NewTracker()
	grown := 0
	for i := range 6_000 {
		members := []string{"fixed:0"}
		for n := range 1 + i%5 {
			members = append(members, string(rune('a'+n))+"/"+string(rune('0'+i/5%5000))+":"+string(rune('0'+n)))
		}
		g := WithOffsets(Classic(members...), int64(i*7), int64(i*5), int64(i*6), int64(i*6), int64(i*7), int64(i))
		tr.Observe(Poll(float64(i), g))
		if i == 1_500 {
			grown = Held(tr)
		}
	}
	if n := Held(tr.groups["g"]); n > groupHolds {
		t.Errorf("after a storm of 6,000 rebalances a group holds %d elements, want at most %d", n, groupHolds)
	}
	// The rings are full after 1,500: from then on the tracker as a whole does not grow either.
	if n := Held(tr); n > grown*3/2 {
		t.Errorf("the tracker holds %d elements, %d after a quarter of the time", n, grown)
	}
	t.Logf("a group holds %d elements, the tracker %d", Held(tr.groups["g"]), Held(tr))
}

func TestUnchangedGroupsAreShared(t *testing.T) {
	busy := func(i int) model.Group {
		return Named("busy", WithOffsets(Classic("A:0"), int64(100*i), int64(90*i)))
	}
	tr := NewTracker()
	for i := range model.LagHistoryKept {
		tr.Observe(Poll(float64(i), busy(i), Named("idle", Classic("A:0"))))
	}
	// Its history has filled up with one value: nothing about it changes any more.
	before := tr.View()
	tr.Observe(Poll(model.LagHistoryKept, busy(model.LagHistoryKept), Named("idle", Classic("A:0"))))
	after := tr.View()
	if before.Group("idle") != after.Group("idle") {
		t.Error("the idle group has a new view")
	}
	if before.Group("busy") == after.Group("busy") {
		t.Error("the busy group has the old view")
	}
	if len(after.Group("idle").LagHistory) != model.LagHistoryKept {
		t.Errorf("the idle group's history has %d samples", len(after.Group("idle").LagHistory))
	}
}

// The race detector would see the tracker write into what it handed out.
func TestViewsAreReadWhileTheTrackerGoesOn(t *testing.T) {
	tr := NewTracker()
	views := make(chan *model.View, 1)
	done := make(chan struct{})
	read := 0
	go func() {
		defer close(done)
		for v := range views {
			read += len(printView(v))
		}
	}()
	for i := range 3 * model.LagHistoryKept {
		members := []string{"A:0", "B:1"}
		if i%7 == 0 {
			members = members[:1]
		}
		tr.Observe(Poll(float64(i), WithOffsets(Classic(members...), int64(i*10), int64(i*9), int64(i*8))))
		views <- tr.View()
	}
	close(views)
	<-done
	if read == 0 {
		t.Error("nothing was read")
	}
}

func TestNothingOfASnapshotIsKept(t *testing.T) {
	s := Poll(0, Classic("A:0,1", "B:2,3"))
	tr, _ := observe(s)
	printed := printView(tr.View())
	g := &s.Groups[0]
	for i := range g.Members {
		g.Members[i].Assignment[0].Partition = 99
		g.Members[i].Subscription[0] = "other"
		g.Members[i].ID = "other"
	}
	for i := range g.Partitions {
		g.Partitions[i].Topic = "other"
	}
	s.Brokers[0].Answered = false
	if now := printView(tr.View()); now != printed {
		t.Errorf("the view changed with the snapshot:\n%s\n%s", printed, now)
	}
}
