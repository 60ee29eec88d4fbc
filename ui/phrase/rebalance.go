package phrase

import (
	"fmt"
	"time"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// Lasted is the time between two moments in words: 3.0s, 2.1–2.3s, ≥3.0s where the beginning was not seen, – where
// one of the two is not known at all.
func Lasted(from, to model.Moment) string {
	if from.IsZero() || to.IsZero() {
		return text.Unknown
	}
	atLeast := max(0, to.NotBefore.Sub(from.NotAfter))
	if from.NotBefore.IsZero() {
		return "≥" + text.Duration(atLeast)
	}
	return text.DurationBetween(atLeast, max(0, to.NotAfter.Sub(from.NotBefore)))
}

// Spanned is lasted as numbers; atMost is atLeast where nothing limits it.
func Spanned(from, to model.Moment) (atLeast, atMost time.Duration) {
	if from.IsZero() || to.IsZero() {
		return 0, 0
	}
	atLeast = max(0, to.NotBefore.Sub(from.NotAfter))
	if from.NotBefore.IsZero() {
		return atLeast, atLeast
	}
	return atLeast, max(atLeast, to.NotAfter.Sub(from.NotBefore))
}

// Took is how long a rebalance lasted, in words.
func Took(r *model.Rebalance) string { return Lasted(r.Began, r.Ended) }

// PhaseNames are what the two phases of a rebalance are called: members join and the leader syncs; or, of a KIP-848
// group, the coordinator computes a target and the members converge on it.
func PhaseNames(t model.GroupType) (first, second string) {
	if CountsEpochs(t) {
		return "target", "converged"
	}
	return "join", "sync"
}

// CountsEpochs says that a group has epochs in place of generations.
func CountsEpochs(t model.GroupType) bool {
	return t == model.TypeConsumer || t == model.TypeStreams || t == model.TypeShare
}

// Phases is "3.0s join, 12ms sync", or only how long it took where the end of the join is not known.
func Phases(r *model.Rebalance) string {
	if r.JoinEnded.IsZero() || r.Began.IsZero() || r.Ended.IsZero() {
		return Took(r)
	}
	first, second := PhaseNames(r.Type)
	return Lasted(r.Began, r.JoinEnded) + " " + first + ", " + Lasted(r.JoinEnded, r.Ended) + " " + second
}

// Family is causes that a person tells apart at a glance: a letter, which carries the meaning, and a colour.
type Family struct {
	Letter string
	Words  string
	Weight int // of several in one place, the heaviest is shown
}

var (
	familyUnknown  = Family{"?", "not known", 0}
	familyFollow   = Family{"f", "follow-up", 1}
	familyJoined   = Family{"j", "joined", 2}
	familyRestart  = Family{"r", "restarted", 3}
	familyLeft     = Family{"l", "left", 4}
	familyMetadata = Family{"m", "topics or settings", 5}
	familyAdmin    = Family{"a", "admin or coordinator", 6}
	FamilyTimedOut = Family{"t", "timed out", 7}
	FamilyPoll     = Family{"p", "polls too slowly", 8}
)

// FamilyOf is the family of a rebalance's cause; where nobody judged it, that of what can be seen of it.
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

// Cause is why a rebalance happened; where nobody judged it, what can be seen of it.
func Cause(r *model.Rebalance) string {
	switch r.Verdict.Cause {
	case "":
		return Kind(r)
	case model.CauseUnknown:
		return "cause not known"
	}
	return text.Clean(r.Verdict.Cause.Words())
}

// Confidence is how sure the cause is; "" where there is none.
func Confidence(v model.Verdict) string {
	if v.Cause == "" || v.Cause == model.CauseUnknown {
		return ""
	}
	return text.Clean(string(v.Confidence))
}

func ConfidenceStyle(th *theme.Theme, c model.Confidence) lipgloss.Style {
	switch c {
	case model.Certain:
		return th.Good
	case model.Likely:
		return th.Text
	}
	return th.Dim
}

// Several says that more rebalances passed than are accounted for: what is told is what they did together.
func Several(r *model.Rebalance) bool { return r.AtLeast > 1+r.Superseded }

// GenerationWords says how the numbers of a rebalance are known, and what came and went between them; nil where there
// is nothing to say but the numbers.
func GenerationWords(r *model.Rebalance) []string {
	var words []string
	switch exact := r.From.Exact().Known() && r.To.Exact().Known(); {
	case Several(r) && exact:
		words = append(words, fmt.Sprintf("%d generations in one: not all of them were seen, only what they did together is known", r.AtLeast))
	case Several(r):
		words = append(words, fmt.Sprintf("at least %d rebalances passed between two polls; only what they did together is known", r.AtLeast))
	case r.From.Kind == model.GenerationCounted || r.To.Kind == model.GenerationCounted:
		words = append(words, "counted by regroup since it began to look, at least so many")
	}
	if r.Superseded > 0 {
		words = append(words, supersededWords(r))
	}
	return words
}

// supersededWords tells of generations whose leader had not synced before the next one began.
func supersededWords(r *model.Rebalance) string {
	first, last := r.From.Number+1, r.To.Number-1
	named := r.From.Kind == model.GenerationExact && r.To.Kind == model.GenerationExact && int(last-first)+1 == r.Superseded
	switch {
	case named && r.Superseded == 1:
		return fmt.Sprintf("generation %d came and went: its leader never synced", first)
	case named:
		return fmt.Sprintf("generations %d–%d came and went: their leaders never synced", first, last)
	case r.Superseded == 1:
		return "a generation came and went: its leader never synced"
	}
	return fmt.Sprintf("%d generations came and went: their leaders never synced", r.Superseded)
}

// Counted says that something of a cost is known, or will be.
func Counted(c *model.Cost) bool {
	return c.Complete || len(c.Pauses) > 0 || c.LagAdded.Known() || c.Reprocessed.Known() || c.ConsumerTimeLost > 0
}

// Pause is for how long nobody read: 3.0s, 2.1–2.3s, and "≥3.0s" while nobody reads it yet.
func Pause(atLeast time.Duration, atMost model.Maybe[time.Duration]) string {
	most, known := atMost.Get()
	if !known {
		return "≥" + text.Duration(atLeast)
	}
	return text.DurationBetween(atLeast, most)
}

func LagAdded(m model.Maybe[int64]) string {
	return text.Maybe(m, func(n int64) string { return "+" + text.Count(n) }) + " lag"
}

func Reprocessed(m model.Maybe[int64]) string {
	return text.Maybe(m, text.Count[int64]) + " read again"
}

// MemberSeconds is the time that members did nothing because of a rebalance, added up. Of an eager one it is the most
// that it can have been.
func MemberSeconds(r *model.Rebalance) string {
	d, most := r.Cost.ConsumerTimeLost, ""
	if r.Protocol() == model.ProtocolEager && d > 0 {
		most = "≤"
	}
	if d >= 100*time.Second || d%time.Second == 0 {
		return most + text.Count(int64(d/time.Second)) + " member-seconds idle"
	}
	return fmt.Sprintf("%s%.1f member-seconds idle", most, d.Seconds())
}

// Fades is the age at which a line of a feed has stepped back.
const Fades = 2 * time.Minute

// Kind is what made a rebalance that nobody has judged, as far as who was there before and after shows it.
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

// SeveralWords stand before the cause where several rebalances passed unseen: one cause is not all there was to it.
func SeveralWords(r *model.Rebalance) string {
	if Several(r) && r.Verdict.Cause != "" {
		return fmt.Sprintf("≥%d: ", r.AtLeast)
	}
	return ""
}

// Generations is "4 → 5"; where neither is known, an arrow alone would say nothing.
func Generations(r *model.Rebalance) string {
	if r.From.Kind == model.GenerationUnknown && r.To.Kind == model.GenerationUnknown {
		return text.Unknown
	}
	return r.From.String() + " → " + r.To.String()
}

// Who is the letters of those who joined, left or came back, and what they did; those of many stand for the rest.
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

func Assignor(assignor string) string {
	if assignor == "" {
		return text.Unknown
	}
	return text.Clean(assignor)
}
