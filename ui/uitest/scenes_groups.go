package uitest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"regroup/model"
)

// BubbleStart is when a bubble of synctest begins: the moment of the scenes of the shell and of the list of groups.
var BubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Before is a time before BubbleStart.
func Before(d time.Duration) time.Time { return BubbleStart.Add(-d) }

// series is a lag of a minute that goes evenly from one value to another.
func series(from, to int64) []int64 {
	out := make([]int64, model.LagHistoryKept)
	for i := range out {
		out[i] = from + (to-from)*int64(i)/int64(len(out)-1)
	}
	return out
}

// GroupOption changes a group of a scene.
type GroupOption func(*model.GroupView)

// StableGroup is a group in its quiet state; options change it.
func StableGroup(id string, members, partitions int, lag int64, options ...GroupOption) *model.GroupView {
	g := &model.GroupView{
		ID: id, Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable, Assignor: "range",
		Generation: Exact(5), Coordinator: model.Some[int32](2), MembersKnown: true,
		Lag: model.Some(lag), LagHistory: series(lag, lag), Trend: model.TrendSteady,
		Behind: model.Some(time.Duration(lag) * 2 * time.Millisecond), FirstSeen: Before(time.Hour),
	}
	for i := range members {
		g.Members = append(g.Members, model.MemberView{MemberRef: Ref(model.Slot(i + 1))})
	}
	for i := range partitions {
		p := model.PartitionView{TopicPartition: Orders(int32(i))}
		if members > 0 {
			p.Owner = model.Slot(i%members + 1)
		}
		g.Partitions = append(g.Partitions, p)
	}
	for _, change := range options {
		change(g)
	}
	return g
}

// Rebalanced adds a rebalance that ended some time ago.
func Rebalanced(age time.Duration, from, to int32, change func(*model.Rebalance)) GroupOption {
	return func(g *model.GroupView) {
		r := &model.Rebalance{
			Group: g.ID, From: Exact(from), To: Exact(to), AtLeast: 1, MembersAfter: len(g.Members),
			Began: model.Exactly(Before(age + 3*time.Second)), Ended: model.Exactly(Before(age)), After: Assigned("AABC"),
		}
		change(r)
		g.Rebalances = append(g.Rebalances, r)
		g.Generation = r.To
	}
}

// Payments is a cluster of ten groups in all states.
func Payments() *model.View {
	groups := []*model.GroupView{
		StableGroup("payments", 3, 4, 1204, Rebalanced(12*time.Second, 4, 5, func(r *model.Rebalance) {
			r.Joined = []model.MemberRef{Ref(3)}
			r.Moves = []model.Move{{TopicPartition: Orders(2), From: 2, To: 3}}
			Judged(r, model.CauseMemberJoined, model.Certain, "C joined, no member left")
		})),
		StableGroup("payments-settlement", 3, 8, 184_330, func(g *model.GroupView) {
			g.State, g.Joining, g.RebalancingSince, g.Assignor = model.StatePreparingRebalance, 1, Before(4*time.Second), "cooperative-sticky"
			g.Trend, g.LagHistory = model.TrendGrowing, series(20_000, 184_330)
			for i := range 9 {
				Rebalanced(time.Duration(9-i)*time.Minute, int32(203+i), int32(204+i), func(r *model.Rebalance) {
					r.Left = []model.MemberRef{Ref(4)}
					Judged(r, model.CauseMaxPollExceeded, model.Likely, "the last commit for D's 2 partitions was 5 min earlier; max.poll.interval.ms is 5 min")
				})(g)
			}
			g.Storm = model.Storm{Active: true, Recent: 9, Usual: model.Some(1.0 / 144)}
			g.Stickiness = model.Some(model.Stickiness{Moved: 27, Necessary: 9})
		}),
		StableGroup("payments-audit", 0, 4, 310, func(g *model.GroupView) {
			g.State, g.Assignor, g.ProtocolType = model.StateEmpty, "", ""
			g.Behind = model.Some(11 * time.Minute)
		}, Rebalanced(3*time.Hour, 40, 41, func(r *model.Rebalance) {
			r.Left, r.MembersAfter = []model.MemberRef{Ref(1)}, 0
		})),
		StableGroup("payout-ledger", 12, 48, 96, func(g *model.GroupView) { g.RebalancedAt = Before(6 * 24 * time.Hour) }),
		StableGroup("paypal-webhooks", 4, 16, 88, func(g *model.GroupView) {
			g.Type, g.State, g.Assignor, g.RebalancingSince = model.TypeConsumer, model.StateReconciling, "uniform", Before(900*time.Millisecond)
			g.Trend, g.LagHistory = model.TrendFalling, series(400, 88)
		}),
		StableGroup("pay-fraud-features", 5, 4, 12, func(g *model.GroupView) { g.Idle = 1 }),
		StableGroup("payments-mirror", 3, 0, 0, func(g *model.GroupView) {
			g.Type, g.Lag, g.Behind, g.LagHistory, g.Trend = model.TypeShare, model.None[int64](), model.None[time.Duration](), nil, model.TrendUnknown
			g.Generation = model.Generation{}
		}),
		StableGroup("payroll", 1, 8, 40_000, func(g *model.GroupView) {
			g.Trend, g.Unassigned, g.LagIncomplete = model.TrendStalled, 2, true
			g.Generation = model.Generation{Number: 2, Kind: model.GenerationCounted}
			g.LagHistory = series(40_000, 40_000)
		}),
		StableGroup("orders-eu", 2, 6, 7, func(g *model.GroupView) { g.StaleSince = Before(14 * time.Second) }),
		StableGroup("orders-old", 0, 6, 7, func(g *model.GroupView) { g.State, g.GoneSince = model.StateDead, Before(9*time.Second) }),
	}
	return ViewOfGroups(groups...)
}

// ViewOfGroups is a view of a cluster of three brokers with these groups.
func ViewOfGroups(groups ...*model.GroupView) *model.View {
	v := &model.View{
		At: BubbleStart, PolledAt: BubbleStart, Took: 38 * time.Millisecond, Requests: 25, Interval: time.Second,
		Cluster: model.Cluster{Name: "prod-eu", Version: "4.3"}, Groups: groups, GenerationsExact: true,
		Tail: model.TailStatus{State: model.TailOn},
	}
	for id := range int32(3) {
		v.Brokers = append(v.Brokers, model.Broker{ID: id + 1, Address: fmt.Sprintf("10.0.0.%d:9092", id+1), Answered: true, LastSeen: BubbleStart})
	}
	slices.SortFunc(v.Groups, func(a, b *model.GroupView) int { return strings.Compare(a.ID, b.ID) })
	for _, g := range v.Groups {
		v.Rebalances = append(v.Rebalances, g.Rebalances...)
	}
	slices.SortStableFunc(v.Rebalances, func(a, b *model.Rebalance) int { return a.End().Compare(b.End()) })
	v.Events = []model.Event{
		{At: Before(40 * time.Second), Kind: model.CoordinatorMoved, Group: "payout-ledger", Detail: "the coordinator moved from broker 3 to broker 1"},
		{At: Before(14 * time.Second), Kind: model.SourceLost, Broker: model.Some[int32](3), Detail: "stopped answering: connection refused"},
	}
	return v
}

// Many is a view of n groups, with a lag of its own each and a rebalance each tenth.
func Many(n int) *model.View {
	groups := make([]*model.GroupView, n)
	for i := range groups {
		groups[i] = StableGroup(fmt.Sprintf("team-%02d.service-%05d", i%37, i), 3, 10, int64(i*7919%100_003))
		if i%10 == 0 {
			Rebalanced(time.Duration(i)*time.Second, 4, 5, func(r *model.Rebalance) { r.Joined = []model.MemberRef{Ref(3)} })(groups[i])
		}
	}
	v := ViewOfGroups(groups...)
	if extra := len(v.Rebalances) - model.RebalancesKept; extra > 0 {
		v.Rebalances = v.Rebalances[extra:]
	}
	return v
}

// ComparedView is the same event in an eager, a cooperative and a consumer group.
func ComparedView() *model.View {
	at := func(ms int) time.Time { return SceneNow.Add(-10*time.Second + time.Duration(ms)*time.Millisecond) }
	moment := func(from, to int) model.Moment { return model.Moment{NotBefore: at(from), NotAfter: at(to)} }
	var groups []*model.GroupView
	for i, c := range []struct {
		name, assignor string
		kind           model.GroupType
		before, after  string
		joined, ended  int
	}{
		{"cooperative", "cooperative-sticky", model.TypeClassic, "AABB", "AABC", 900, 910},
		{"kip848", "uniform", model.TypeConsumer, "AABB", "AABC", 100, 2100},
		{"range", "range", model.TypeClassic, "AABB", "ABBC", 1800, 1830},
	} {
		g := OneConsumer()
		g.ID, g.Assignor, g.Type = c.name, c.assignor, c.kind
		r := &model.Rebalance{
			Group: c.name, Type: c.kind, AtLeast: 1, SeenAt: at(c.ended), Began: moment(0, 25), JoinEnded: moment(c.joined, c.joined), Ended: moment(c.ended, c.ended),
			Before: Assigned(c.before), After: Assigned(c.after), Verdict: model.Verdict{Cause: model.CauseMemberJoined, Confidence: model.Certain},
			AssignorBefore: c.assignor, AssignorAfter: c.assignor,
		}
		for n, tp := range r.After.Partitions() {
			if r.Before[tp] == r.After[tp] {
				continue
			}
			p := model.Pause{TopicPartition: tp, Resumed: true, Stopped: moment(-100*i, 20), Started: moment(c.ended, c.ended+200+100*n)}
			r.Cost.Pauses = append(r.Cost.Pauses, p)
		}
		g.Rebalances = []*model.Rebalance{r}
		groups = append(groups, g)
	}
	v := ViewOf(groups[0])
	v.Groups = groups
	return v
}
