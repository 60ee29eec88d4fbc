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
	f := finding{Verdict: Verdict{Cause: d.cause, Confidence: Certain}, start: startTimed, deed: true}
	f.Evidence = fmt.Sprintf("%s is gone: %s", g.ref.Lane, d.words)
	if !g.e.r.Began.IsZero() {
		since := between(Exactly(d.at), g.e.r.Began)
		g.timeDeed(&f, since, natural)
		if since.most < -judgeSlack {
			f.start = startLater
		}
		if since.most >= 0 {
			f.Evidence += fmt.Sprintf(", %s before", spokenSpan(span{max(0, since.least), since.most}))
		}
	} else if d.cause == CausePollTookTooLong && natural.Cause != CausePollTookTooLong {
		f.Confidence = Likely
	}
	if slices.ContainsFunc(deeds, func(other deed) bool { return other.cause != d.cause }) {
		f.Confidence = atMost(f.Confidence, Likely)
	}
	return f, true
}

// timeDeed weighs a deed by the time from it to the beginning of the rebalance.
func (g *gone) timeDeed(f *finding, since span, natural finding) {
	switch f.Cause {
	case CauseMemberLeft:
		if g.ref.InstanceID != "" && since.most >= g.session/2 {
			f.Cause, f.Confidence = CauseSessionTimedOut, Likely // it went without a word, as static members do
		}
	case CauseSessionTimedOut:
		if since.most < g.session-g.session/3-judgeSlack {
			f.start = startLater // its session had not ended when the rebalance began
		}
	case CausePollTookTooLong:
		if natural.Cause == CausePollTookTooLong {
			f.start = natural.start
			return
		}
		// It is put out only if the processing takes longer than it may, which time has to tell; unless the lab has seen it.
		seen := since.least >= -judgeSlack && since.most <= promptLeave
		if !seen && (!g.lifeKnown || !g.sinceLife.meets(g.pollWindow())) {
			f.Confidence = Likely
		}
	}
}
