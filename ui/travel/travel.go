// Package travel animates a partition that moves from its old owner's row to the new one's.
package travel

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/strip"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// A partition that moves goes from its old owner's row to the new one's, so that the eye can follow it. Where it is
// follows from when it moved and from what the time is: nothing is kept between two frames.
const (
	TravelTime = time.Second
	// setOutAfter is what lies between two that set out, but all have set out within setOutWithin.
	setOutAfter  = 180 * time.Millisecond
	setOutWithin = 1200 * time.Millisecond
	// travelTail is how far a trail reaches back, in cells of its way.
	travelTail = 12
	// mostTravellers and mostRows are the most that the eye can follow: where more moves, or among more rows, all of it
	// is in its place at once.
	mostTravellers = 12
	mostRows       = 64
)

// Journey is the way of one partition, or of several that go together.
type Journey struct {
	from, to model.Slot
	tps      []model.TopicPartition
	setsOut  time.Time
}

// Journeys are what is on its way or about to set out, in the order in which it does; nil where nothing is.
func Journeys(g *model.GroupView, now time.Time) []Journey {
	toldAnew := g.Rebalancing() && g.Type != model.TypeConsumer // who owns what is
	if toldAnew || len(g.Members) > mostRows {
		return nil
	}
	var all []Journey
	for i := range g.Partitions {
		q := &g.Partitions[i]
		if since := now.Sub(q.MovedAt); q.MovedAt.IsZero() || since >= TravelTime+setOutWithin || q.MovedFrom == q.Owner {
			continue
		}
		all = append(all, Journey{from: q.MovedFrom, to: q.Owner, tps: []model.TopicPartition{q.TopicPartition}, setsOut: q.MovedAt})
	}
	if len(all) > mostTravellers {
		all = together(all)
	}
	if len(all) > mostTravellers {
		return nil
	}
	after := setOutAfter
	if n := len(all) - 1; n > 0 {
		after = min(after, setOutWithin/time.Duration(n))
	}
	for i := range all {
		all[i].setsOut = all[i].setsOut.Add(time.Duration(i) * after)
	}
	return slices.DeleteFunc(all, func(j Journey) bool { return j.arrived(now) })
}

// together makes one journey of those that go the same way.
func together(all []Journey) []Journey {
	slices.SortStableFunc(all, func(a, b Journey) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var out []Journey
	for _, j := range all {
		if n := len(out); n > 0 && out[n-1].from == j.from && out[n-1].to == j.to {
			out[n-1].tps = append(out[n-1].tps, j.tps...)
			continue
		}
		out = append(out, j)
	}
	return out
}

func (j Journey) arrived(now time.Time) bool { return now.Sub(j.setsOut) >= TravelTime }

// share is how much of the way is behind it, 0 to 1: slow at both ends.
func (j Journey) share(now time.Time) float64 {
	p := min(1, max(0, float64(now.Sub(j.setsOut))/float64(TravelTime)))
	return p * p * (3 - 2*p)
}

// label is what stands on it.
func (j Journey) label(topics kit.Topics) string {
	switch {
	case len(j.tps) > 1:
		return fmt.Sprintf("%d", len(j.tps)) + " partitions"
	case topics == kit.OneTopic:
		return fmt.Sprint(j.tps[0].Partition)
	}
	return strip.Label(j.tps[0], 14)
}

// InFlight is the partitions that have not reached their places yet.
func InFlight(js []Journey, now time.Time) map[model.TopicPartition]bool {
	if len(js) == 0 {
		return nil
	}
	out := map[model.TopicPartition]bool{}
	for _, j := range js {
		if j.share(now) > 0.92 { // it stands beside its place, which is as wide as itself
			continue
		}
		for _, tp := range j.tps {
			out[tp] = true
		}
	}
	return out
}

// Stage is the rows that things travel between: cells across, lines down.
type Stage struct {
	Width int
	// row is where a lane's row begins, in lines; whoever has none is below all others.
	Row func(model.Slot) int
	// taken is how many cells from the left are taken in the lines of a row.
	Taken func(line int) int
	// slot is where a partition has its place in its new owner's row.
	Slot func(model.Slot, model.TopicPartition) int
	// sprite is what travels, in the colour of a lane; a shade from 1 on is a part of its trail, the higher the older.
	Sprite func(label string, lane model.Slot, shade int) []text.Line
	// steep is how many cells across a line down counts for.
	Steep  int
	Topics kit.Topics
}

// point is a place on the stage.
type point struct{ x, y int }

// Overlay draws the journeys at a moment.
func (s Stage) Overlay(js []Journey, now time.Time) *Overlay {
	if len(js) == 0 {
		return nil
	}
	o := &Overlay{width: s.Width, lines: map[int][]text.Span{}}
	waiting := map[model.Slot]int{}
	type drawn struct {
		Journey
		way   way
		label string
	}
	all := make([]drawn, len(js))
	for i, j := range js {
		label := j.label(s.Topics)
		size := s.Sprite(label, j.to, 0)[0].Width()
		from := point{s.Taken(s.Row(j.from)) + 1 + waiting[j.from], s.Row(j.from)}
		waiting[j.from] += size + 1
		all[i] = drawn{j, s.way(from, point{s.Slot(j.to, j.tps[0]), s.Row(j.to)}, size), label}
	}
	for _, d := range all { // trails first: they go under whatever travels
		behind := d.way.at(d.share(now))
		for back := travelTail; back > 0; back-- {
			if behind-back >= 0 && now.After(d.setsOut) {
				o.put(d.way.point(behind-back), s.Sprite(d.label, d.from, 1+(back-1)*3/travelTail))
			}
		}
	}
	for _, d := range all {
		lane := d.from
		if share := d.share(now); share >= 0.5 || lane == model.Nobody && share > 0 {
			lane = d.to
		}
		o.put(d.way.point(d.way.at(d.share(now))), s.Sprite(d.label, lane, 0))
	}
	return o
}

// way is along the old row to a column that nothing stands in, down or up in it, and along the new row to the place.
type way struct {
	from, to point
	column   int
	steep    int
}

func (s Stage) way(from, to point, size int) way {
	column := max(from.x, to.x)
	for line := min(from.y, to.y); line <= max(from.y, to.y); line++ {
		column = max(column, s.Taken(line)+1)
	}
	most := max(0, s.Width-size)
	from.x = min(from.x, most)
	return way{from: from, to: to, column: min(column+4, most), steep: s.Steep}
}

func distance(a, b int) int { return max(a-b, b-a) }

func (w way) length() int {
	return distance(w.column, w.from.x) + w.steep*distance(w.from.y, w.to.y) + distance(w.column, w.to.x)
}

// at is how far along the way a share of it is, in cells.
func (w way) at(share float64) int { return int(share*float64(w.length()) + 0.5) }

// point is the place so many cells along the way.
func (w way) point(at int) point {
	out, down := distance(w.column, w.from.x), w.steep*distance(w.from.y, w.to.y)
	switch {
	case at <= out:
		return point{w.from.x + at*sign(w.column-w.from.x), w.from.y}
	case at <= out+down:
		return point{w.column, w.from.y + (at-out)/w.steep*sign(w.to.y-w.from.y)}
	}
	return point{w.column + (at-out-down)*sign(w.to.x-w.column), w.to.y}
}

func sign(n int) int { return cmp.Compare(n, 0) }

// Overlay is cells that are drawn where nothing else stands.
type Overlay struct {
	width int
	lines map[int][]text.Span // a span a cell; one without text is free
}

func (o *Overlay) put(p point, lines []text.Line) {
	for i, line := range lines {
		row := o.lines[p.y+i]
		if row == nil {
			row = make([]text.Span, o.width)
			o.lines[p.y+i] = row
		}
		x := p.x
		for _, span := range line {
			for _, sign := range span.Text {
				if x >= 0 && x < o.width {
					row[x] = written(span, string(sign))
				}
				x++
			}
		}
	}
}

func written(s text.Span, what string) text.Span {
	s.Text = what
	return s
}

// OverAll is [Overlay.Over] for lines one below the other.
func (o *Overlay) OverAll(y int, lines []text.Line) []text.Line {
	if o == nil {
		return lines
	}
	out := make([]text.Line, len(lines))
	for i, line := range lines {
		out[i] = o.Over(y+i, line)
	}
	return out
}

// Over adds to a line what goes over the cells to its right: what stands there already is never hidden.
func (o *Overlay) Over(y int, base text.Line) text.Line {
	if o == nil || o.lines[y] == nil {
		return base
	}
	row, last := o.lines[y], -1
	for x := range row {
		if row[x].Text != "" {
			last = x
		}
	}
	out := base[:len(base):len(base)]
	for x := base.Width(); x <= last; x++ {
		cell := row[x]
		if cell.Text == "" {
			cell.Text = " "
		}
		if n := len(out); n > len(base) && written(out[n-1], "") == written(cell, "") {
			out[n-1].Text += cell.Text
			continue
		}
		out = append(out, cell)
	}
	return out
}

// Sprite is a line of what travels, or of its trail.
func Sprite(th *theme.Theme, label string, lane model.Slot, shade int) text.Line {
	switch {
	case shade > 0:
		return text.Of(text.S(th.Lane(lane), strings.Repeat([]string{"▓", "▒", "░"}[min(shade, 3)-1], text.Width(label))))
	case lane == model.Nobody:
		return text.Of(text.S(th.Warn.Bold(true), "["+strings.TrimSpace(label)+"]"))
	}
	return text.Of(text.S(th.Chip(lane), label))
}
