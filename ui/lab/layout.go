package lab

import "regroup/ui/kit"

// labNeeds is how many lines each part of the lab could use, its heading included.
type labNeeds struct {
	lacks, top, producers, strip, card, events int
	form                                       bool // the form is on top
}

// labRects is where the parts of the lab are; a part that has no room is empty.
type labRects struct{ lacks, top, producers, strip, card, events kit.Rect }

// layoutLab computes every place of the lab: the consumers (or the form) on top, the producers, the strip, the last
// rebalance, and the group's events where there is room left. What does not fit goes from the bottom; the list gives way to five lines of the strip.
func layoutLab(width, height int, need labNeeds) labRects {
	const stripLeast, topLeast, eventsLeast = 5, 4, 3
	inner := max(0, width-2*kit.Margin)
	y, gap := 0, 0
	if height >= kit.AiryHeight {
		y++
	}
	lacks := need.lacks
	if height <= 2*topLeast {
		lacks = 0
	}
	left := height - y - lacks
	if need.top+need.producers+need.strip+3 <= left {
		gap = 1
		left -= 3
	}
	strip := min(need.strip, stripLeast)
	if need.form { // all of its fields come before the rest
		strip = min(strip, max(0, left-need.top-need.producers))
	}
	if left < topLeast+need.producers+strip || strip < min(need.strip, 3) { // too little for all three
		strip = 0
	}
	producers := need.producers
	if left < topLeast+producers {
		producers = 0
	}
	top := min(need.top, max(0, left-producers-strip))
	if left -= top + producers; strip > 0 {
		strip = min(need.strip, left)
	}
	var r labRects
	card, events := 0, 0
	if left -= strip; strip > 0 && left >= min(need.card, stripLeast) {
		card = min(need.card, left)
		if left -= card + gap; left >= min(need.events, eventsLeast) {
			events = min(need.events, left)
		}
	}
	for _, part := range []struct {
		at     *kit.Rect
		height int
		gap    int
	}{{&r.lacks, lacks, gap}, {&r.top, top, gap}, {&r.producers, producers, gap}, {&r.strip, strip, gap}, {&r.card, card, gap}, {&r.events, events, 0}} {
		h := max(0, min(part.height, height-y))
		*part.at = kit.Box(kit.Margin, y, inner, h)
		if h > 0 {
			y += h + part.gap
		}
	}
	return r
}
