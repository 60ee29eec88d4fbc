package phrase

import (
	"fmt"
	"time"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// Lasted is the time between two moments in words: 3.0s, 2.1–2.3s, ≥3.0s if the beginning was not observed, – if one of them
// is unknown.
func Lasted(from, to model.Moment) string {
	if from.IsZero() || to.IsZero() {
		return text.Unknown
	}
	atLeast, atMost := from.Until(to)
	if most, known := atMost.Get(); known {
		return text.DurationBetween(atLeast, most)
	}
	return "≥" + text.Duration(atLeast)
}

// Took is the duration of a rebalance in words.
func Took(r *model.Rebalance) string { return Lasted(r.Began, r.Ended) }

// PhaseNames are the names of the two phases of a rebalance: members join and the leader syncs; in a KIP-848 group, the
// coordinator computes a target assignment and the members converge on it.
func PhaseNames(t model.GroupType) (first, second string) {
	if CountsEpochs(t) {
		return "target", "converged"
	}
	return "join", "sync"
}

// CountsEpochs reports whether a group type has epochs in place of generations.
func CountsEpochs(t model.GroupType) bool {
	return t == model.TypeConsumer || t == model.TypeStreams || t == model.TypeShare
}

// Phases is "3.0s join, 12ms sync", or the total duration if the end of the join is unknown.
func Phases(r *model.Rebalance) string {
	if r.JoinEnded.IsZero() || r.Began.IsZero() || r.Ended.IsZero() {
		return Took(r)
	}
	first, second := PhaseNames(r.Type)
	return Lasted(r.Began, r.JoinEnded) + " " + first + ", " + Lasted(r.JoinEnded, r.Ended) + " " + second
}

// Family is a group of causes with a letter, which carries the meaning, and a colour.
type Family struct {
	Letter string
	Words  string
	Weight int // severity: of several in one cell, the highest is shown
}

// The families, the heaviest last.
var (
	familyUnknown  = Family{"?", "unknown", 0}
	familyFollow   = Family{"f", "second cooperative", 1}
	familyJoined   = Family{"j", "joined", 2}
	familyRestart  = Family{"r", "restarted", 3}
	familyLeft     = Family{"l", "left", 4}
	familyMetadata = Family{"m", "topics or settings", 5}
	familyAdmin    = Family{"a", "admin or coordinator", 6}
	FamilyTimedOut = Family{"t", "session timeout", 7}
	FamilyPoll     = Family{"p", "max.poll exceeded", 8}
)

// FamilyOf is the family of a rebalance's cause; without a verdict, of its visible change.
func FamilyOf(r *model.Rebalance) Family {
	//exhaustive:enforce
	switch r.Verdict.Cause {
	case model.CauseMemberJoined:
		return familyJoined
	case model.CauseMemberRestarted:
		return familyRestart
	case model.CauseMemberLeft:
		return familyLeft
	case model.CauseSessionTimeout:
		return FamilyTimedOut
	case model.CauseMaxPollExceeded:
		return FamilyPoll
	case model.CausePartitionsAdded, model.CauseTopicCreated, model.CauseTopicDeleted, model.CauseSubscriptionChanged, model.CauseAssignorChanged:
		return familyMetadata
	case model.CauseRemovedByAdmin, model.CauseCoordinatorMoved:
		return familyAdmin
	case model.CauseSecondCooperative:
		return familyFollow
	case model.CauseUnknown:
		return familyUnknown
	case "":
		switch {
		case len(r.Left) > 0:
			return familyLeft
		case len(r.Restarted) > 0:
			return familyRestart
		case len(r.Joined) > 0:
			return familyJoined
		}
	}
	return familyUnknown
}

// Style is the colour of a family.
func (f Family) Style(th *theme.Theme) lipgloss.Style {
	switch f {
	case FamilyPoll, FamilyTimedOut:
		return th.Bad
	case familyMetadata, familyAdmin:
		return th.Warn
	case familyJoined, familyRestart:
		return th.Info
	case familyLeft:
		return th.Text
	}
	return th.Dim
}

// Cause is the cause of a rebalance; without a verdict, its visible change.
func Cause(r *model.Rebalance) string {
	switch r.Verdict.Cause {
	case "":
		return Kind(r)
	case model.CauseUnknown:
		return "cause unknown"
	}
	return text.Clean(r.Verdict.Cause.Words())
}

// Confidence is how certain the cause is; "" without a cause.
func Confidence(v model.Verdict) string {
	if v.Cause == "" || v.Cause == model.CauseUnknown {
		return ""
	}
	return text.Clean(string(v.Confidence))
}

// ConfidenceStyle is the style of a verdict's confidence.
func ConfidenceStyle(th *theme.Theme, c model.Confidence) lipgloss.Style {
	switch c {
	case model.Certain:
		return th.Good
	case model.Likely:
		return th.Text
	}
	return th.Dim
}

// Several reports whether several rebalances were observed as one: only their combined effect is known.
func Several(r *model.Rebalance) bool { return r.AtLeast > 1+r.Superseded }

// GenerationWords are remarks on the generations of a rebalance: whether they are counted, and superseded ones in between.
func GenerationWords(r *model.Rebalance) []string {
	var words []string
	switch exact := r.From.Exact().Known() && r.To.Exact().Known(); {
	case Several(r) && exact:
		words = append(words, fmt.Sprintf("%d generations passed unseen: only their combined effect is known", r.AtLeast))
	case Several(r):
		words = append(words, fmt.Sprintf("at least %d rebalances between two polls: only their combined effect is known", r.AtLeast))
	case r.From.Kind == model.GenerationCounted || r.To.Kind == model.GenerationCounted:
		words = append(words, "generations counted by regroup since it started: a lower bound")
	}
	if superseded := r.SupersededWords(); superseded != "" {
		words = append(words, superseded)
	}
	return words
}

// Counted reports whether a part of a cost is known or will be.
func Counted(c *model.Cost) bool {
	return c.Complete || len(c.Pauses) > 0 || c.LagAdded.Known() || c.Reprocessed.Known() || c.ConsumerTimeLost > 0
}

// Pause is the duration of a pause: 3.0s, 2.1–2.3s, and ≥3.0s while still paused.
func Pause(atLeast time.Duration, atMost model.Maybe[time.Duration]) string {
	most, known := atMost.Get()
	if !known {
		return "≥" + text.Duration(atLeast)
	}
	return text.DurationBetween(atLeast, most)
}

// LagAdded is how much a rebalance added to the lag.
func LagAdded(m model.Maybe[int64]) string {
	return text.Maybe(m, func(n int64) string { return "+" + text.Count(n) }) + " lag"
}

// Reprocessed is how many records were read again because of a rebalance.
func Reprocessed(m model.Maybe[int64]) string {
	if n, known := m.Get(); known {
		return text.Plural(n, "record") + " reprocessed"
	}
	return "reprocessed: unknown"
}

// ConsumerTimeLost is the time that members could not consume because of a rebalance, added up; "" below 0.1 s. Of an eager
// rebalance it is an upper bound: members keep consuming until their next heartbeat tells them to rejoin.
func ConsumerTimeLost(r *model.Rebalance) string {
	lost := r.Cost.ConsumerTimeLost
	switch {
	case lost < 100*time.Millisecond:
		return ""
	case r.Protocol() == model.ProtocolEager:
		return "consumer time lost ≤" + text.Duration(lost)
	}
	return "consumer time lost " + text.Duration(lost)
}

// Moves is how many partitions moved, in a column: "1 of 4 moved"; where none had an owner before, "4 assigned".
func Moves(r *model.Rebalance) string {
	switch moved, assigned, unassigned := r.MoveCounts(); {
	case moved > 0 || assigned+unassigned == 0:
		return fmt.Sprintf("%d of %d moved", moved, r.Partitions())
	case assigned > 0:
		return fmt.Sprintf("%d assigned", assigned)
	default:
		return fmt.Sprintf("%d unassigned", unassigned)
	}
}

// Fades is the age from which a line of a feed is muted.
const Fades = 2 * time.Minute

// Kind is the visible change of a rebalance without a verdict, from its members before and after.
func Kind(r *model.Rebalance) string {
	switch {
	case Several(r):
		return fmt.Sprintf("≥%d rebalances in one", r.AtLeast)
	case len(r.Restarted) > 0:
		return "static member restarted"
	case r.AssignorBefore != r.AssignorAfter && r.AssignorBefore != "" && r.AssignorAfter != "":
		return "assignor changed"
	case r.MembersAfter == 0 && len(r.Left) > 0:
		return "last member left"
	case len(r.Joined) > 0 && len(r.Left) > 0:
		return "members joined and left"
	case len(r.Joined) > 0:
		return "member joined"
	case len(r.Left) > 0:
		return "member left"
	}
	return "same members"
}

// SeveralWords precede the cause if several rebalances were observed as one: they may have other causes.
func SeveralWords(r *model.Rebalance) string {
	if Several(r) && r.Verdict.Cause != "" {
		return fmt.Sprintf("≥%d: ", r.AtLeast)
	}
	return ""
}

// Generations is "4 → 5"; – if neither is known.
func Generations(r *model.Rebalance) string {
	if r.From.Kind == model.GenerationUnknown && r.To.Kind == model.GenerationUnknown {
		return text.Unknown
	}
	return r.From.String() + " → " + r.To.String()
}

// Who is the letters of the members that joined, left or restarted; of many members the first ones.
func Who(t *theme.Theme, r *model.Rebalance, age time.Duration) text.Line {
	const letters = 3
	var line text.Line
	for _, part := range []struct {
		members []model.MemberRef
		did     string
		gone    bool
	}{{r.Joined, "joined", false}, {r.Left, "left", true}, {r.Restarted, "restarted", false}} {
		if len(part.members) == 0 {
			continue
		}
		if len(line) > 0 {
			line = append(line, text.Space(1))
		}
		for _, m := range part.members[:min(len(part.members), letters)] {
			style := t.Chip(m.Slot)
			if part.gone || age > Fades {
				style = t.ChipOver(m.Slot)
			}
			line = append(line, text.S(style, " "+m.Slot.String()+" "))
		}
		did := " " + part.did
		if more := len(part.members) - letters; more > 0 {
			did = fmt.Sprintf(" +%d %s", more, part.did)
		}
		line = append(line, text.S(t.Aged(t.Text, age, Fades), did))
	}
	if len(line) == 0 {
		return text.Of(text.S(t.Dim, text.Unknown))
	}
	return line
}

// Assignor names an assignor; an unknown one is "–".
func Assignor(assignor string) string {
	if assignor == "" {
		return text.Unknown
	}
	return text.Clean(assignor)
}
