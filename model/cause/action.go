package cause

import (
	"fmt"
	"slices"

	"regroup/model"
)

// actionsOn are the actions on a member that match and are not later than the end of the rebalance.
func (e *Evidence) actionsOn(m model.MemberRef, matches func(model.Cause) bool) []Action {
	return e.deedsThat(func(d Action) bool {
		mine := d.Member != "" && d.Member == m.MemberID || d.Member == "" && d.Client != "" && d.Client == m.ClientID
		return mine && matches(d.Cause)
	})
}

// deedsToGroup are the deeds that were done to no particular member.
func (e *Evidence) deedsToGroup(cause model.Cause) []Action {
	return e.deedsThat(func(d Action) bool { return d.Member == "" && d.Client == "" && d.Cause == cause })
}

func (e *Evidence) deedsThat(match func(Action) bool) []Action {
	end := e.Rebalance.Ended.NotAfter
	var deeds []Action
	for _, d := range e.Actions {
		if match(d) && (end.IsZero() || !d.At.After(end.Add(judgeSlack))) {
			deeds = append(deeds, d)
		}
	}
	slices.SortStableFunc(deeds, func(a, b Action) int { return a.At.Compare(b.At) })
	return deeds
}

// byDeed tells how the member went if regroup or its lab did it. The natural verdict is what time says.
func (g *gone) byDeed(natural finding) (finding, bool) {
	deeds := g.e.actionsOn(g.ref, model.Cause.IsDeparture)
	if len(deeds) == 0 {
		return finding{}, false
	}
	d := deeds[len(deeds)-1]
	f := finding{Verdict: model.Verdict{Cause: d.Cause, Confidence: model.Certain}, start: startTimed, deed: true}
	f.Evidence = fmt.Sprintf("%s is gone: %s", g.ref.Slot, d.Words)
	if !g.e.Rebalance.Began.IsZero() {
		since := between(model.Exactly(d.At), g.e.Rebalance.Began)
		g.timeDeed(&f, since, natural)
		if since.most < -judgeSlack {
			f.start = startLater
		}
		if since.most >= 0 {
			f.Evidence += fmt.Sprintf(", %s before", spokenSpan(span{max(0, since.least), since.most}))
		}
	} else if d.Cause == model.CauseMaxPollExceeded && natural.Cause != model.CauseMaxPollExceeded {
		f.Confidence = model.Likely
	}
	if slices.ContainsFunc(deeds, func(other Action) bool { return other.Cause != d.Cause }) {
		f.Confidence = atMost(f.Confidence, model.Likely)
	}
	return f, true
}

// timeDeed weighs a deed by the time from it to the beginning of the rebalance.
func (g *gone) timeDeed(f *finding, since span, natural finding) {
	switch f.Cause {
	case model.CauseMemberLeft:
		if g.ref.InstanceID != "" && since.most >= g.session/2 {
			f.Cause, f.Confidence = model.CauseSessionTimeout, model.Likely // it went without a word, as static members do
		}
	case model.CauseSessionTimeout:
		if since.most < g.session-g.session/3-judgeSlack {
			f.start = startLater // its session had not ended when the rebalance began
		}
	case model.CauseMaxPollExceeded:
		if natural.Cause == model.CauseMaxPollExceeded {
			f.start = natural.start
			return
		}
		// It is put out only if the processing takes longer than it may, which time has to tell; unless the lab has seen it.
		seen := since.least >= -judgeSlack && since.most <= promptLeave
		if !seen && (!g.lifeKnown || !g.sinceLife.meets(g.pollWindow())) {
			f.Confidence = model.Likely
		}
	}
}
