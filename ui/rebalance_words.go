package ui

import (
	"fmt"
	"time"

	"charm.land/lipgloss/v2"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// lasted is the time between two moments in words: 3.0s, 2.1–2.3s, ≥3.0s where the beginning was not seen, – where
// one of the two is not known at all.
func lasted(from, to model.Moment) string {
	if from.IsZero() || to.IsZero() {
		return text.Unknown
	}
	atLeast := max(0, to.NotBefore.Sub(from.NotAfter))
	if from.NotBefore.IsZero() {
		return "≥" + text.Duration(atLeast)
	}
	return text.DurationBetween(atLeast, max(0, to.NotAfter.Sub(from.NotBefore)))
}

// spanned is lasted as numbers; atMost is atLeast where nothing limits it.
func spanned(from, to model.Moment) (atLeast, atMost time.Duration) {
	if from.IsZero() || to.IsZero() {
		return 0, 0
	}
	atLeast = max(0, to.NotBefore.Sub(from.NotAfter))
	if from.NotBefore.IsZero() {
		return atLeast, atLeast
	}
	return atLeast, max(atLeast, to.NotAfter.Sub(from.NotBefore))
}

// took is how long a rebalance lasted, in words.
func took(r *model.Rebalance) string { return lasted(r.Began, r.Ended) }

// phaseNames are what the two phases of a rebalance are called: members join and the leader syncs; or, of a KIP-848
// group, the coordinator computes a target and the members converge on it.
func phaseNames(t model.GroupType) (first, second string) {
	if countsEpochs(t) {
		return "target", "converged"
	}
	return "join", "sync"
}

// countsEpochs says that a group has epochs in place of generations.
func countsEpochs(t model.GroupType) bool {
	return t == model.TypeConsumer || t == model.TypeStreams || t == model.TypeShare
}

// phases is "3.0s join, 12ms sync", or only how long it took where the end of the join is not known.
func phases(r *model.Rebalance) string {
	if r.JoinEnded.IsZero() || r.Began.IsZero() || r.Ended.IsZero() {
		return took(r)
	}
	first, second := phaseNames(r.Type)
	return lasted(r.Began, r.JoinEnded) + " " + first + ", " + lasted(r.JoinEnded, r.Ended) + " " + second
}

// family is causes that a person tells apart at a glance: a letter, which carries the meaning, and a colour.
type family struct {
	letter string
	words  string
	weight int // of several in one place, the heaviest is shown
}

var (
	familyUnknown  = family{"?", "not known", 0}
	familyFollow   = family{"f", "follow-up", 1}
	familyJoined   = family{"j", "joined", 2}
	familyRestart  = family{"r", "restarted", 3}
	familyLeft     = family{"l", "left", 4}
	familyMetadata = family{"m", "topics or settings", 5}
	familyAdmin    = family{"a", "admin or coordinator", 6}
	familyTimedOut = family{"t", "timed out", 7}
	familyPoll     = family{"p", "polls too slowly", 8}
)

// familyOf is the family of a rebalance's cause; where nobody judged it, that of what can be seen of it.
func familyOf(r *model.Rebalance) family {
	switch r.Verdict.Cause {
	case model.CauseMemberJoined:
		return familyJoined
	case model.CauseMemberRestarted:
		return familyRestart
	case model.CauseMemberLeft:
		return familyLeft
	case model.CauseSessionTimedOut:
		return familyTimedOut
	case model.CausePollTookTooLong:
		return familyPoll
	case model.CausePartitionsAdded, model.CauseTopicCreated, model.CauseTopicDeleted, model.CauseSubscriptionChanged, model.CauseAssignorChanged:
		return familyMetadata
	case model.CauseRemovedByAdmin, model.CauseCoordinatorMoved:
		return familyAdmin
	case model.CauseCooperativeFollowUp:
		return familyFollow
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

func (f family) style(th *theme.Theme) lipgloss.Style {
	switch f {
	case familyPoll, familyTimedOut:
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

// causeWords is why a rebalance happened; where nobody judged it, what can be seen of it.
func causeWords(r *model.Rebalance) string {
	switch r.Verdict.Cause {
	case "":
		return kind(r)
	case model.CauseUnknown:
		return "cause not known"
	}
	return text.Clean(r.Verdict.Cause.Words())
}

// confidenceWord is how sure the cause is; "" where there is none.
func confidenceWord(v model.Verdict) string {
	if v.Cause == "" || v.Cause == model.CauseUnknown {
		return ""
	}
	return text.Clean(string(v.Confidence))
}

func confidenceStyle(th *theme.Theme, c model.Confidence) lipgloss.Style {
	switch c {
	case model.Certain:
		return th.Good
	case model.Likely:
		return th.Text
	}
	return th.Dim
}

// several says that more rebalances passed than are accounted for: what is told is what they did together.
func several(r *model.Rebalance) bool { return r.AtLeast > 1+r.Overtaken }

// generationWords says how the numbers of a rebalance are known, and what came and went between them; nil where there
// is nothing to say but the numbers.
func generationWords(r *model.Rebalance) []string {
	var words []string
	switch exact := r.From.Exact().Known() && r.To.Exact().Known(); {
	case several(r) && exact:
		words = append(words, fmt.Sprintf("%d generations in one: not all of them were seen, only what they did together is known", r.AtLeast))
	case several(r):
		words = append(words, fmt.Sprintf("at least %d rebalances passed between two polls; only what they did together is known", r.AtLeast))
	case r.From.Kind == model.GenerationCounted || r.To.Kind == model.GenerationCounted:
		words = append(words, "counted by regroup since it began to look, at least so many")
	}
	if r.Overtaken > 0 {
		words = append(words, overtakenWords(r))
	}
	return words
}

// overtakenWords tells of generations whose leader had not synced before the next one began.
func overtakenWords(r *model.Rebalance) string {
	first, last := r.From.Number+1, r.To.Number-1
	named := r.From.Kind == model.GenerationExact && r.To.Kind == model.GenerationExact && int(last-first)+1 == r.Overtaken
	switch {
	case named && r.Overtaken == 1:
		return fmt.Sprintf("generation %d came and went: its leader never synced", first)
	case named:
		return fmt.Sprintf("generations %d–%d came and went: their leaders never synced", first, last)
	case r.Overtaken == 1:
		return "a generation came and went: its leader never synced"
	}
	return fmt.Sprintf("%d generations came and went: their leaders never synced", r.Overtaken)
}

// counted says that something of a cost is known, or will be.
func counted(c *model.Cost) bool {
	return c.Complete || len(c.Pauses) > 0 || c.LagAdded.Known() || c.ReadAgain.Known() || c.Idle > 0
}

// pauseWords is for how long nobody read: 3.0s, 2.1–2.3s, and "≥3.0s" while nobody reads it yet.
func pauseWords(atLeast time.Duration, atMost model.Maybe[time.Duration]) string {
	most, known := atMost.Get()
	if !known {
		return "≥" + text.Duration(atLeast)
	}
	return text.DurationBetween(atLeast, most)
}

func lagAdded(m model.Maybe[int64]) string {
	return text.Maybe(m, func(n int64) string { return "+" + text.Count(n) }) + " lag"
}

func readAgain(m model.Maybe[int64]) string {
	return text.Maybe(m, text.Count[int64]) + " read again"
}

// memberSeconds is the time that members did nothing because of a rebalance, added up. Of an eager one it is the most
// that it can have been.
func memberSeconds(r *model.Rebalance) string {
	d, most := r.Cost.Idle, ""
	if r.Protocol() == model.ProtocolEager && d > 0 {
		most = "≤"
	}
	if d >= 100*time.Second || d%time.Second == 0 {
		return most + text.Count(int64(d/time.Second)) + " member-seconds idle"
	}
	return fmt.Sprintf("%s%.1f member-seconds idle", most, d.Seconds())
}
