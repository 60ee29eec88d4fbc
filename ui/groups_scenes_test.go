package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"regroup/model"
	"regroup/ui/uitest"
)

// The scenes that the shell and the groups screen are tested with. A bubble of synctest begins at bubbleStart.

var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func before(d time.Duration) time.Time { return bubbleStart.Add(-d) }

// series is a lag of a minute that goes evenly from one value to another.
func series(from, to int64) []int64 {
	out := make([]int64, model.LagHistoryKept)
	for i := range out {
		out[i] = from + (to-from)*int64(i)/int64(len(out)-1)
	}
	return out
}

type groupOption func(*model.GroupView)

// stableGroup is a group in its quiet state; options change it.
func stableGroup(id string, members, partitions int, lag int64, options ...groupOption) *model.GroupView {
	g := &model.GroupView{
		ID: id, Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable, Assignor: "range",
		Generation: exact(5), Coordinator: model.Some[int32](2), MembersKnown: true,
		Lag: model.Some(lag), LagHistory: series(lag, lag), Trend: model.TrendSteady,
		Behind: model.Some(time.Duration(lag) * 2 * time.Millisecond), FirstSeen: before(time.Hour),
	}
	for i := range members {
		g.Members = append(g.Members, model.MemberView{MemberRef: ref(model.Lane(i + 1))})
	}
	for i := range partitions {
		p := model.PartitionView{TopicPartition: orders(int32(i))}
		if members > 0 {
			p.Owner = model.Lane(i%members + 1)
		}
		g.Partitions = append(g.Partitions, p)
	}
	for _, change := range options {
		change(g)
	}
	return g
}

func rebalanced(age time.Duration, from, to int32, change func(*model.Rebalance)) groupOption {
	return func(g *model.GroupView) {
		r := &model.Rebalance{
			Group: g.ID, From: exact(from), To: exact(to), AtLeast: 1, MembersAfter: len(g.Members),
			Began: model.Exactly(before(age + 3*time.Second)), Ended: model.Exactly(before(age)), After: assigned("AABC"),
		}
		change(r)
		g.Rebalances = append(g.Rebalances, r)
		g.Generation = r.To
	}
}

func payments() *model.View {
	groups := []*model.GroupView{
		stableGroup("payments", 3, 4, 1204, rebalanced(12*time.Second, 4, 5, func(r *model.Rebalance) {
			r.Joined = []model.MemberRef{ref(3)}
			r.Moves = []model.Move{{TopicPartition: orders(2), From: 2, To: 3}}
			judged(r, model.CauseMemberJoined, model.Certain, "C came and nobody left")
		})),
		stableGroup("payments-settlement", 3, 8, 184_330, func(g *model.GroupView) {
			g.State, g.Joining, g.Unsettled, g.Assignor = model.StatePreparingRebalance, 1, before(4*time.Second), "cooperative-sticky"
			g.Trend, g.LagHistory = model.TrendGrowing, series(20_000, 184_330)
			for i := range 9 {
				rebalanced(time.Duration(9-i)*time.Minute, int32(203+i), int32(204+i), func(r *model.Rebalance) {
					r.Left = []model.MemberRef{ref(4)}
					judged(r, model.CausePollTookTooLong, model.Likely, "D was back 6.1s after it had gone; its commits had stopped for 5m 2s, about its max.poll.interval.ms (5m)")
				})(g)
			}
			g.Storm = model.Storm{Active: true, Recent: 9, Usual: model.Some(1.0 / 144)}
			g.Stickiness = model.Some(model.Stickiness{Moved: 27, Needed: 9})
		}),
		stableGroup("payments-audit", 0, 4, 310, func(g *model.GroupView) {
			g.State, g.Assignor, g.ProtocolType = model.StateEmpty, "", ""
			g.Behind = model.Some(11 * time.Minute)
		}, rebalanced(3*time.Hour, 40, 41, func(r *model.Rebalance) {
			r.Left, r.MembersAfter = []model.MemberRef{ref(1)}, 0
		})),
		stableGroup("payout-ledger", 12, 48, 96, func(g *model.GroupView) { g.RebalancedAt = before(6 * 24 * time.Hour) }),
		stableGroup("paypal-webhooks", 4, 16, 88, func(g *model.GroupView) {
			g.Type, g.State, g.Assignor, g.Unsettled = model.TypeConsumer, model.StateReconciling, "uniform", before(900*time.Millisecond)
			g.Trend, g.LagHistory = model.TrendFalling, series(400, 88)
		}),
		stableGroup("pay-fraud-features", 5, 4, 12, func(g *model.GroupView) { g.Idle = 1 }),
		stableGroup("payments-mirror", 3, 0, 0, func(g *model.GroupView) {
			g.Type, g.Lag, g.Behind, g.LagHistory, g.Trend = model.TypeShare, model.None[int64](), model.None[time.Duration](), nil, model.TrendUnknown
			g.Generation = model.Generation{}
		}),
		stableGroup("payroll", 1, 8, 40_000, func(g *model.GroupView) {
			g.Trend, g.Unowned, g.LagIncomplete = model.TrendStalled, 2, true
			g.Generation = model.Generation{Number: 2, Kind: model.GenerationCounted}
			g.LagHistory = series(40_000, 40_000)
		}),
		stableGroup("orders-eu", 2, 6, 7, func(g *model.GroupView) { g.StaleSince = before(14 * time.Second) }),
		stableGroup("orders-old", 0, 6, 7, func(g *model.GroupView) { g.State, g.GoneSince = model.StateDead, before(9*time.Second) }),
	}
	return viewOfGroups(groups...)
}

func viewOfGroups(groups ...*model.GroupView) *model.View {
	v := &model.View{
		At: bubbleStart, PolledAt: bubbleStart, Took: 38 * time.Millisecond, Requests: 25, Interval: time.Second,
		Cluster: model.Cluster{Name: "prod-eu", Version: "4.3"}, Groups: groups, GenerationsExact: true,
	}
	for id := range int32(3) {
		v.Brokers = append(v.Brokers, model.Broker{ID: id + 1, Address: fmt.Sprintf("10.0.0.%d:9092", id+1), Answered: true, LastSeen: bubbleStart})
	}
	slices.SortFunc(v.Groups, func(a, b *model.GroupView) int { return strings.Compare(a.ID, b.ID) })
	for _, g := range v.Groups {
		v.Rebalances = append(v.Rebalances, g.Rebalances...)
	}
	slices.SortStableFunc(v.Rebalances, func(a, b *model.Rebalance) int { return a.End().Compare(b.End()) })
	v.Events = []model.Event{
		{At: before(40 * time.Second), Kind: model.CoordinatorMoved, Group: "payout-ledger", Detail: "the coordinator moved from broker 3 to broker 1"},
		{At: before(14 * time.Second), Kind: model.SourceLost, Broker: model.Some[int32](3), Detail: "stopped answering: connection refused"},
	}
	return v
}

// desk is a person at the program.
type desk struct {
	*uitest.Driver
	source *uitest.Source
	t      *testing.T
}

// atDesk runs a test with the program started in a terminal of this size.
func atDesk(t *testing.T, width, height int, options Options, do func(d desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		source := uitest.NewSource(t)
		options.Source = source
		do(desk{uitest.New(t, New(options), width, height), source, t})
	})
}

// show hands the program a view and waits until it is drawn.
func (d desk) show(v *model.View) {
	d.source.Show(v)
	d.Settle()
}

// sees fails the test if a text is not on the screen.
func (d desk) sees(why string, texts ...string) {
	d.t.Helper()
	f := d.Frame()
	for _, s := range texts {
		if !f.Has(s) {
			d.t.Errorf("%s: %q is not on the screen:\n%s", why, s, f.Text())
		}
	}
}

// misses fails the test if a text is on the screen.
func (d desk) misses(why string, texts ...string) {
	d.t.Helper()
	f := d.Frame()
	for _, s := range texts {
		if f.Has(s) {
			d.t.Errorf("%s: %q is on the screen:\n%s", why, s, f.Text())
		}
	}
}

// selected is the line with the mark of the selected row.
func (d desk) selected() string {
	d.t.Helper()
	for line := range strings.Lines(d.Frame().Text()) {
		if strings.HasPrefix(line, " ▸ ") {
			return line
		}
	}
	return ""
}
