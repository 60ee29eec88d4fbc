package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// freshFor is how long something new is highlighted; it fades meanwhile.
const freshFor = 8 * time.Second

// freshness is 1 for what happens now and 0 for what happened freshFor ago or never.
func freshness(now, at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return min(1, max(0, 1-float64(now.Sub(at))/float64(freshFor)))
}

// chip is a lane's letter on its colour.
func chip(th *theme.Theme, lane model.Lane) text.Span {
	return text.S(th.Chip(lane), " "+lane.String()+" ")
}

// chipOver is the letter of a lane for what is over; brackets say so without colour.
func chipOver(th *theme.Theme, lane model.Lane) text.Span {
	if lane == model.Nobody {
		return text.S(th.Dim, " – ")
	}
	return text.S(th.ChipOver(lane), "("+lane.String()+")")
}

// span of partition numbers, from and to included.
type numbers struct{ from, to int32 }

func (n numbers) String() string {
	switch n.to - n.from {
	case 0:
		return fmt.Sprint(n.from)
	case 1:
		return fmt.Sprintf("%d,%d", n.from, n.to)
	}
	return fmt.Sprintf("%d-%d", n.from, n.to)
}

// owning is partitions of one topic.
type owning struct {
	topic   string
	numbers []numbers
	count   int
}

// byTopic gathers partitions, which are sorted, by topic and joins neighbouring numbers.
func byTopic(tps []model.TopicPartition) []owning {
	var all []owning
	for _, tp := range tps {
		if n := len(all); n == 0 || all[n-1].topic != tp.Topic {
			all = append(all, owning{topic: tp.Topic})
		}
		o := &all[len(all)-1]
		o.count++
		if n := len(o.numbers); n > 0 && o.numbers[n-1].to == tp.Partition-1 {
			o.numbers[n-1].to = tp.Partition
			continue
		}
		o.numbers = append(o.numbers, numbers{tp.Partition, tp.Partition})
	}
	return all
}

// list writes partitions in words: 0-3,7 where there is one topic only, else orders 0-3,7 pay 1.
func list(tps []model.TopicPartition, oneTopic bool) string {
	sorted := tps
	if !slices.IsSortedFunc(tps, model.TopicPartition.Compare) {
		sorted = slices.SortedFunc(slices.Values(tps), model.TopicPartition.Compare)
	}
	var words []string
	for _, o := range byTopic(sorted) {
		parts := make([]string, len(o.numbers))
		for i, n := range o.numbers {
			parts[i] = n.String()
		}
		word := strings.Join(parts, ",")
		if !oneTopic {
			word = text.Clean(o.topic) + " " + word
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// named writes partitions with their topics: myorders-3, or myorders 0-3,7.
func named(tps []model.TopicPartition) string {
	if len(tps) == 1 {
		return text.Clean(tps[0].String())
	}
	return list(tps, false)
}

// chips draws partitions as chips in a lane's colour, in at most width cells: one chip a partition if they fit, else one
// a range, else ranges until … and how many there are in all.
func chips(th *theme.Theme, lane model.Lane, tps []model.TopicPartition, oneTopic bool, width int) text.Line {
	return chipsExpecting(th, lane, tps, nil, oneTopic, width)
}

// chipsExpecting leaves a place where a partition has still to arrive.
func chipsExpecting(th *theme.Theme, lane model.Lane, tps []model.TopicPartition, expected map[model.TopicPartition]bool, oneTopic bool, width int) text.Line {
	if len(tps) == 0 || width <= 0 {
		return nil
	}
	style := th.Chip(lane)
	if oneTopic && len(tps)*4 <= width {
		var line text.Line
		for i, tp := range tps {
			if i > 0 {
				line = append(line, text.Space(1))
			}
			if expected[tp] {
				line = append(line, text.S(th.Lane(lane), fmt.Sprintf("[%d]", tp.Partition)))
				continue
			}
			line = append(line, text.S(style, fmt.Sprintf(" %d ", tp.Partition)))
		}
		if line.Width() <= width {
			return line
		}
	}
	var line text.Line
	total := fmt.Sprintf(" … %d", len(tps))
	used := 0
	for i, o := range byTopic(tps) {
		var words []string
		for _, n := range o.numbers {
			words = append(words, n.String())
		}
		piece := text.Of(text.S(style, " "+strings.Join(words, ",")+" "))
		if !oneTopic {
			piece = append(text.Of(text.S(th.Dim, text.Clean(o.topic)+" ")), piece...)
		}
		if i > 0 {
			piece = append(text.Of(text.Space(1)), piece...)
		}
		if used += piece.Width(); used > width {
			line = append(line, piece...)
			return append(line.Truncate(max(0, width-text.Width(total))), text.S(th.Dim, total)).Truncate(width)
		}
		line = append(line, piece...)
	}
	return line
}

// oneTopic says that all partitions of a group are of the same topic, so that its name need not be repeated.
func oneTopic(g *model.GroupView) bool {
	for i := range g.Partitions {
		if g.Partitions[i].Topic != g.Partitions[0].Topic {
			return false
		}
	}
	return true
}

// between is what a KIP-848 group has still to do: who holds a partition now, and who is to have it.
type between struct {
	holder, target map[model.TopicPartition]model.Lane
	// waits is the partitions that a lane is to have and has not yet, by who still holds them (Nobody: on their way).
	// gives is those that it still holds and is to let go, by who is to have them.
	waits, gives map[model.Lane]map[model.Lane][]model.TopicPartition
	waiting      int // partitions that somebody waits for
}

func betweenOwners(g *model.GroupView) between {
	b := between{
		holder: map[model.TopicPartition]model.Lane{}, target: map[model.TopicPartition]model.Lane{},
		waits: map[model.Lane]map[model.Lane][]model.TopicPartition{}, gives: map[model.Lane]map[model.Lane][]model.TopicPartition{},
	}
	for i := range g.Members {
		m := &g.Members[i]
		if !m.TargetKnown {
			continue
		}
		for _, tp := range m.Assignment {
			b.holder[tp] = m.Lane
		}
		for _, tp := range m.Target {
			b.target[tp] = m.Lane
		}
	}
	for i := range g.Members {
		m := &g.Members[i]
		if !m.TargetKnown {
			continue
		}
		for _, tp := range m.Target {
			if holder := b.holder[tp]; holder != m.Lane {
				note(b.waits, m.Lane, holder, tp)
				b.waiting++
			}
		}
		for _, tp := range m.Assignment {
			if target := b.target[tp]; target != m.Lane {
				note(b.gives, m.Lane, target, tp)
			}
		}
	}
	for _, w := range g.Waits { // what records tell and the assignments do not
		if _, known := b.target[w.TopicPartition]; !known && w.Waiter != model.Nobody {
			note(b.waits, w.Waiter, w.Holder, w.TopicPartition)
			note(b.gives, w.Holder, w.Waiter, w.TopicPartition)
			b.waiting++
		}
	}
	return b
}

func note(by map[model.Lane]map[model.Lane][]model.TopicPartition, lane, other model.Lane, tp model.TopicPartition) {
	if by[lane] == nil {
		by[lane] = map[model.Lane][]model.TopicPartition{}
	}
	by[lane][other] = append(by[lane][other], tp)
}

// missed are the partitions that nobody reads although somebody should: those that no member of a settled group owns,
// those whose owner has stopped, and those whose new owner has not begun.
func missed(g *model.GroupView, stopped map[model.Lane]time.Time) map[model.TopicPartition]bool {
	if len(g.Members) == 0 || !g.Unsettled.IsZero() {
		return nil
	}
	var out map[model.TopicPartition]bool
	note := func(tp model.TopicPartition) {
		if out == nil {
			out = map[model.TopicPartition]bool{}
		}
		out[tp] = true
	}
	for i := range g.Partitions {
		q := &g.Partitions[i]
		if _, dead := stopped[q.Owner]; dead || q.Owner == model.Nobody && q.Subscribed {
			note(q.TopicPartition)
		}
	}
	if r := g.LastRebalance(); r != nil && !r.Cost.Complete {
		for i := range r.Cost.Pauses {
			if p := &r.Cost.Pauses[i]; !p.Resumed && !p.Quiet {
				note(p.TopicPartition)
			}
		}
	}
	return out
}
