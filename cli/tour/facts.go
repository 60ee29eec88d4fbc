package tour

import (
	"fmt"
	"strings"
	"time"

	"regroup/model"
)

// owns tells of a group's consumers what each owns: "A consumer-1 0,1 · B consumer-2 2,3".
func (m *Moment) owns(group string) string {
	var parts []string
	for _, c := range m.consumers(group) {
		v := m.member(c)
		switch {
		case v == nil:
			parts = append(parts, c.Name+" not a member yet")
		case !v.AssignmentKnown:
			parts = append(parts, fmt.Sprintf("%s %s joining", v.Slot, c.Name))
		case len(v.Assignment) == 0:
			parts = append(parts, fmt.Sprintf("%s %s idle", v.Slot, c.Name))
		default:
			parts = append(parts, fmt.Sprintf("%s %s owns %s", v.Slot, c.Name, numbers(v.Assignment)))
		}
	}
	return strings.Join(parts, " · ")
}

// protocol tells how far the classic protocol is, and when it is done how long each half took.
func (m *Moment) protocol(group string) string {
	g := m.group(group)
	if g == nil {
		return ""
	}
	switch g.State {
	case model.StatePreparingRebalance:
		return "JoinGroup: the coordinator waits until every member has joined again"
	case model.StateCompletingRebalance:
		return "SyncGroup: the leader hands in who gets what, the members wait for it"
	}
	r := m.rebalance(group, func(*model.Rebalance) bool { return true })
	if r == nil || g.Rebalancing() || r.JoinEnded.IsZero() {
		return ""
	}
	join := r.JoinEnded.NotAfter.Sub(r.Began.NotBefore)
	sync := r.Ended.NotAfter.Sub(r.JoinEnded.NotBefore)
	return fmt.Sprintf("JoinGroup took %s, SyncGroup %s", atMost(join, r.Began.Exact()), atMost(sync, r.Ended.Exact()))
}

// atMost is a duration, marked where it is the most that it can have been.
func atMost(d time.Duration, exact bool) string {
	if exact {
		return short(max(0, d))
	}
	return "≤ " + short(max(time.Millisecond, d))
}

// times is a number of something: 1 rebalance, 2 rebalances.
func times(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// perSecond is a rate, with a decimal where it is small: 0.3/s, 97/s.
func perSecond(rate float64) string {
	if rate < 10 {
		return fmt.Sprintf("%.1f/s", rate)
	}
	return fmt.Sprintf("%.0f/s", rate)
}

// short is a duration as one says it: <1ms, 12ms, 2.3s.
func short(d time.Duration) string {
	if 0 <= d && d < time.Millisecond {
		return "<1ms"
	}
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

// coordination tells which broker coordinates a group, and which member leads it.
func (m *Moment) coordination(group string) string {
	g := m.group(group)
	if g == nil {
		return ""
	}
	words := ""
	if broker, known := g.Coordinator.Get(); known {
		words = fmt.Sprintf("coordinator: broker %d", broker)
	}
	if leader := g.Member(g.Leader); leader != nil {
		words = strings.TrimPrefix(words+fmt.Sprintf(" · leader: %s %s", leader.Slot, leader.ClientID), " · ")
	}
	return words
}

// why tells why a rebalance was, how sure that is, and how much moved.
func why(r *model.Rebalance) string {
	return fmt.Sprintf("%s → %s: %s, %s (%s)", r.From, r.To, r.Summary(), r.Verdict.Cause.Words(), r.Verdict.Confidence)
}

// told leaves out what there is nothing to say of.
func told(facts ...string) []string {
	var all []string
	for _, f := range facts {
		if f != "" {
			all = append(all, f)
		}
	}
	return all
}
