package kit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// FreshFor is how long something new is highlighted; it fades meanwhile.
const FreshFor = 8 * time.Second

// Freshness is 1 for what happens now and 0 for what happened freshFor ago or never.
func Freshness(now, at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return min(1, max(0, 1-float64(now.Sub(at))/float64(FreshFor)))
}

// Chip is a lane's letter on its colour.
func Chip(th *theme.Theme, lane model.Slot) text.Span {
	return text.S(th.Chip(lane), " "+lane.String()+" ")
}

// ChipOver is the letter of a lane for what is over; brackets say so without colour.
func ChipOver(th *theme.Theme, lane model.Slot) text.Span {
	if lane == model.Nobody {
		return text.S(th.Dim, " – ")
	}
	return text.S(th.ChipOver(lane), "("+lane.String()+")")
}

// Numbers is a span of partition numbers, from and to included.
type Numbers struct{ From, to int32 }

func (n Numbers) String() string {
	switch n.to - n.From {
	case 0:
		return fmt.Sprint(n.From)
	case 1:
		return fmt.Sprintf("%d,%d", n.From, n.to)
	}
	return fmt.Sprintf("%d-%d", n.From, n.to)
}

// Owning is partitions of one topic.
type Owning struct {
	Topic   string
	Numbers []Numbers
	Count   int
}

// String is the numbers: 0-3,7.
func (o Owning) String() string {
	parts := make([]string, len(o.Numbers))
	for i, n := range o.Numbers {
		parts[i] = n.String()
	}
	return strings.Join(parts, ",")
}

// ByTopic gathers partitions, which are sorted, by topic and joins neighbouring numbers.
func ByTopic(tps []model.TopicPartition) []Owning {
	var all []Owning
	for _, tp := range tps {
		if n := len(all); n == 0 || all[n-1].Topic != tp.Topic {
			all = append(all, Owning{Topic: tp.Topic})
		}
		o := &all[len(all)-1]
		o.Count++
		if n := len(o.Numbers); n > 0 && o.Numbers[n-1].to == tp.Partition-1 {
			o.Numbers[n-1].to = tp.Partition
			continue
		}
		o.Numbers = append(o.Numbers, Numbers{tp.Partition, tp.Partition})
	}
	return all
}

// List writes partitions in words: 0-3,7 where there is one topic only, else orders 0-3,7 pay 1.
func List(tps []model.TopicPartition, topics Topics) string {
	sorted := tps
	if !slices.IsSortedFunc(tps, model.TopicPartition.Compare) {
		sorted = slices.SortedFunc(slices.Values(tps), model.TopicPartition.Compare)
	}
	var words []string
	for _, o := range ByTopic(sorted) {
		word := o.String()
		if topics == ManyTopics {
			word = text.Clean(o.Topic) + " " + word
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// Named writes partitions with their topics: myorders-3, or myorders 0-3,7.
func Named(tps []model.TopicPartition) string {
	if len(tps) == 1 {
		return text.Clean(tps[0].String())
	}
	return List(tps, ManyTopics)
}

// Chips draws partitions as chips in a lane's colour, in at most width cells: one chip a partition if they fit, else one
// a range, else ranges until … and how many there are in all.
func Chips(th *theme.Theme, lane model.Slot, tps []model.TopicPartition, topics Topics, width int) text.Line {
	return ChipsExpecting(th, lane, tps, nil, topics, width)
}

// ChipsExpecting leaves a place where a partition has still to arrive.
func ChipsExpecting(th *theme.Theme, lane model.Slot, tps []model.TopicPartition, expected map[model.TopicPartition]bool, topics Topics, width int) text.Line {
	if len(tps) == 0 || width <= 0 {
		return nil
	}
	style := th.Chip(lane)
	if topics == OneTopic && len(tps)*4 <= width {
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
	for i, o := range ByTopic(tps) {
		piece := text.Of(text.S(style, " "+o.String()+" "))
		if topics == ManyTopics {
			piece = append(text.Of(text.S(th.Dim, text.Clean(o.Topic)+" ")), piece...)
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

// Topics is whether partitions are of one topic, so that its name need not be repeated.
type Topics int

// One topic, or several: the zero value names them.
const (
	ManyTopics Topics = iota
	OneTopic
)

// TopicsOf is whether all partitions of a group are of the same topic.
func TopicsOf(g *model.GroupView) Topics {
	for i := range g.Partitions {
		if g.Partitions[i].Topic != g.Partitions[0].Topic {
			return ManyTopics
		}
	}
	return OneTopic
}

// Hollow draws partitions that nobody reads: the shape of chips, and nothing in them.
func Hollow(th *theme.Theme, tps []model.TopicPartition, topics Topics, width int) text.Line {
	if topics == OneTopic {
		var line text.Line
		for i, tp := range tps {
			if i > 0 {
				line = append(line, text.Space(1))
			}
			line = append(line, text.S(th.Warn, "["+fmt.Sprint(tp.Partition)+"]"))
		}
		if line.Width() <= width {
			return line
		}
	}
	return text.Of(text.S(th.Warn, "["+List(slices.Clone(tps), topics)+"]")).Truncate(width)
}

// Lanes is the keys in order.
func Lanes(m map[model.Slot][]model.TopicPartition) []model.Slot {
	keys := make([]model.Slot, 0, len(m))
	for l := range m {
		keys = append(keys, l)
	}
	slices.Sort(keys)
	return keys
}

// TopicsIn is whether all partitions are of the same topic.
func TopicsIn(tps []model.TopicPartition) Topics {
	for _, tp := range tps {
		if tp.Topic != tps[0].Topic {
			return ManyTopics
		}
	}
	return OneTopic
}
