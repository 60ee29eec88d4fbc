package model

import (
	"fmt"
	"slices"
)

// deedsTo are the deeds that were done to a member and are not later than the end of the rebalance.
func (e *evidence) deedsTo(m MemberRef, causes ...Cause) []deed {
	return e.deedsThat(func(d deed) bool {
		mine := d.member != "" && d.member == m.MemberID || d.member == "" && d.client != "" && d.client == m.ClientID
		return mine && slices.Contains(causes, d.cause)
	})
}

// deedsToGroup are the deeds that were done to no particular member.
func (e *evidence) deedsToGroup(cause Cause) []deed {
	return e.deedsThat(func(d deed) bool { return d.member == "" && d.client == "" && d.cause == cause })
}

func (e *evidence) deedsThat(match func(deed) bool) []deed {
	end := e.r.Ended.NotAfter
	var deeds []deed
	for _, d := range e.deeds {
		if match(d) && (end.IsZero() || !d.at.After(end.Add(judgeSlack))) {
			deeds = append(deeds, d)
		}
	}
	slices.SortStableFunc(deeds, func(a, b deed) int { return a.at.Compare(b.at) })
	return deeds
}

// byDeed tells how the member went if regroup or its lab did it. The natural verdict is what time says.
func (g *gone) byDeed(natural finding) (finding, bool) {
	deeds := g.e.deedsTo(g.ref, CauseRemovedByAdmin, CauseMemberLeft, CauseSessionTimedOut, CausePollTookTooLong)
	if len(deeds) == 0 {
		return finding{}, false
	}
	d := deeds[len(deeds)-1]
	cause, confidence, begins := d.cause, Certain, startTimed
	since := between(Exactly(d.at), g.e.r.Began)
	timed := !g.e.r.Began.IsZero()
	switch d.cause {
	case CauseMemberLeft:
		if g.ref.InstanceID != "" && timed && since.most >= g.session/2 {
			cause, confidence = CauseSessionTimedOut, Likely // it went without a word, as static members do
		}
	case CauseSessionTimedOut:
		if timed && since.most < g.session-g.session/3-judgeSlack {
			begins = startLater // its session had not ended when the rebalance began
		}
	case CausePollTookTooLong:
		// It is put out only if the processing takes longer than it may, which time has to tell; unless the lab has seen it.
		seen := timed && since.least >= -judgeSlack && since.most <= promptLeave
		if !seen && natural.Cause != CausePollTookTooLong && !(g.lifeKnown && g.sinceLife.meets(g.pollWindow())) {
			confidence = Likely
		}
		if natural.Cause == CausePollTookTooLong {
			begins = natural.start
		}
	}
	if timed && since.most < -judgeSlack {
		begins = startLater
	}
	for _, earlier := range deeds[:len(deeds)-1] {
		if earlier.cause != d.cause {
			confidence = atMost(confidence, Likely)
		}
	}
	words := fmt.Sprintf("%s is gone: %s", g.ref.Lane, d.words)
	if timed && since.most >= 0 {
		words += fmt.Sprintf(", %s before", spokenSpan(span{max(0, since.least), since.most}))
	}
	return finding{Verdict: Verdict{Cause: cause, Confidence: confidence, Evidence: words}, start: begins, deed: true}, true
}
