package ownership

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"
)

// viewOf is the view of a classic group under the range assignor, its members as in "A:0,1": A owns two partitions. The
// topic has three.
func viewOf(members ...string) *model.GroupView {
	g := &model.GroupView{
		ID: "g", Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable, Assignor: "range", MembersKnown: true, FirstSeen: Start,
	}
	for _, description := range members {
		name, owned, _ := strings.Cut(description, ":")
		m := Judged(laneOf(rune(name[0])))
		m.Assignment = Partitions(owned)
		g.Members = append(g.Members, m)
	}
	owners := model.OwnersOf(g.Members)
	for n := range int32(3) {
		q := model.PartitionView{TopicPartition: TpOf(n), Owner: owners[TpOf(n)], Subscribed: len(members) > 0}
		g.Partitions = append(g.Partitions, q)
	}
	g.Ownership = []model.OwnershipSpan{{From: Second(0), Owners: owners}}
	return g
}

// rebalancing is a classic group in a rebalance that was seen 10 s after the start.
func rebalancing(state model.GroupState, g *model.GroupView) *model.GroupView {
	g.State, g.StateSince, g.RebalancingSince = state, Second(10), Second(10)
	for i := range g.Members {
		g.Members[i].AssignmentPrevious = true
	}
	for i := range g.Partitions {
		g.Partitions[i].OwnerPrevious = g.Partitions[i].Owner != model.Nobody
	}
	g.Ownership = append(g.Ownership, model.OwnershipSpan{From: Second(10), Rebalancing: true, Owners: g.Ownership[len(g.Ownership)-1].Owners})
	return g
}

// consumerView is a group of the consumer protocol; targets are as members.
func consumerView(members, targets []string) *model.GroupView {
	g := viewOf(members...)
	g.Type, g.Assignor = model.TypeConsumer, "uniform"
	for i := range g.Members {
		_, target, _ := strings.Cut(targets[i], ":")
		g.Members[i].TargetKnown, g.Members[i].Target = true, Partitions(target)
	}
	if slices.ContainsFunc(g.Members, func(m model.MemberView) bool { return !slices.Equal(m.Assignment, m.Target) }) {
		g.State, g.RebalancingSince = model.StateReconciling, Second(10)
	}
	return g
}

// labOf is what the lab tells of the process of one member, since a moment.
func labOf(lane model.Slot, state model.LabState, seconds float64) *model.LabSnapshot {
	m := Judged(lane)
	return &model.LabSnapshot{Consumers: []model.LabConsumer{{Name: m.ClientID, Group: "g", MemberID: m.MemberID, State: state, Since: Second(seconds)}}}
}

var kindWords = map[Kind]string{
	Unknown: "unknown", Read: "read by", MayRead: "may be read by", StillPaused: "still paused at", NoActiveConsumer: "no active consumer,", Unassigned: "unassigned",
}

func readingWords(r Reading) string {
	words := kindWords[r.Kind]
	if r.Reader != model.Nobody {
		words += " " + r.Reader.String()
	}
	if !r.Since.IsZero() {
		words += " since " + SecondsOf(r.Since)
	}
	return words
}

func TestWhoReadsAPartitionNow(t *testing.T) {
	moved := func(complete bool, p model.Pause) func() *model.GroupView {
		return func() *model.GroupView {
			g := viewOf("A:1,2", "B:0")
			p.TopicPartition = TpOf(0)
			p.Stopped, p.Started.NotBefore = model.Moment{NotBefore: Second(1), NotAfter: Second(2)}, Second(3)
			g.Rebalances = []*model.Rebalance{{Cost: model.Cost{Pauses: []model.Pause{p}, CostTotals: model.CostTotals{Complete: complete}}}}
			return g
		}
	}
	opaque := viewOf("A:1", "B:")
	opaque.Members[1].AssignmentKnown = false
	came := rebalancing(model.StatePreparingRebalance, viewOf("A:0,1,2", "B:"))
	came.Members[1].AssignmentKnown, came.Members[1].AssignmentPrevious, came.Members[1].Since = false, false, Second(10)
	late := rebalancing(model.StateCompletingRebalance, viewOf("A:0,1,2"))
	late.StateSince = time.Time{}
	custom := rebalancing(model.StateCompletingRebalance, viewOf("A:0,1,2"))
	custom.Assignor = "ours"
	cooperative := rebalancing(model.StateCompletingRebalance, viewOf("A:0,1,2"))
	cooperative.Assignor = "cooperative-sticky"
	removed := rebalancing(model.StatePreparingRebalance, viewOf("A:0,1,2", "B:"))
	removed.Members = removed.Members[1:]
	back := viewOf("A:0,1,2")
	back.Members[0].MemberID = "another id of A"
	unsubscribed := viewOf("A:1,2")
	unsubscribed.Partitions[0].Subscribed = false
	share := viewOf("A:1,2", "B:1,2")
	share.Type = model.TypeShare
	for _, c := range []struct {
		why      string
		group    func() *model.GroupView
		lab      *model.LabSnapshot
		want     string // of partition 0
		evidence Evidence
		paused   int
	}{
		{why: "its owner has it", group: one(viewOf("A:0,1,2")), want: "read by A", evidence: Assigned},
		{why: "nothing is known of the members", group: func() *model.GroupView {
			g := viewOf()
			g.MembersKnown = false
			return g
		}, want: "unknown"},
		{why: "the group is empty: that nobody reads surprises nobody", group: one(viewOf()), want: "unassigned", evidence: NoMembers},
		{why: "new partitions, and the leader has not noticed", group: one(viewOf("A:1,2")), want: "unassigned", evidence: NotAssigned, paused: 1},
		{why: "only an old commit is left of the topic", group: one(unsubscribed), want: "unassigned", evidence: NotSubscribed},
		{why: "a share group: several members may read it", group: one(share), want: "unknown", evidence: AssignmentUnknown},
		{why: "B may own it", group: one(opaque), want: "unknown", evidence: AssignmentUnknown},

		{why: "B has committed since it owns it", group: moved(false, model.Pause{Resumed: true, LagAdded: model.Some[int64](0)}), want: "read by B since 3..–", evidence: Resumed},
		{why: "B has not committed yet", group: moved(false, model.Pause{LagAdded: model.Some[int64](4)}), want: "still paused at B since 1..2", evidence: NoCommitYet, paused: 1},
		{why: "B has nothing to read", group: moved(false, model.Pause{Quiet: true, LagAdded: model.Some[int64](0)}), want: "read by B", evidence: Assigned},
		{why: "the group does not commit: that B has not either shows nothing", group: moved(false, model.Pause{}), want: "read by B", evidence: Assigned},
		{why: "a minute has passed, and commits are not looked for any more", group: moved(true, model.Pause{LagAdded: model.Some[int64](4)}), want: "read by B", evidence: Assigned},

		{why: "the lab killed A, and its session has not ended", group: one(viewOf("A:0,1,2")), lab: labOf(laneA, model.LabKilled, 5),
			want: "no active consumer, A since 5..5", evidence: ProcessEnded, paused: 3},
		{why: "the lab killed A, when is not known", group: one(viewOf("A:0,1,2")), lab: &model.LabSnapshot{Consumers: []model.LabConsumer{{Group: "g", MemberID: "id-A", State: model.LabKilled}}},
			want: "no active consumer, A", evidence: ProcessEnded, paused: 3},
		{why: "the lab paused A", group: one(viewOf("A:0,1,2")), lab: labOf(laneA, model.LabPaused, 5), want: "no active consumer, A since 5..5", evidence: ProcessPaused, paused: 3},
		{why: "the lab killed B, which owns others", group: one(viewOf("A:0", "B:1,2")), lab: labOf(laneB, model.LabKilled, 5), want: "read by A", evidence: Assigned, paused: 2},
		{why: "the lab killed A, and the static member is back as another process", group: one(back), lab: labOf(laneA, model.LabKilled, 5), want: "read by A", evidence: Assigned},

		{why: "eager, and the join goes on: A reads until its heartbeat tells it to rejoin", group: one(came), want: "may be read by A", evidence: Rejoining},
		{why: "eager, and the join has ended", group: one(rebalancing(model.StateCompletingRebalance, viewOf("A:0,1,2"))), want: "no active consumer, A since –..10", evidence: Revoked, paused: 3},
		{why: "eager, and regroup came when the join had ended", group: one(late), want: "no active consumer, A since –..10", evidence: Revoked, paused: 3},
		{why: "incremental: A reads until it revokes", group: one(cooperative), want: "read by A", evidence: Incremental},
		{why: "an assignor that is not known", group: one(custom), want: "may be read by A", evidence: ProtocolUnknown},
		{why: "A was removed from the group", group: one(removed), want: "no active consumer, A since –..10", evidence: Removed, paused: 3},
		{why: "A was removed, and had been killed before", group: func() *model.GroupView {
			g := rebalancing(model.StatePreparingRebalance, viewOf("A:0,1,2", "B:"))
			g.Rebalances = []*model.Rebalance{{Joined: []model.MemberRef{g.Members[0].MemberRef}}}
			g.Members = g.Members[1:]
			return g
		}, lab: labOf(laneA, model.LabKilled, 5), want: "no active consumer, A since 5..5", evidence: ProcessEnded, paused: 3},
		{why: "nobody had it before the rebalance, either", group: one(rebalancing(model.StatePreparingRebalance, viewOf("A:1,2"))), want: "unassigned", evidence: NotAssigned, paused: 1},

		{why: "KIP-848: A is to revoke it, and reads it until then", group: one(consumerView([]string{"A:0,1,2", "B:"}, []string{"A:1,2", "B:0"})), want: "read by A", evidence: Assigned},
		{why: "KIP-848: A has revoked it, and B's next heartbeat brings it", group: one(consumerView([]string{"A:1,2", "B:"}, []string{"A:1,2", "B:0"})), want: "still paused at B", evidence: InTransit, paused: 1},
	} {
		r := Now(c.group(), c.lab)
		got := r.Of(TpOf(0))
		if readingWords(got) != c.want || got.Evidence != c.evidence {
			t.Errorf("%s: %s, by evidence %d; want %s, by %d", c.why, readingWords(got), got.Evidence, c.want, c.evidence)
		}
		if paused := r.Paused(); len(paused) != c.paused {
			t.Errorf("%s: %v are paused, want %d", c.why, paused, c.paused)
		}
	}
}

func one(g *model.GroupView) func() *model.GroupView { return func() *model.GroupView { return g } }

// A pause is alarming where no rebalance is under way that will end it.
func TestAlarmingPauses(t *testing.T) {
	dead := labOf(laneA, model.LabKilled, 5)
	if r := Now(viewOf("A:0,1", "B:2"), dead); !r.Alarming(TpOf(0)) || r.Alarming(TpOf(2)) || r.Alarming(TpOf(9)) {
		t.Error("A is dead: its partitions are alarming, and no others")
	}
	if r := Now(rebalancing(model.StatePreparingRebalance, viewOf("A:0,1", "B:2")), dead); r.Alarming(TpOf(0)) {
		t.Error("the rebalance under way will resume it")
	}
}

// The rate of a member that has stopped is that of the time before.
func TestTheRateOfAStoppedMemberIsUnknown(t *testing.T) {
	r := Now(viewOf("A:0,1", "B:2"), labOf(laneA, model.LabKilled, 5))
	if rate := r.ConsumeRate(model.Some(7.0), laneA); rate.Known() {
		t.Errorf("A is dead, and commits %s", rate)
	}
	if rate := r.ConsumeRate(model.Some(7.0), laneB); rate != model.Some(7.0) {
		t.Errorf("B commits %s", rate)
	}
}

func transferWords(all []Transfer) string {
	var words []string
	for _, t := range all {
		var numbers []string
		for _, tp := range t.Partitions {
			numbers = append(numbers, fmt.Sprint(tp.Partition))
		}
		words = append(words, strings.Join(numbers, ",")+" "+t.With.String())
	}
	return strings.Join(words, "; ")
}

func TestConvergence(t *testing.T) {
	unknown := consumerView([]string{"A:0", "B:1"}, []string{"A:0", "B:1"})
	unknown.Members[1].TargetKnown = false
	behind := consumerView([]string{"A:0,1,2", "B:"}, []string{"A:0,1,2", "B:"})
	behind.AssignmentEpoch, behind.Members[1].Epoch = model.Some[int32](5), model.Some[int32](4)
	asked := consumerView([]string{"A:0,1,2"}, []string{"A:0,1,2"})
	asked.Members[0].PendingRevocation = Partitions("1")
	for _, c := range []struct {
		why                string
		group              *model.GroupView
		waiting, revoking  string // of B, of A
		pending, there, of int
	}{
		{"every member is at its target", consumerView([]string{"A:0,1", "B:2"}, []string{"A:0,1", "B:2"}), "", "", 0, 2, 2},
		{"B waits for one of A's", consumerView([]string{"A:0,1,2", "B:"}, []string{"A:0,1", "B:2"}), "2 A", "2 B", 1, 0, 2},
		{"A has revoked one of two", consumerView([]string{"A:0,1", "B:"}, []string{"A:0", "B:1,2"}), "2 –; 1 A", "1 B", 2, 0, 2},
		{"nobody is to have what A revokes", consumerView([]string{"A:0,1,2", "B:"}, []string{"A:0,1", "B:"}), "", "2 –", 0, 1, 2},
		{"the target of one member is unknown", unknown, "", "", 0, 1, 1},
		{"B has not heard of the epoch yet", behind, "", "", 0, 1, 2},
		{"A was asked for one, and both lists have it still", asked, "", "", 0, 0, 1},
	} {
		r := Now(c.group, nil)
		if got := transferWords(r.Waiting(laneB)); got != c.waiting {
			t.Errorf("%s: B waits for %q, want %q", c.why, got, c.waiting)
		}
		if got := transferWords(r.Revoking(laneA)); got != c.revoking || r.UnderWay() != (c.revoking != "") {
			t.Errorf("%s: A revokes %q, want %q", c.why, got, c.revoking)
		}
		if there, of := Converged(c.group); r.Pending != c.pending || there != c.there || of != c.of {
			t.Errorf("%s: %d pending, %d of %d converged; want %d, %d of %d", c.why, r.Pending, there, of, c.pending, c.there, c.of)
		}
		for i := range c.group.Members {
			m := &c.group.Members[i]
			kept, revoked := r.Kept(m), 0
			for _, transfer := range r.Revoking(m.Slot) {
				revoked += len(transfer.Partitions)
			}
			if len(kept)+revoked != len(m.Assignment) {
				t.Errorf("%s: %s keeps %v and revokes %d of %v", c.why, m.Slot, kept, revoked, m.Assignment)
			}
		}
	}
}
