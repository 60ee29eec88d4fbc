package groups

import (
	"cmp"
	"math"
	"slices"
	"time"

	"regroup/model"
	"regroup/ui/derive"
	"regroup/ui/text"
)

// listing is a view's groups as they are listed: filtered, sorted, counted; and the feed. It is a value that a command
// makes and nobody changes.
type listing struct {
	view     *model.View // nil before the first
	filter   string
	order    groupOrder
	sortedAt time.Time // when rows were sorted last; since then they kept their places

	rows   []*model.GroupView
	widths groupWidths

	total, rebalancing, growing, stalled, quiet int // of all groups, whatever the filter

	feed   []feedItem
	storms []*model.GroupView
}

// calm is for how long rows keep their places while nothing but their values changes: lags change with every view,
// and a list that sorts itself again with each of them cannot be read.
const calm = 3 * time.Second

func makeListing(v *model.View, filter string, order groupOrder, before listing, now time.Time) listing {
	l := listing{view: v, filter: filter, order: order, total: len(v.Groups), rows: make([]*model.GroupView, 0, len(v.Groups))}
	for _, g := range v.Groups {
		l.count(g)
		name := text.Name(g.ID)
		if from, _ := text.Find(name, filter); filter != "" && from < 0 {
			continue
		}
		l.rows = append(l.rows, g)
		l.widths.add(g, name)
	}
	l.sortedAt = before.sortedAt
	if !l.keepPlaces(before, now) {
		order.sort(l.rows)
		l.sortedAt = now
	}
	l.feed, l.storms = makeFeed(v), stormsOf(v)
	return l
}

// keepPlaces puts the rows in the order that they had before; false if it is time to sort, or the rows are others.
func (l *listing) keepPlaces(before listing, now time.Time) bool {
	if l.order != before.order || len(l.rows) != len(before.rows) || now.Sub(before.sortedAt) >= calm {
		return false
	}
	rows := make(map[string]*model.GroupView, len(l.rows))
	for _, g := range l.rows {
		rows[g.ID] = g
	}
	kept := make([]*model.GroupView, len(l.rows))
	for i, g := range before.rows {
		if kept[i] = rows[g.ID]; kept[i] == nil {
			return false
		}
	}
	l.rows = kept
	return true
}

func (l *listing) count(g *model.GroupView) {
	switch {
	case !g.GoneSince.IsZero():
		return
	case !g.StaleSince.IsZero():
		l.quiet++
		return
	case rebalancing(g):
		l.rebalancing++
	}
	switch g.Trend {
	case model.TrendGrowing:
		l.growing++
	case model.TrendStalled:
		l.stalled++
	}
}

// rebalancing says that partitions of a group are between owners, as far as regroup knows.
func rebalancing(g *model.GroupView) bool {
	return g.State.Rebalancing() || g.Rebalancing()
}

// groupSort is what the groups can be sorted by.
type groupSort int

const (
	byName groupSort = iota
	byState
	byMembers
	byLag
	byBehind
	byRebalance
)

// groupSorts are all of them, in the order of the columns and of the key that goes through them.
var groupSorts = []groupSort{byName, byState, byMembers, byLag, byBehind, byRebalance}

func (s groupSort) name() string {
	return [...]string{"name", "state", "members", "lag", "behind", "rebalance"}[s]
}

func (s groupSort) column() int {
	return [...]int{columnGroup, columnState, columnMembers, columnLag, columnBehind, columnLast}[s]
}

// natural is the direction in which the first rows are those that one sorts for.
func (s groupSort) natural() groupOrder { return groupOrder{s, s != byName && s != byState} }

// groupOrder is an order of the groups.
type groupOrder struct {
	by         groupSort
	descending bool
}

func (o groupOrder) next() groupOrder {
	return groupSorts[(slices.Index(groupSorts, o.by)+1)%len(groupSorts)].natural()
}

// sort sorts groups that are sorted by their names. Equal ones stay sorted by name, and those of which the value is not
// known come last, in either direction.
func (o groupOrder) sort(groups []*model.GroupView) {
	if o.by == byName {
		if o.descending {
			slices.Reverse(groups)
		}
		return
	}
	type keyed struct {
		group *model.GroupView
		value int64
		place int
		known bool
	}
	keys := make([]keyed, len(groups))
	for i, g := range groups {
		value, known := o.by.value(g)
		if o.descending {
			value = -value
		}
		keys[i] = keyed{g, value, i, known}
	}
	slices.SortFunc(keys, func(a, b keyed) int {
		if a.known != b.known {
			if a.known {
				return -1
			}
			return 1
		}
		if c := cmp.Compare(a.value, b.value); c != 0 && a.known {
			return c
		}
		return cmp.Compare(a.place, b.place)
	})
	for i, k := range keys {
		groups[i] = k.group
	}
}

// value is the number that stands for a group in this order, and whether it is known.
func (s groupSort) value(g *model.GroupView) (int64, bool) {
	switch s {
	case byState:
		return stateRank(g), true
	case byMembers:
		return int64(len(g.Members)), g.MembersKnown
	case byLag:
		return g.Lag.Get()
	case byBehind:
		d, known := g.Behind.Get()
		return int64(d), known
	case byRebalance:
		if rebalancing(g) {
			return math.MaxInt64, true
		}
		if at := derive.RebalancedAt(g); !at.IsZero() {
			return at.UnixNano(), true
		}
	}
	return 0, false
}

// stateRank puts first what asks for attention.
func stateRank(g *model.GroupView) int64 {
	switch {
	case !g.GoneSince.IsZero():
		return 9
	case !g.StaleSince.IsZero():
		return 8
	}
	switch g.State {
	case model.StateDead:
		return 0
	case model.StatePreparingRebalance:
		return 1
	case model.StateCompletingRebalance:
		return 2
	case model.StateAssigning:
		return 3
	case model.StateReconciling:
		return 4
	case model.StateNotReady:
		return 5
	case model.StateStable:
		return 6
	}
	return 7
}
