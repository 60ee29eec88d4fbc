package realtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// chronicle is what the brokers' logs tell of one group, by generation or epoch.
type chronicle struct {
	preparing, stabilized, completed map[int32]kafkatest.LogEvent // preparing: by the generation that ends
	bumped                           map[int32]bool
}

// chronicles reads the logs.
func chronicles(t testing.TB, c *kafkatest.Cluster, prefix string) map[string]*chronicle {
	t.Helper()
	all := make(map[string]*chronicle)
	for _, e := range c.LogEvents(t, prefix) {
		of := all[e.Group]
		if of == nil {
			of = &chronicle{
				make(map[int32]kafkatest.LogEvent), make(map[int32]kafkatest.LogEvent), make(map[int32]kafkatest.LogEvent), make(map[int32]bool),
			}
			all[e.Group] = of
		}
		switch {
		case e.Kind.Completed():
			of.completed[e.Generation] = e
		case e.Kind == kafkatest.Preparing:
			of.preparing[e.Generation] = e
		case e.Kind == kafkatest.Stabilized:
			of.stabilized[e.Generation] = e
		case e.Kind == kafkatest.Bumped:
			of.bumped[e.Generation] = true
		}
	}
	return all
}

// cards are the rebalances that were reported of a group, oldest first. A static member that came back within the
// generation is reported too, but is no rebalance.
func (w *watcher) cards(group string) (cards []*model.Rebalance) {
	for _, e := range w.happened(model.RebalanceCompleted, group) {
		if e.Rebalance.AtLeast > 0 || e.Rebalance.From != e.Rebalance.To {
			cards = append(cards, e.Rebalance)
		}
	}
	return cards
}

// clients are the client ids that the letters of a group stand for.
func (w *watcher) clients(group string) map[model.Slot]string {
	names := make(map[model.Slot]string)
	note := func(members ...model.MemberRef) {
		for _, m := range members {
			if m.ClientID != "" {
				names[m.Slot] = m.ClientID
			}
		}
	}
	_, events := w.now()
	for _, e := range events {
		if e.Group != group {
			continue
		}
		note(e.Member)
		if r := e.Rebalance; r != nil {
			note(r.Joined...)
			note(r.Left...)
			note(r.Restarted...)
		}
	}
	return names
}

// untilReported waits until the newest generation that the logs tell of is reported, so that nothing is on its way any more.
func (w *watcher) untilReported(t testing.TB, groups ...string) {
	t.Helper()
	kafkatest.Eventually(t, func() string {
		logs := chronicles(t, w.cluster, w.prefix)
		v, _ := w.now()
		for _, id := range groups {
			if logs[id] == nil || len(logs[id].completed) == 0 {
				continue
			}
			newest := slices.Max(slices.Collect(maps.Keys(logs[id].completed)))
			g := v.Group(id)
			if g == nil {
				return fmt.Sprintf("there is no group %s", id)
			}
			if number := g.Generation.Exact().Or(-1); number < newest {
				return fmt.Sprintf("group %s is at generation %d in the logs, and is shown as %s", id, newest, describe(g))
			}
		}
		return ""
	})
}

// compareExactly compares, generation by generation, what was reported of a group that was watched from its first member
// on: each that was completed has one card, which is right, and no card is without one.
func (w *watcher) compareExactly(t testing.TB, group string, of *chronicle, truths map[int32]*generation) {
	t.Helper()
	cards := make(map[int32][]*model.Rebalance)
	for _, r := range w.cards(group) {
		number, exact := r.To.Exact().Get()
		if !exact {
			t.Errorf("group %s: a card's generation is not exact: %s → %s %s", group, r.From, r.To, r.Summary())
			continue
		}
		cards[number] = append(cards[number], r)
	}
	for _, number := range slices.Sorted(maps.Keys(of.completed)) {
		if count := len(cards[number]); count != 1 {
			e := of.completed[number]
			t.Errorf("group %s: generation %d was completed (%s at %s), and has %d cards", group, number, e.Kind, e.At.Format(time.TimeOnly+".000"), count)
		}
	}
	for _, number := range slices.Sorted(maps.Keys(cards)) {
		if _, completed := of.completed[number]; !completed && !of.bumped[number] {
			t.Errorf("group %s: generation %d has a card (%s), and the logs know nothing of it", group, number, cards[number][0].Summary())
		}
	}
	names := w.clients(group)
	for _, number := range slices.Sorted(maps.Keys(cards)) {
		w.compareCard(t, cards[number][0], of, truths, names)
	}
}

func (w *watcher) compareCard(t testing.TB, r *model.Rebalance, of *chronicle, truths map[int32]*generation, names map[model.Slot]string) {
	t.Helper()
	from, to := r.From.Exact().Or(0), r.To.Number
	title := fmt.Sprintf("group %s, %s → %s", r.Group, r.From, r.To)
	classic := len(of.stabilized) > 0
	if classic {
		superseded := 0
		for number := range of.stabilized {
			if _, completed := of.completed[number]; number > from && number < to && !completed {
				superseded++
			}
		}
		if r.Superseded != superseded {
			t.Errorf("%s: %d generations were superseded, the card says %d", title, superseded, r.Superseded)
		}
		if want := int(to - from); r.From.Kind == model.GenerationExact && r.AtLeast != want {
			t.Errorf("%s: stands for %d rebalances, the card says %d", title, want, r.AtLeast)
		}
	}
	now, before := truths[to], truths[from]
	if now == nil {
		if classic {
			t.Errorf("%s: no record of it", title)
		}
		return
	}
	if before == nil && from > 0 {
		return // an epoch that was never targeted: there is nothing to compare with
	}
	if before == nil {
		before = &generation{}
	}
	if r.MembersAfter != len(now.members) {
		t.Errorf("%s: has %d members, the card says %d", title, len(now.members), r.MembersAfter)
	}
	joined, left := without(now.members, before.members), without(before.members, now.members)
	if reported := memberIDs(r.Joined); !slices.Equal(reported, joined) {
		t.Errorf("%s: joined have %s, reported is %s", title, joined, reported)
	}
	if reported := memberIDs(r.Left); !slices.Equal(reported, left) {
		t.Errorf("%s: left have %s, reported is %s", title, left, reported)
	}
	if !now.reached {
		return // its members were given another target before they owned this one
	}
	var owned []string
	for tp, lane := range r.After {
		owned = append(owned, fmt.Sprintf("%s:%s", tp, cmp.Or(names[lane], "lane "+lane.String())))
	}
	slices.Sort(owned)
	if reported := strings.Join(owned, " "); reported != now.owned() {
		t.Errorf("%s: owned is\n  %s\ntold is\n  %s", title, now.owned(), reported)
	}
}

// without are the members of one generation that another has not.
func without(these, those map[string]string) (ids []string) {
	for id := range these {
		if _, has := those[id]; !has {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func memberIDs(members []model.MemberRef) (ids []string) {
	for _, m := range members {
		ids = append(ids, m.MemberID)
	}
	slices.Sort(ids)
	return ids
}

// compareCounts compares what polling alone reported: it may miss rebalances, it must not invent one, and it says that it
// counted.
func (w *watcher) compareCounts(t testing.TB, group string, of *chronicle) (reported int) {
	t.Helper()
	for _, r := range w.cards(group) {
		reported += r.AtLeast
		if r.Type == model.TypeClassic && r.To.Kind == model.GenerationExact {
			t.Errorf("group %s: polls do not tell the generation of a classic group; the card says %s", group, r.To)
		}
	}
	reached := maps.Clone(of.completed)
	for number := range of.bumped {
		reached[number] = kafkatest.LogEvent{}
	}
	if reported > len(reached) {
		t.Errorf("group %s: %d rebalances were reported, and the brokers' logs have %d:\n%s", group, reported, len(reached), w.story(group))
	}
	return reported
}
