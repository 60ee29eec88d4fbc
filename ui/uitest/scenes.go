package uitest

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
)

// SceneNow is the moment of the scenes of the group screen and of the lab.
var SceneNow = time.Date(2025, 3, 4, 12, 4, 43, 0, time.UTC)

// Ago is a time before SceneNow.
func Ago(seconds float64) time.Time {
	return SceneNow.Add(-time.Duration(seconds * float64(time.Second)))
}

// Orders is a partition of the topic of the scenes.
func Orders(partition int32) model.TopicPartition {
	return model.TopicPartition{Topic: "myorders", Partition: partition}
}

// Exact is a generation that the coordinator told.
func Exact(n int32) model.Generation {
	return model.Generation{Number: n, Kind: model.GenerationExact}
}

// Assigned is an assignment of myorders from a word: AABC gives 0 and 1 to A, 2 to B, 3 to C; a dot is nobody.
func Assigned(owners string) model.Assignment {
	a := model.Assignment{}
	for i, o := range owners {
		if o != '.' {
			a[Orders(int32(i))] = model.Slot(o - 'A' + 1)
		}
	}
	return a
}

// Owns is what a member owns of an assignment.
func Owns(a model.Assignment, lane model.Slot) []model.TopicPartition {
	var all []model.TopicPartition
	for _, tp := range a.Partitions() {
		if a[tp] == lane {
			all = append(all, tp)
		}
	}
	return all
}

// Ref is a member by its letter.
func Ref(lane model.Slot) model.MemberRef {
	return model.MemberRef{
		Slot: lane, MemberID: fmt.Sprintf("consumer-%d-%08x", lane, int(lane)*2654435761&0xffffffff),
		ClientID: fmt.Sprintf("consumer-%d", lane), Host: fmt.Sprintf("10.0.0.%d", 4+lane),
	}
}

// Member is a member with its partitions of an assignment.
func Member(lane model.Slot, a model.Assignment) model.MemberView {
	m := model.MemberView{
		MemberRef: Ref(lane), AssignmentKnown: true, Assignment: Owns(a, lane), Subscription: []string{"myorders"},
	}
	if n := len(m.Assignment); n > 0 {
		m.Lag = model.Some(int64(302 * n))
		m.ConsumeRate = model.Some(99.5 * float64(n))
	} else {
		m.Lag = model.Some[int64](0)
	}
	return m
}

// Partition is a partition with its owner.
func Partition(i int32, owner model.Slot) model.PartitionView {
	p := model.PartitionView{
		TopicPartition: Orders(i), Owner: owner, Subscribed: true, PartitionOffsets: model.PartitionOffsets{
			Committed: model.Some(int64(10_022 + 131*i)), LogStart: model.Some[int64](0), LogEnd: model.Some(int64(10_312 + 137*i)),
			Lag: model.Some(int64(290 + 6*i)), ProduceRate: model.Some(98.0 + float64(i)), ConsumeRate: model.Some(101.0 - float64(i)),
			Behind: model.Some(2900 * time.Millisecond), CommittedAt: Ago(0.3 + float64(i)),
		}}
	for s := range int64(model.PartitionLagKept) {
		p.LagHistory = append(p.LagHistory, 40+(s*s*(int64(i)+2)*7)%251)
	}
	return p
}

// Settled is a span of ownership in a stable group, from some seconds ago on.
func Settled(seconds float64, generation int32, owners string) model.OwnershipSpan {
	return model.OwnershipSpan{From: Ago(seconds), Generation: Exact(generation), Owners: Assigned(owners)}
}

func unsettled(seconds float64, generation int32, owners string) model.OwnershipSpan {
	return model.OwnershipSpan{From: Ago(seconds), Generation: Exact(generation), Owners: Assigned(owners), Rebalancing: true}
}

// Rebalance is a rebalance that began some seconds ago.
func Rebalance(from int32, began, took float64, before, after string, members int) *model.Rebalance {
	r := &model.Rebalance{
		Group: "1consumer", Type: model.TypeClassic, From: Exact(from), To: Exact(from + 1), AtLeast: 1,
		Began: model.Exactly(Ago(began)), Ended: model.Exactly(Ago(began - took)), Before: Assigned(before), After: Assigned(after),
		MembersAfter: members, AssignorBefore: "range", AssignorAfter: "range",
	}
	for i := range int32(len(after)) {
		if from, to := r.Before[Orders(i)], r.After[Orders(i)]; from != to {
			r.Moves = append(r.Moves, model.Move{TopicPartition: Orders(i), From: from, To: to})
		}
	}
	return r
}

// Judged is a rebalance of which everything is known: it joined for all but 12 ms, and one of its partitions is read again.
func Judged(r *model.Rebalance, cause model.Cause, confidence model.Confidence, evidence string) {
	r.Verdict = model.Verdict{Cause: cause, Confidence: confidence, Evidence: evidence}
	r.JoinEnded = model.Exactly(r.Ended.NotBefore.Add(-12 * time.Millisecond))
	r.Recorded, r.LeaderBefore, r.LeaderAfter = r.Ended.NotBefore, 1, 1
	r.Stickiness = model.Some(model.Stickiness{Moved: len(r.Moves), Necessary: 1})
	lasted, _ := r.Began.Until(r.Ended)
	r.Cost = model.Cost{CostTotals: model.CostTotals{
		PausedAtLeast: lasted, PausedAtMost: model.Some(lasted + 300*time.Millisecond), LagAdded: model.Some[int64](290),
		Reprocessed: model.Some[int64](0), ConsumerTimeLost: 4 * lasted, Complete: true,
	}}
	for _, m := range r.Moves {
		r.Cost.Pauses = append(r.Cost.Pauses, model.Pause{
			TopicPartition: m.TopicPartition, AtLeast: lasted, AtMost: model.Some(lasted + 300*time.Millisecond), Resumed: true,
			Stopped: r.Began, Started: model.Moment{NotBefore: r.Ended.NotBefore, NotAfter: r.Ended.NotAfter.Add(300 * time.Millisecond)},
			LagAdded: model.Some[int64](290), Reprocessed: model.Some[int64](0),
		})
	}
}

// OneConsumer is the classic scene: a third consumer has joined, four partitions, the last rebalance seconds ago.
func OneConsumer() *model.GroupView {
	now := Assigned("AABC")
	g := &model.GroupView{
		ID: "1consumer", Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable, FirstSeen: Ago(300),
		Coordinator: model.Some[int32](2), Assignor: "range", Generation: Exact(5), MembersKnown: true,
		Members: []model.MemberView{Member(1, now), Member(2, now), Member(3, now)},
		Lag:     model.Some[int64](1204), Behind: model.Some(2900 * time.Millisecond), Trend: model.TrendSteady,
		Ownership: []model.OwnershipSpan{
			Settled(300, 3, "AAAA"), unsettled(34, 3, "AAAA"), Settled(31, 4, "AABB"), unsettled(9, 4, "AABB"), Settled(6, 5, "AABC"),
		},
	}
	for i := range int32(4) {
		g.Partitions = append(g.Partitions, Partition(i, now[Orders(i)]))
	}
	first := Rebalance(3, 34, 3, "AAAA", "AABB", 2)
	first.Joined = []model.MemberRef{Ref(2)}
	second := Rebalance(4, 9, 3, "AABB", "AABC", 3)
	second.Joined = []model.MemberRef{Ref(3)}
	Judged(first, model.CauseMemberJoined, model.Likely, "B joined, no member left")
	Judged(second, model.CauseMemberJoined, model.Certain, "C (consumer-3) was started in group 1consumer")
	g.Leader = 1
	g.Members[0].SessionTimeout, g.Members[0].RebalanceTimeout = model.Some(45*time.Second), model.Some(5*time.Minute)
	g.Rebalances = []*model.Rebalance{first, second}
	g.Members[2].Since = Ago(6)
	g.Partitions[3].MovedFrom, g.Partitions[3].MovedAt = 2, Ago(6)
	return g
}

// UnderWay is the classic scene while a fourth consumer joins.
func UnderWay() *model.GroupView {
	g := OneConsumer()
	g.State = model.StatePreparingRebalance
	g.RebalancingSince = Ago(2.3)
	g.Ownership = append(g.Ownership, unsettled(2.3, 5, "AABC"))
	for i := range g.Members {
		g.Members[i].AssignmentPrevious, g.Members[i].Since = true, time.Time{}
	}
	for i := range g.Partitions {
		g.Partitions[i].OwnerPrevious = true
	}
	g.Members = append(g.Members, model.MemberView{MemberRef: Ref(4), AssignmentProblem: "the group is rebalancing", Since: Ago(2.3)})
	g.Joining = 1
	return g
}

// Syncing is the same when all have joined, and the leader has not handed out the partitions.
func Syncing() *model.GroupView {
	g := UnderWay()
	g.State, g.StateSince = model.StateCompletingRebalance, Ago(1.1)
	return g
}

// ownAssignor is the same with an assignor that regroup does not know: members may keep reading.
func ownAssignor() *model.GroupView {
	g := Syncing()
	g.Assignor = "by-region"
	return g
}

// Reconciling is a KIP-848 group: C waits for a partition that B still holds.
func Reconciling() *model.GroupView {
	g := OneConsumer()
	g.Type, g.State, g.Assignor = model.TypeConsumer, model.StateReconciling, "uniform"
	g.AssignmentEpoch = model.Some[int32](5)
	now, target := Assigned("AABB"), Assigned("AABC")
	for i := range g.Members {
		m := &g.Members[i]
		m.Assignment, m.Target, m.TargetKnown = Owns(now, m.Slot), Owns(target, m.Slot), true
		m.Since = time.Time{}
		m.Epoch = model.Some[int32](5)
	}
	g.Members[1].Epoch = model.Some[int32](4)
	g.Members[1].State, g.Members[1].PendingRevocation = model.MemberUnrevokedPartitions, []model.TopicPartition{Orders(3)}
	g.Members[2].State = model.MemberUnreleasedPartitions
	g.Leader = model.Nobody
	g.Members[1].InstanceID = "billing-1"
	g.Partitions[3].Owner, g.Partitions[3].MovedAt = 2, time.Time{}
	g.RebalancingSince = Ago(1.2)
	g.Rebalances = g.Rebalances[:1]
	g.Rebalances[0].Type = model.TypeConsumer
	g.Ownership = append(g.Ownership[:3:3], unsettled(1.2, 5, "AABB"))
	return g
}

// Idle is a group with more members than partitions.
func Idle() *model.GroupView {
	g := OneConsumer()
	g.ID, g.Idle = "1", 1
	g.Members[2].Assignment, g.Members[2].Since = nil, time.Time{}
	now := Assigned("AB")
	g.Members[0] = Member(1, now)
	g.Members[1] = Member(2, now)
	g.Members[2].Lag, g.Members[2].ConsumeRate = model.None[int64](), model.None[float64]()
	g.Partitions = []model.PartitionView{Partition(0, 1), Partition(1, 2)}
	g.Rebalances, g.Ownership = nil, []model.OwnershipSpan{Settled(45, 3, "AB")}
	return g
}

// Flagged is a group with everything that can be the matter with a lag, and partitions that nobody owns.
func Flagged() *model.GroupView {
	g := OneConsumer()
	g.Partitions = nil
	for i, flag := range []model.LagFlag{
		model.LagNoCommit, model.LagBelowStart, model.LagBeyondEnd, model.LagEndUnknown, model.LagTopicMissing, model.LagTopicRecreated, model.LagOffsetsUnknown,
	} {
		p := Partition(int32(i), model.Slot(i%4))
		p.Flag = flag
		switch flag {
		case model.LagNoCommit:
			p.Committed, p.Lag = model.None[int64](), model.None[int64]()
		case model.LagBeyondEnd, model.LagTopicRecreated:
			p.Lag = model.Some[int64](0)
		case model.LagEndUnknown, model.LagTopicMissing:
			p.LogEnd, p.Lag, p.Problem = model.None[int64](), model.None[int64](), "no leader"
		case model.LagOffsetsUnknown:
			p.Committed, p.Lag = model.None[int64](), model.None[int64]()
		}
		g.Partitions = append(g.Partitions, p)
	}
	g.Unassigned, g.LagIncomplete = 2, true
	return g
}

// Storm is thirty members and two hundred partitions that rebalance again and again.
func Storm() *model.GroupView { return Large(30, 200) }

// Large is a group of so many members and partitions.
func Large(members, partitions int) *model.GroupView {
	g := OneConsumer()
	g.Members, g.Partitions, g.Ownership, g.Rebalances = nil, nil, nil, nil
	owner := func(i, turn int) model.Slot { return model.Slot(1 + (i*members/partitions+turn)%members) }
	now := model.Assignment{}
	for turn := range 20 {
		owners := model.Assignment{}
		for i := range partitions {
			owners[Orders(int32(i))] = owner(i, turn)
		}
		at := float64(58 - 3*turn)
		g.Ownership = append(g.Ownership, model.OwnershipSpan{From: Ago(at), Generation: Exact(int32(200 + turn)), Owners: owners})
		if turn < 19 {
			g.Ownership = append(g.Ownership, model.OwnershipSpan{From: Ago(at - 2), Generation: Exact(int32(200 + turn)), Owners: owners, Rebalancing: true})
		}
		r := Rebalance(int32(200+turn), at+1, 1, "", "", members)
		r.Before, r.After, r.AtLeast = now, owners, 3
		r.Ended.NotBefore = r.Ended.NotBefore.Add(-400 * time.Millisecond)
		for _, tp := range owners.Partitions() {
			if now[tp] != owners[tp] {
				r.Moves = append(r.Moves, model.Move{TopicPartition: tp, From: now[tp], To: owners[tp]})
			}
		}
		g.Rebalances = append(g.Rebalances, r)
		now = owners
	}
	for lane := model.Slot(1); lane <= model.Slot(members); lane++ {
		g.Members = append(g.Members, Member(lane, now))
	}
	for i := range partitions {
		p := Partition(int32(i), now[Orders(int32(i))])
		p.MovedFrom, p.MovedAt = owner(i, 18), Ago(1)
		g.Partitions = append(g.Partitions, p)
	}
	g.Generation, g.Trend = Exact(219), model.TrendGrowing
	return g
}

// Hostile is a group all of whose names try to get at the terminal.
func Hostile() *model.GroupView {
	const evil = "\x1b[2J\x1b]0;owned\x07\u202egnp\n\t注文"
	g := OneConsumer()
	g.ID, g.Assignor = evil, evil
	rename := func(tp *model.TopicPartition) { tp.Topic = evil }
	for i := range g.Members {
		m := &g.Members[i]
		m.ClientID, m.Host, m.InstanceID = evil, evil, evil
		m.Assignment = slices.Clone(m.Assignment)
		for j := range m.Assignment {
			rename(&m.Assignment[j])
		}
	}
	for i := range g.Partitions {
		rename(&g.Partitions[i].TopicPartition)
		g.Partitions[i].Flag, g.Partitions[i].Problem = model.LagEndUnknown, evil
	}
	moved := func(a model.Assignment) model.Assignment {
		b := model.Assignment{}
		for tp, lane := range a {
			rename(&tp)
			b[tp] = lane
		}
		return b
	}
	for i := range g.Ownership {
		g.Ownership[i].Owners = moved(g.Ownership[i].Owners)
	}
	for _, r := range g.Rebalances {
		r.Before, r.After, r.AssignorBefore = moved(r.Before), moved(r.After), evil
		for i := range r.Moves {
			rename(&r.Moves[i].TopicPartition)
		}
		for i := range r.Joined {
			m := &r.Joined[i]
			m.MemberID, m.InstanceID, m.ClientID, m.Host = evil, evil, evil, evil
		}
		Judged(r, evil, evil, evil)
		r.Also = []model.Verdict{r.Verdict}
	}
	return g
}

// ViewOf is a view with one group and its events.
func ViewOf(g *model.GroupView) *model.View {
	v := &model.View{
		At: SceneNow, PolledAt: SceneNow, Interval: time.Second, Groups: []*model.GroupView{g},
		Brokers: []model.Broker{{ID: 1, Answered: true}, {ID: 2, Answered: true}, {ID: 3, Answered: true}},
	}
	for _, r := range g.Rebalances {
		v.Events = append(v.Events,
			model.Event{At: r.Began.NotAfter, Kind: model.RebalanceBegan, Group: g.ID},
			model.Event{At: r.Ended.NotAfter, Kind: model.RebalanceCompleted, Group: g.ID, Rebalance: r})
		for _, m := range r.Joined {
			v.Events = append(v.Events, model.Event{At: r.Began.NotAfter, Kind: model.MemberJoined, Group: g.ID, Member: m})
		}
	}
	v.Events = append(v.Events,
		model.Event{At: Ago(5.5), Kind: model.LabActed, Group: g.ID, Detail: "the lab started consumer-3"},
		model.Event{At: Ago(4), Kind: model.MemberJoined, Group: "another", Member: Ref(9)})
	slices.SortStableFunc(v.Events, func(a, b model.Event) int { return a.At.Compare(b.At) })
	return v
}

// Stale is a group whose coordinator does not answer.
func Stale() *model.GroupView {
	g := OneConsumer()
	g.StaleSince = Ago(14)
	return g
}

// Gone is a group that was deleted.
func Gone() *model.GroupView {
	g := OneConsumer()
	g.State, g.GoneSince = model.StateDead, Ago(4)
	return g
}

// ShareGroup is a share group: nothing but its members is known.
func ShareGroup() *model.GroupView {
	return &model.GroupView{
		ID: "clicks", Type: model.TypeShare, State: model.StateStable, Coordinator: model.Some[int32](1), MembersKnown: true,
		Members: []model.MemberView{{MemberRef: Ref(1), AssignmentKnown: true}, {MemberRef: Ref(2), AssignmentKnown: true}},
	}
}

// Empty is a group without members.
func Empty() *model.GroupView {
	g := OneConsumer()
	g.State, g.Members, g.RebalancingSince = model.StateEmpty, nil, time.Time{}
	for i := range g.Partitions {
		g.Partitions[i].Owner, g.Partitions[i].Subscribed = model.Nobody, false
	}
	g.Ownership = append(g.Ownership, Settled(2, 6, "...."))
	return g
}

// Scenes are all groups that the group screen is drawn with.
func Scenes() map[string]*model.GroupView {
	return map[string]*model.GroupView{
		"stable": OneConsumer(), "rebalancing": UnderWay(), "syncing": Syncing(), "syncing-unknown": ownAssignor(), "reconciling": Reconciling(), "idle": Idle(), "flags": Flagged(), "storm": Storm(),
		"hostile": Hostile(), "stale": Stale(), "gone": Gone(), "share": ShareGroup(), "empty": Empty(),
		"unread": TimedOut(), "stormy": Stormy(), "arrived": Arrived(),
	}
}

// TimedOut is a group after a member had crashed: one generation was superseded, a partition is not read yet, and the
// leader was the one who is gone.
func TimedOut() *model.GroupView {
	g := OneConsumer()
	r := Rebalance(5, 4, 0.5, "AABC", "BBBC", 2)
	r.To, r.AtLeast, r.Superseded = Exact(7), 2, 1
	r.Left = []model.MemberRef{Ref(1)}
	Judged(r, model.CauseSessionTimeout, model.Likely,
		"the last commit for A's 2 partitions was 45.1 s to 45.2 s earlier; session.timeout.ms is 45 s")
	r.LeaderBefore, r.LeaderAfter, g.Leader = 1, 2, 2
	r.Also = []model.Verdict{{Cause: model.CausePartitionsAdded, Confidence: model.Possible, Evidence: "topic myorders has 1 new partition, seen 4 s to 5 s earlier"}}
	r.Began.NotBefore = r.Began.NotBefore.Add(-24 * time.Millisecond)
	r.Cost.Complete, r.Cost.PausedAtLeast, r.Cost.PausedAtMost = false, 45*time.Second, model.None[time.Duration]()
	r.Cost.LagAdded, r.Cost.Reprocessed, r.Cost.ConsumerTimeLost = model.Some[int64](4_512), model.Some[int64](37), 46*time.Second
	r.Cost.Pauses[0].AtLeast, r.Cost.Pauses[0].AtMost, r.Cost.Pauses[0].Resumed = 45*time.Second, model.None[time.Duration](), false
	r.Cost.Pauses[1].AtLeast, r.Cost.Pauses[1].AtMost = 38*time.Second, model.Some(41*time.Second)
	r.Cost.Pauses[1].Reprocessed = model.Some[int64](37)
	r.Cost.Pauses[0].Stopped, r.Cost.Pauses[0].Started.NotAfter = model.Moment{NotBefore: Ago(9), NotAfter: Ago(4)}, time.Time{}
	r.Stickiness = model.Some(model.Stickiness{Moved: 2, Necessary: 1})
	g.Rebalances = append(g.Rebalances, r)
	g.Generation = Exact(7)
	g.Members = g.Members[1:]
	g.Ownership = append(g.Ownership, unsettled(4, 5, "AABC"), Settled(3.5, 7, "BBBC"))
	return g
}

// Stormy is a group that has rebalanced twenty times within minutes after an hour of calm, for changing causes.
func Stormy() *model.GroupView {
	g := OneConsumer()
	g.Rebalances = nil
	causes := []model.Cause{
		model.CauseMaxPollExceeded, model.CauseMemberJoined, model.CauseMaxPollExceeded, model.CauseSessionTimeout, model.CauseSecondCooperative,
	}
	for i := range int32(20) {
		age := float64(600 - 30*(i-2))
		switch {
		case i < 2:
			age = float64(3000 - 700*i)
		case i >= 14:
			age = float64(100 - 4*(i-14))
		}
		r := Rebalance(200+i, age, 0.9, "AABC", "ABBC", 3)
		Judged(r, causes[i%5], model.Likely, "the last commit for B's 2 partitions was 5 min earlier; max.poll.interval.ms is 5 min")
		if i%4 != 1 {
			r.Left = []model.MemberRef{Ref(2)}
		} else {
			r.Joined = []model.MemberRef{Ref(2)}
		}
		g.Rebalances = append(g.Rebalances, r)
	}
	g.Generation = Exact(220)
	g.Storm = model.Storm{Active: true, Recent: 18, Usual: model.Some(0.3)}
	g.Stickiness = model.Some(model.Stickiness{Moved: 20, Necessary: 3})
	return g
}

// PolledOnly is a group of which only polls tell: counts, intervals, and no card of what it cost.
func PolledOnly() *model.GroupView {
	g := OneConsumer()
	for _, r := range g.Rebalances {
		r.From.Kind, r.To.Kind = model.GenerationCounted, model.GenerationCounted
		r.Verdict = model.Verdict{Cause: model.CauseMemberJoined, Confidence: model.Possible, Evidence: "C joined, no member left"}
		r.Cost, r.JoinEnded, r.Recorded, r.Stickiness = model.Cost{}, model.Moment{}, time.Time{}, model.None[model.Stickiness]()
		r.LeaderBefore, r.LeaderAfter = model.Nobody, model.Nobody
		r.Began.NotBefore = r.Began.NotBefore.Add(-time.Second)
		r.Ended.NotBefore = r.Ended.NotBefore.Add(-time.Second)
	}
	g.Generation.Kind, g.Leader = model.GenerationCounted, model.Nobody
	return g
}

// Arrived is a KIP-848 group after it has converged.
func Arrived() *model.GroupView {
	g := Reconciling()
	g.State, g.RebalancingSince = model.StateStable, time.Time{}
	now := Assigned("AABC")
	for i := range g.Members {
		m := &g.Members[i]
		m.Assignment, m.Epoch, m.PendingRevocation, m.State = Owns(now, m.Slot), model.Some[int32](5), nil, model.MemberStable
	}
	r := Rebalance(4, 6.2, 5.1, "AABB", "AABC", 3)
	r.Type = model.TypeConsumer
	Judged(r, model.CauseMemberJoined, model.Certain, "C joined, no member left")
	r.JoinEnded = r.Began
	g.Rebalances = append(g.Rebalances, r)
	g.Partitions[3].Owner = 3
	return g
}

// CardScenes are the groups whose cards are drawn.
func CardScenes() map[string]*model.GroupView {
	return map[string]*model.GroupView{
		"joined": OneConsumer(), "timed-out": TimedOut(), "storm": Stormy(), "polled": PolledOnly(), "large": Storm(), "hostile": Hostile(),
		"under-way": UnderWay(), "reconciling": Reconciling(), "arrived": Arrived(),
	}
}

// Shuffled is the classic scene just after all four partitions changed hands.
func Shuffled() *model.GroupView {
	g := OneConsumer()
	now := Assigned("CABA")
	for i := range g.Partitions {
		q := &g.Partitions[i]
		q.MovedFrom, q.MovedAt, q.Owner = q.Owner, Ago(6), now[q.TopicPartition]
	}
	g.Partitions[3].MovedFrom = 4 // D is not there any more
	for i := range g.Members {
		g.Members[i].Assignment = Owns(now, g.Members[i].Slot)
	}
	return g
}

// LargeScene is a group of 200 members and 1000 partitions, which benchmarks draw.
type LargeScene struct {
	Name  string
	Group *model.GroupView
}

// LargeScenes are groups of 200 members and 1000 partitions, in three states.
func LargeScenes() []LargeScene {
	under := Large(200, 1000)
	under.RebalancingSince = Ago(1)
	moving := Large(200, 1000)
	moving.Type, moving.RebalancingSince = model.TypeConsumer, Ago(1)
	for i := range moving.Members {
		m := &moving.Members[i]
		m.TargetKnown, m.Target = true, moving.Members[(i+1)%len(moving.Members)].Assignment
	}
	all := []LargeScene{{"settled", Large(200, 1000)}, {"rebalancing", under}, {"reconciling", moving}}
	for _, c := range all {
		for _, r := range c.Group.Rebalances {
			Judged(r, model.CauseMaxPollExceeded, model.Likely, "the last commit for B's 2 partitions was 5 min earlier; max.poll.interval.ms is 5 min")
		}
	}
	return all
}
