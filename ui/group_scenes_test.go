package ui

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
	"regroup/ui/theme"
)

// The scenes that the group screen and the lab are tested with.

var sceneNow = time.Date(2025, 3, 4, 12, 4, 43, 0, time.UTC)

func ago(seconds float64) time.Time {
	return sceneNow.Add(-time.Duration(seconds * float64(time.Second)))
}

func orders(partition int32) model.TopicPartition {
	return model.TopicPartition{Topic: "myorders", Partition: partition}
}

func exact(n int32) model.Generation {
	return model.Generation{Number: n, Kind: model.GenerationExact}
}

// assigned is an assignment of myorders from a word: AABC gives 0 and 1 to A, 2 to B, 3 to C; a dot is nobody.
func assigned(owners string) model.Assignment {
	a := model.Assignment{}
	for i, o := range owners {
		if o != '.' {
			a[orders(int32(i))] = model.Lane(o - 'A' + 1)
		}
	}
	return a
}

func owns(a model.Assignment, lane model.Lane) []model.TopicPartition {
	var all []model.TopicPartition
	for _, tp := range a.Partitions() {
		if a[tp] == lane {
			all = append(all, tp)
		}
	}
	return all
}

func ref(lane model.Lane) model.MemberRef {
	return model.MemberRef{
		Lane: lane, MemberID: fmt.Sprintf("consumer-%d-%08x", lane, int(lane)*2654435761&0xffffffff),
		ClientID: fmt.Sprintf("consumer-%d", lane), Host: fmt.Sprintf("10.0.0.%d", 4+lane),
	}
}

func member(lane model.Lane, a model.Assignment) model.MemberView {
	m := model.MemberView{
		MemberRef: ref(lane), AssignmentKnown: true, Assignment: owns(a, lane), Subscription: []string{"myorders"},
	}
	if n := len(m.Assignment); n > 0 {
		m.Lag = model.Some(int64(302 * n))
		m.ConsumeRate = model.Some(99.5 * float64(n))
	} else {
		m.Lag = model.Some[int64](0)
	}
	return m
}

func partition(i int32, owner model.Lane) model.PartitionView {
	p := model.PartitionView{
		TopicPartition: orders(i), Owner: owner, Subscribed: true,
		Committed: model.Some(int64(10_022 + 131*i)), LogStart: model.Some[int64](0), LogEnd: model.Some(int64(10_312 + 137*i)),
		Lag: model.Some(int64(290 + 6*i)), ProduceRate: model.Some(98.0 + float64(i)), ConsumeRate: model.Some(101.0 - float64(i)),
		Behind: model.Some(2900 * time.Millisecond), CommittedAt: ago(0.3 + float64(i)),
	}
	for s := range int64(model.PartitionLagKept) {
		p.LagHistory = append(p.LagHistory, 40+(s*s*(int64(i)+2)*7)%251)
	}
	return p
}

func settled(seconds float64, generation int32, owners string) model.OwnershipSpan {
	return model.OwnershipSpan{From: ago(seconds), Generation: exact(generation), Owners: assigned(owners)}
}

func unsettled(seconds float64, generation int32, owners string) model.OwnershipSpan {
	return model.OwnershipSpan{From: ago(seconds), Generation: exact(generation), Owners: assigned(owners), Unsettled: true}
}

func rebalance(from int32, began, took float64, before, after string, members int) *model.Rebalance {
	r := &model.Rebalance{
		Group: "1consumer", Type: model.TypeClassic, From: exact(from), To: exact(from + 1), AtLeast: 1,
		Began: model.Exactly(ago(began)), Ended: model.Exactly(ago(began - took)), Before: assigned(before), After: assigned(after),
		MembersAfter: members, AssignorBefore: "range", AssignorAfter: "range",
	}
	for i := range int32(len(after)) {
		if from, to := r.Before[orders(i)], r.After[orders(i)]; from != to {
			r.Moves = append(r.Moves, model.Move{TopicPartition: orders(i), From: from, To: to})
		}
	}
	return r
}

// judged is a rebalance of which everything is known: it joined for all but 12 ms, and one of its partitions is read again.
func judged(r *model.Rebalance, cause model.Cause, confidence model.Confidence, evidence string) {
	r.Verdict = model.Verdict{Cause: cause, Confidence: confidence, Evidence: evidence}
	r.JoinEnded = model.Exactly(r.Ended.NotBefore.Add(-12 * time.Millisecond))
	r.Recorded, r.LeaderBefore, r.LeaderAfter = r.Ended.NotBefore, 1, 1
	r.Stickiness = model.Some(model.Stickiness{Moved: len(r.Moves), Needed: 1})
	lasted, _ := r.Duration()
	r.Cost = model.Cost{
		PausedAtLeast: lasted, PausedAtMost: model.Some(lasted + 300*time.Millisecond), LagAdded: model.Some[int64](290),
		ReadAgain: model.Some[int64](0), Idle: 4 * lasted, Complete: true,
	}
	for _, m := range r.Moves {
		r.Cost.Pauses = append(r.Cost.Pauses, model.Pause{
			TopicPartition: m.TopicPartition, AtLeast: lasted, AtMost: model.Some(lasted + 300*time.Millisecond), Resumed: true,
			Stopped: r.Began, Started: model.Moment{NotBefore: r.Ended.NotBefore, NotAfter: r.Ended.NotAfter.Add(300 * time.Millisecond)},
			LagAdded: model.Some[int64](290), ReadAgain: model.Some[int64](0),
		})
	}
}

// oneConsumer is the classic scene: a third consumer has joined, four partitions, the last rebalance seconds ago.
func oneConsumer() *model.GroupView {
	now := assigned("AABC")
	g := &model.GroupView{
		ID: "1consumer", Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable, FirstSeen: ago(300),
		Coordinator: model.Some[int32](2), Assignor: "range", Generation: exact(5), MembersKnown: true,
		Members: []model.MemberView{member(1, now), member(2, now), member(3, now)},
		Lag:     model.Some[int64](1204), Behind: model.Some(2900 * time.Millisecond), Trend: model.TrendSteady,
		Ownership: []model.OwnershipSpan{
			settled(300, 3, "AAAA"), unsettled(34, 3, "AAAA"), settled(31, 4, "AABB"), unsettled(9, 4, "AABB"), settled(6, 5, "AABC"),
		},
	}
	for i := range int32(4) {
		g.Partitions = append(g.Partitions, partition(i, now[orders(i)]))
	}
	first := rebalance(3, 34, 3, "AAAA", "AABB", 2)
	first.Joined = []model.MemberRef{ref(2)}
	second := rebalance(4, 9, 3, "AABB", "AABC", 3)
	second.Joined = []model.MemberRef{ref(3)}
	judged(first, model.CauseMemberJoined, model.Likely, "B came and nobody left")
	judged(second, model.CauseMemberJoined, model.Certain, "C came, nobody left; the lab started it 3.1s before")
	g.Leader = 1
	g.Members[0].SessionTimeout, g.Members[0].RebalanceTimeout = model.Some(45*time.Second), model.Some(5*time.Minute)
	g.Rebalances = []*model.Rebalance{first, second}
	g.Members[2].Since = ago(6)
	g.Partitions[3].MovedFrom, g.Partitions[3].MovedAt = 2, ago(6)
	return g
}

// underWay is the classic scene while a fourth consumer joins.
func underWay() *model.GroupView {
	g := oneConsumer()
	g.State = model.StatePreparingRebalance
	g.Unsettled = ago(2.3)
	g.Ownership = append(g.Ownership, unsettled(2.3, 5, "AABC"))
	for i := range g.Members {
		g.Members[i].AssignmentPrevious, g.Members[i].Since = true, time.Time{}
	}
	for i := range g.Partitions {
		g.Partitions[i].OwnerPrevious = true
	}
	g.Members = append(g.Members, model.MemberView{MemberRef: ref(4), AssignmentProblem: "the group is rebalancing", Since: ago(2.3)})
	g.Joining = 1
	return g
}

// syncing is the same when all have joined, and the leader has not handed out the partitions.
func syncing() *model.GroupView {
	g := underWay()
	g.State, g.StateSince = model.StateCompletingRebalance, ago(1.1)
	return g
}

// ownAssignor is the same with an assignor that regroup does not know: members may keep reading.
func ownAssignor() *model.GroupView {
	g := syncing()
	g.Assignor = "by-region"
	return g
}

// reconciling is a KIP-848 group: C waits for a partition that B still holds.
func reconciling() *model.GroupView {
	g := oneConsumer()
	g.Type, g.State, g.Assignor = model.TypeConsumer, model.StateReconciling, "uniform"
	g.AssignmentEpoch = model.Some[int32](5)
	now, target := assigned("AABB"), assigned("AABC")
	for i := range g.Members {
		m := &g.Members[i]
		m.Assignment, m.Target, m.TargetKnown = owns(now, m.Lane), owns(target, m.Lane), true
		m.Since = time.Time{}
		m.Epoch = model.Some[int32](5)
	}
	g.Members[1].Epoch = model.Some[int32](4)
	g.Members[1].State, g.Members[1].PendingRevocation = model.MemberUnrevokedPartitions, []model.TopicPartition{orders(3)}
	g.Members[2].State = model.MemberUnreleasedPartitions
	g.Waits = []model.Wait{{TopicPartition: orders(3), Holder: 2, Waiter: 3}}
	g.Leader = model.Nobody
	g.Members[1].InstanceID = "billing-1"
	g.Partitions[3].Owner, g.Partitions[3].MovedAt = 2, time.Time{}
	g.Unsettled = ago(1.2)
	g.Rebalances = g.Rebalances[:1]
	g.Rebalances[0].Type = model.TypeConsumer
	g.Ownership = append(g.Ownership[:3:3], unsettled(1.2, 5, "AABB"))
	return g
}

// idle is a group with more members than partitions.
func idle() *model.GroupView {
	g := oneConsumer()
	g.ID, g.Idle = "1", 1
	g.Members[2].Assignment, g.Members[2].Since = nil, time.Time{}
	now := assigned("AB")
	g.Members[0] = member(1, now)
	g.Members[1] = member(2, now)
	g.Members[2].Lag, g.Members[2].ConsumeRate = model.None[int64](), model.None[float64]()
	g.Partitions = []model.PartitionView{partition(0, 1), partition(1, 2)}
	g.Rebalances, g.Ownership = nil, []model.OwnershipSpan{settled(45, 3, "AB")}
	return g
}

// flagged is a group with everything that can be the matter with a lag, and partitions that nobody owns.
func flagged() *model.GroupView {
	g := oneConsumer()
	g.Partitions = nil
	for i, flag := range []model.LagFlag{
		model.LagNoCommit, model.LagBelowStart, model.LagBeyondEnd, model.LagEndUnknown, model.LagTopicMissing, model.LagTopicRecreated, model.LagOffsetsUnknown,
	} {
		p := partition(int32(i), model.Lane(i%4))
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
	g.Unowned, g.LagIncomplete = 2, true
	return g
}

// storm is thirty members and two hundred partitions that rebalance again and again.
func storm() *model.GroupView { return large(30, 200) }

func large(members, partitions int) *model.GroupView {
	g := oneConsumer()
	g.Members, g.Partitions, g.Ownership, g.Rebalances = nil, nil, nil, nil
	owner := func(i, turn int) model.Lane { return model.Lane(1 + (i*members/partitions+turn)%members) }
	now := model.Assignment{}
	for turn := range 20 {
		owners := model.Assignment{}
		for i := range partitions {
			owners[orders(int32(i))] = owner(i, turn)
		}
		at := float64(58 - 3*turn)
		g.Ownership = append(g.Ownership, model.OwnershipSpan{From: ago(at), Generation: exact(int32(200 + turn)), Owners: owners})
		if turn < 19 {
			g.Ownership = append(g.Ownership, model.OwnershipSpan{From: ago(at - 2), Generation: exact(int32(200 + turn)), Owners: owners, Unsettled: true})
		}
		r := rebalance(int32(200+turn), at+1, 1, "", "", members)
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
	for lane := model.Lane(1); lane <= model.Lane(members); lane++ {
		g.Members = append(g.Members, member(lane, now))
	}
	for i := range partitions {
		p := partition(int32(i), now[orders(int32(i))])
		p.MovedFrom, p.MovedAt = owner(i, 18), ago(1)
		g.Partitions = append(g.Partitions, p)
	}
	g.Generation, g.Trend = exact(219), model.TrendGrowing
	return g
}

// hostile is a group all of whose names try to get at the terminal.
func hostile() *model.GroupView {
	const evil = "\x1b[2J\x1b]0;owned\x07\u202egnp\n\t注文"
	g := oneConsumer()
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
		judged(r, evil, evil, evil)
		r.Also = []model.Verdict{r.Verdict}
	}
	return g
}

// viewOf is a view with one group and its events.
func viewOf(g *model.GroupView) *model.View {
	v := &model.View{
		At: sceneNow, PolledAt: sceneNow, Interval: time.Second, Groups: []*model.GroupView{g},
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
		model.Event{At: ago(5.5), Kind: model.LabActed, Group: g.ID, Detail: "the lab started consumer-3"},
		model.Event{At: ago(4), Kind: model.MemberJoined, Group: "another", Member: ref(9)})
	slices.SortStableFunc(v.Events, func(a, b model.Event) int { return a.At.Compare(b.At) })
	return v
}

func frameOf(v *model.View, width, height int) frame {
	return frame{view: v, now: sceneNow, theme: theme.For(true), width: width, height: height}
}
