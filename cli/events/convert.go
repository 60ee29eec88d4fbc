package events

import (
	"math"
	"time"

	"regroup/model"
)

// HasLine reports whether a line is written for the event.
func HasLine(e *model.Event) bool {
	switch e.Kind {
	case model.RebalanceCompleted, model.CostKnown, model.VerdictRevised:
		return e.Rebalance != nil
	case model.LagAlerted:
		return e.Alert != nil
	case model.StateChanged, model.GroupAppeared, model.GroupGone, model.CoordinatorMoved, model.SourceLost, model.SourceFound:
		return true
	}
	return false // part of another line (who joined), or of no interest
}

// lineOf is the line of an event; nil if it has none.
func lineOf(e *model.Event) any {
	if !HasLine(e) {
		return nil
	}
	switch e.Kind {
	case model.RebalanceCompleted:
		return rebalance(e.Rebalance)
	case model.CostKnown:
		r := e.Rebalance
		return costLine{
			head: head{TypeCost, Version}, Group: r.Group, At: instant(r.Ended.Middle()), SeenAt: instant(e.At), To: generationOf(r.To), Cost: costOf(&r.Cost),
		}
	case model.VerdictRevised:
		r := e.Rebalance
		return causeLine{
			head: head{TypeCause, Version}, Group: r.Group, At: instant(r.Ended.Middle()), SeenAt: instant(e.At), To: generationOf(r.To), Cause: causeOf(r.Verdict),
		}
	case model.StateChanged:
		return stateLine{head{TypeState, Version}, e.Group, instant(e.At), known(e.From), known(e.To)}
	case model.GroupAppeared:
		return groupLine{head{TypeGroup, Version}, e.Group, instant(e.At), "appeared"}
	case model.GroupGone:
		return groupLine{head{TypeGroup, Version}, e.Group, instant(e.At), "gone"}
	case model.LagAlerted:
		return alertLine{
			head{TypeLagAlert, Version}, e.Group, instant(e.At), string(e.Alert.Reason), e.Alert.Over, e.Alert.Lag, e.Alert.Threshold,
			instant(e.Alert.Since), e.Detail,
		}
	case model.CoordinatorMoved:
		return coordinatorLine{head{TypeCoordinatorMoved, Version}, e.Group, instant(e.At), e.Broker, e.Detail}
	case model.SourceLost:
		return sourceLine{head{TypeSource, Version}, instant(e.At), "lost", e.Broker, known(e.Group), e.Detail}
	case model.SourceFound:
		return sourceLine{head{TypeSource, Version}, instant(e.At), "found", e.Broker, known(e.Group), e.Detail}
	}
	return nil
}

func rebalance(r *model.Rebalance) rebalanceLine {
	line := rebalanceLine{
		head: head{TypeRebalance, Version}, Group: r.Group, GroupType: known(r.Type),
		At: instant(r.Ended.Middle()), AtRange: rangeOf(r.Ended),
		SeenAt: instant(r.SeenAt), RecordedAt: instant(r.Recorded),
		From: generationOf(r.From), To: generationOf(r.To), AtLeast: r.AtLeast, Superseded: r.Superseded,
		Joined: membersOf(r.Joined), Left: membersOf(r.Left), Restarted: membersOf(r.Restarted), Members: r.MembersAfter,
		Moves: make([]move, 0, len(r.Moves)), Assignor: known(r.AssignorAfter), Leader: slot(r.LeaderAfter),
		Cause: causeOf(r.Verdict), Also: make([]cause, 0, len(r.Also)), Cost: costOf(&r.Cost),
	}
	for _, m := range r.Moves {
		line.Moves = append(line.Moves, move{m.Topic, m.Partition, slot(m.From), slot(m.To)})
	}
	for _, v := range r.Also {
		line.Also = append(line.Also, causeOf(v))
	}
	line.JoinMS, line.JoinRange = elapsed(r.Began, r.JoinEnded)
	line.SyncMS, line.SyncRange = elapsed(r.JoinEnded, r.Ended)
	line.DurationMS, line.DurationRange = elapsed(r.Began, r.Ended)
	line.PausedMS, line.PausedRange = line.Cost.PausedMS, line.Cost.PausedRange
	if s, ok := r.Stickiness.Get(); ok {
		line.Stickiness = &stickiness{s.Moved, s.Necessary}
	}
	return line
}

func costOf(c *model.Cost) cost {
	out := cost{
		Complete: c.Complete, LagAdded: c.LagAdded, Reprocessed: c.Reprocessed, LostMS: milliseconds(c.ConsumerTimeLost),
		Partitions: make([]pause, 0, len(c.Pauses)),
	}
	out.PausedMS, out.PausedRange = interval(c.PausedAtLeast, c.PausedAtMost)
	for i := range c.Pauses {
		p := &c.Pauses[i]
		line := pause{Topic: p.Topic, Partition: p.Partition, Resumed: p.Resumed, LagAdded: p.LagAdded, Reprocessed: p.Reprocessed}
		line.PausedMS, line.PausedRange = interval(p.AtLeast, p.AtMost)
		line.Stopped, line.Started = rangeOf(p.Stopped), rangeOf(p.Started)
		out.Partitions = append(out.Partitions, line)
	}
	return out
}

func membersOf(refs []model.MemberRef) []member {
	members := make([]member, 0, len(refs))
	for _, m := range refs {
		members = append(members, member{m.Slot.String(), known(m.MemberID), known(m.InstanceID), known(m.ClientID), known(m.Host)})
	}
	return members
}

func causeOf(v model.Verdict) cause {
	if v.Cause == "" {
		v.Cause, v.Confidence = model.CauseUnknown, model.Possible
	}
	return cause{string(v.Cause), string(v.Confidence), v.Evidence}
}

func generationOf(g model.Generation) generation {
	if g.Kind == model.GenerationUnknown {
		return generation{}
	}
	return generation{model.Some(g.Number), g.Kind == model.GenerationExact}
}

// slot is the letter of a member; null is no member, or unknown.
func slot(s model.Slot) model.Maybe[string] {
	if s == model.Nobody {
		return model.None[string]()
	}
	return model.Some(s.String())
}

// known is the text, or unknown if it is empty.
func known[T ~string](text T) model.Maybe[string] {
	if text == "" {
		return model.None[string]()
	}
	return model.Some(string(text))
}

func rangeOf(m model.Moment) between { return between{instant(m.NotBefore), instant(m.NotAfter)} }

// elapsed is the time between two moments in milliseconds, and the shortest and the longest that is possible.
func elapsed(from, to model.Moment) (model.Maybe[float64], span) {
	if from.IsZero() || to.IsZero() {
		return model.None[float64](), span{}
	}
	return interval(from.Until(to))
}

// interval is the middle of a shortest and a longest duration in milliseconds, and both. Without a longest one there is no
// middle; 0 without a longest one is unknown.
func interval(atLeast time.Duration, atMost model.Maybe[time.Duration]) (model.Maybe[float64], span) {
	most, ok := atMost.Get()
	if !ok {
		if atLeast == 0 {
			return model.None[float64](), span{}
		}
		return model.None[float64](), span{model.Some(milliseconds(atLeast))}
	}
	return model.Some(milliseconds(atLeast + (most-atLeast)/2)), span{model.Some(milliseconds(atLeast)), model.Some(milliseconds(most))}
}

// milliseconds are rounded to the microsecond.
func milliseconds(d time.Duration) float64 { return math.Round(float64(d)/1e3) / 1e3 }
