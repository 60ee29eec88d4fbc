package cause

import (
	"fmt"
	"slices"
	"strings"

	"regroup/model"
)

// actionsOn are the actions on a member with a matching cause, up to the end of the rebalance, oldest first.
func (e *Evidence) actionsOn(m model.MemberRef, matches func(model.Cause) bool) []Action {
	return e.actionsThat(func(a Action) bool {
		onMember := a.Member != "" && a.Member == m.MemberID || a.Member == "" && a.Client != "" && a.Client == m.ClientID
		return onMember && matches(a.Cause)
	})
}

// actionsOnGroup are the actions on no particular member.
func (e *Evidence) actionsOnGroup(cause model.Cause) []Action {
	return e.actionsThat(func(a Action) bool { return a.Member == "" && a.Client == "" && a.Cause == cause })
}

func (e *Evidence) actionsThat(matches func(Action) bool) []Action {
	end := e.Rebalance.Ended.NotAfter
	var actions []Action
	for _, a := range e.Actions {
		if matches(a) && (end.IsZero() || !a.At.After(end.Add(timerSlack))) {
			actions = append(actions, a)
		}
	}
	slices.SortStableFunc(actions, func(a, b Action) int { return a.At.Compare(b.At) })
	return actions
}

// sentence is the action with the member that it was done to: "C (consumer-3) was killed (SIGKILL)".
func (a *Action) sentence(m model.MemberRef) string {
	if did, named := strings.CutPrefix(a.Words, m.ClientID+" "); named && m.ClientID != "" {
		return fmt.Sprintf("%s (%s) %s", m.Slot, m.ClientID, did)
	}
	if strings.HasPrefix(a.Words, m.Slot.String()+" (") {
		return a.Words
	}
	return m.Slot.String() + ": " + a.Words
}

// judgeActions judges a departure that regroup or its lab brought about. fromTimes is the judgement without that.
func (d *departure) judgeActions(fromTimes candidate) (c candidate, found bool) {
	actions := d.e.actionsOn(d.member, model.Cause.IsDeparture)
	if len(actions) == 0 {
		return candidate{}, false
	}
	last := actions[len(actions)-1]
	c = newCandidate(last.Cause, model.Certain, startsInTime, last.sentence(d.member))
	c.origin = done
	if !d.e.Rebalance.Began.IsZero() {
		since := between(model.Exactly(last.At), d.e.Rebalance.Began)
		d.weighTime(&c, since, fromTimes)
		if since.most < -timerSlack {
			c.fit = happenedDuring
		}
		if since.most >= 0 {
			c.Evidence += fmt.Sprintf(" %s earlier", span{max(0, since.least), since.most})
		}
	} else if last.Cause == model.CauseMaxPollExceeded && fromTimes.Cause != model.CauseMaxPollExceeded {
		c.Confidence = model.Likely
	}
	if slices.ContainsFunc(actions, func(other Action) bool { return other.Cause != last.Cause }) {
		c.Confidence = atMost(c.Confidence, model.Likely)
	}
	return c, true
}

// weighTime weighs an action by the time from it to the start of the rebalance.
func (d *departure) weighTime(c *candidate, since span, fromTimes candidate) {
	switch c.Cause {
	case model.CauseMemberLeft:
		if d.static && since.most >= d.session.value/2 {
			c.Cause, c.Confidence = model.CauseSessionTimeout, model.Likely // it sent no LeaveGroup, as static members do
		}
	case model.CauseSessionTimeout:
		if since.most < d.session.value-d.session.value/3-timerSlack {
			c.fit = happenedDuring // its session had not expired when the rebalance started
		}
	case model.CauseMaxPollExceeded:
		if fromTimes.Cause == model.CauseMaxPollExceeded {
			c.fit = fromTimes.fit
			return
		}
		// A slow consumer leaves only if it exceeds the interval, which the times have to show unless the lab saw it leave.
		seen := since.least >= -timerSlack && since.most <= closesWithin
		if !seen && (d.sign == noSign || !d.untilStart.overlaps(d.pollWindow())) {
			c.Confidence = model.Likely
		}
	}
}
