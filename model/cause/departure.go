package cause

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
)

// judgeGone tells how the members that are gone went: each by itself, those that went alike in one finding.
func judgeGone(e *Evidence) []finding {
	if len(e.Rebalance.Left) == 0 {
		return nil
	}
	owned := make(map[model.Slot][]model.TopicPartition)
	for tp, owner := range e.Rebalance.Before {
		owned[owner] = append(owned[owner], tp)
	}
	departures := make(map[model.Cause][]departure)
	for _, m := range e.Rebalance.Left {
		d := departureOf(e, m, owned[m.Slot])
		departures[d.Cause] = append(departures[d.Cause], d)
	}
	var found []finding
	for _, cause := range model.Causes() {
		alike := departures[cause]
		if len(alike) == 0 {
			continue
		}
		// The one that explains the beginning best speaks for those that went alike.
		best := slices.MaxFunc(alike, func(a, b departure) int { return int(a.start) - int(b.start) })
		f := best.finding
		for _, d := range alike {
			if f.Confidence != d.Confidence {
				f.Confidence = atMost(f.Confidence, d.Confidence)
			}
			f.deed = f.deed && d.deed
		}
		if others := len(alike) - 1; others > 0 {
			f.Evidence += "; likewise " + model.Letters(slices.DeleteFunc(lanesOf(alike), func(m model.MemberRef) bool { return m.Slot == best.member.Slot }))
		}
		found = append(found, f)
	}
	if len(found) == 1 && found[0].start < startAlways && e.onlyTheGone() {
		found[0].start = startAlways // there is nothing else that could have begun it
	}
	return found
}

func lanesOf(departures []departure) []model.MemberRef {
	members := make([]model.MemberRef, 0, len(departures))
	for _, d := range departures {
		members = append(members, d.member)
	}
	return members
}

// onlyTheGone says that nothing but a departure is known that begins rebalances.
func (e *Evidence) onlyTheGone() bool { return len(e.Rebalance.Joined)+len(e.Rebalance.Restarted) == 0 }

// departure is how one member went.
type departure struct {
	finding
	member model.MemberRef
}

// departureOf tells how one member went: by what regroup or its lab did, otherwise by the time since it gave its last sign
// of life, which is compared with the times after which members are put out.
func departureOf(e *Evidence, m model.MemberRef, owned []model.TopicPartition) departure {
	g := goneMember(e, m, owned)
	natural := g.judge()
	if f, is := g.byDeed(natural); is {
		return departure{f, m}
	}
	return departure{natural, m}
}

// gone is a member that is no longer there, with what is known of its last moments.
type gone struct {
	e   *Evidence
	ref model.MemberRef

	session, poll             time.Duration
	sessionKnown, pollKnown   bool
	commitEvery               time.Duration
	owned                     int  // partitions that it owned
	arriving                  bool // records arrive in one of them
	repeats                   bool // it commits although there is nothing new
	life                      model.Moment
	lifeKnown, lifeIsACommit  bool
	sinceLife, sinceLifeAtEnd span // until the rebalance began, until the join ended
	joinTook                  span
	joinKnown                 bool
}

func goneMember(e *Evidence, m model.MemberRef, owned []model.TopicPartition) *gone {
	g := &gone{e: e, ref: m, owned: len(owned), session: defaultSessionTimeout, poll: defaultPollInterval}
	if was := model.MemberIn(e.Before, m.Slot); was != nil {
		if timeout, known := was.SessionTimeout.Get(); known && timeout > 0 {
			g.session, g.sessionKnown = timeout, true
		}
		if timeout, known := was.RebalanceTimeout.Get(); known && timeout > 0 {
			g.poll, g.pollKnown = timeout, true
		}
	}
	g.readCommits(owned)
	g.readPrevious()
	joinEnded := e.Rebalance.JoinEnded
	if joinEnded.IsZero() {
		joinEnded = e.Rebalance.Ended
	}
	if e.Rebalance.Began.IsZero() || joinEnded.IsZero() {
		g.lifeKnown = false
		return g
	}
	g.joinTook, g.joinKnown = between(e.Rebalance.Began, joinEnded), true
	if g.lifeKnown {
		g.sinceLife, g.sinceLifeAtEnd = between(g.life, e.Rebalance.Began), between(g.life, joinEnded)
	}
	return g
}

// readCommits finds the newest commit of the member's partitions and how often it commits.
func (g *gone) readCommits(owned []model.TopicPartition) {
	for _, tp := range owned {
		g.arriving = g.arriving || g.e.Arriving[tp]
		g.repeats = g.repeats || g.e.Repeated[tp]
		if every := g.e.CommitEvery[tp]; every > 0 && (g.commitEvery == 0 || every < g.commitEvery) {
			g.commitEvery = every
		}
		// Of two that were at the latest at the same time, the one that is known better: in whatever order they come.
		at := g.e.Commits[tp]
		newer := at.NotAfter.After(g.life.NotAfter) || at.NotAfter.Equal(g.life.NotAfter) && at.NotBefore.After(g.life.NotBefore)
		if !at.IsZero() && (!g.lifeKnown || newer) {
			g.life, g.lifeKnown, g.lifeIsACommit = at, true, true
		}
	}
	if g.commitEvery == 0 {
		g.commitEvery = defaultCommitEvery
	}
	g.commitEvery = max(g.commitEvery, shortestRhythm)
}

// readPrevious takes the rebalance before for a sign of life, if it is newer than the newest commit: nobody but a
// static member is of a classic generation without having joined it.
func (g *gone) readPrevious() {
	p := g.e.Previous
	if p == nil || g.e.Rebalance.Type == model.TypeConsumer || g.ref.InstanceID != "" || p.To != g.e.Rebalance.From || g.e.Rebalance.From.Kind != model.GenerationExact {
		return
	}
	at := p.JoinEnded
	if at.IsZero() {
		at = p.Ended
	}
	if !at.IsZero() && (!g.lifeKnown || at.NotAfter.After(g.life.NotAfter)) {
		g.life, g.lifeKnown, g.lifeIsACommit = at, true, false
	}
}

// sessionWindow is how long after its last sign of life a member's session ends that crashed. In a classic group a
// commit and a join are heartbeats, so that it is never less than the session timeout; in a consumer group they are
// not, and the last heartbeat may be a third of it older. A commit may be as old as the time between two of them.
func (g *gone) sessionWindow() span {
	least := g.session - clockSlack
	if g.e.Rebalance.Type == model.TypeConsumer {
		least -= g.session/3 + judgeSlack
	}
	return span{least, g.session + g.commitEvery + judgeSlack}
}

// pollWindow is how long after its last sign of life a member is put out that does not poll. Java's consumer commits as
// it polls; librdkafka by a timer of its own, what it has been given already: up to an interval later. A static
// member stops its heartbeats instead of saying that it leaves, and its session has to end as well (KIP-345).
func (g *gone) pollWindow() span {
	w := span{g.poll - min(g.commitEvery, g.poll/2) - judgeSlack, g.poll + g.commitEvery + judgeSlack}
	if g.ref.InstanceID != "" {
		w.least += g.session
		w.most += g.session
	}
	return w
}

// leaveWindow is how long after its last sign of life a member leaves that neither commits as it closes nor is idle.
func (g *gone) leaveWindow() span { return span{0, g.commitEvery + judgeSlack} }

// tooEarly says that neither timeout can have passed.
func (g *gone) tooEarly(since span) bool {
	session := g.sessionWindow().least
	if !g.sessionKnown {
		session = smallestSession - judgeSlack
		if g.e.Rebalance.Type == model.TypeConsumer {
			session -= smallestSession / 3
		}
	}
	poll := g.pollWindow().least
	if !g.pollKnown {
		poll = smallestSession - judgeSlack
	}
	return since.most < min(session, poll)
}

func (g *gone) judge() finding {
	switch {
	case g.putOutOfJoin():
		return g.say(model.CauseMaxPollExceeded, model.Likely, startLater, fmt.Sprintf(
			"%s had not joined again when the join ended after %s; its max.poll.interval.ms is %s",
			g.ref.Slot, spokenSpan(g.joinTook), spoken(g.poll)))
	case !g.lifeKnown:
		return g.unknown()
	case g.sinceLife.most < 0:
		return g.duringJoin()
	case g.othersBegan() && g.endedInJoin():
		return g.sessionInJoin()
	case g.tooEarly(g.sinceLife):
		return g.early()
	}
	return g.late()
}

// putOutOfJoin says that the join waited for the member as long as its max.poll.interval.ms allows: heartbeats went on,
// or its session would have ended earlier, but it did not poll.
func (g *gone) putOutOfJoin() bool {
	if !g.pollKnown || !g.joinKnown || g.e.Rebalance.Type == model.TypeConsumer || g.ref.InstanceID != "" {
		return false
	}
	if g.sessionKnown && g.session <= g.poll && g.poll-g.session < judgeSlack && g.endedInJoin() {
		return false
	}
	return g.joinTook.least > g.poll/2 && g.joinTook.meets(span{g.poll - judgeSlack, g.poll + g.poll/20 + judgeSlack})
}

// othersBegan says that something else is known that can have begun the rebalance.
func (g *gone) othersBegan() bool {
	return len(g.e.Rebalance.Joined)+len(g.e.Rebalance.Restarted)+len(g.e.Rebalance.Left) > 1 || !g.e.subscriptionsSame() || len(g.e.Topics) > 0
}

// endedInJoin says that the join was long, and ended when the session of the member did: a dead member is waited for.
func (g *gone) endedInJoin() bool {
	if !g.lifeKnown || !g.joinKnown || g.e.Rebalance.Type == model.TypeConsumer {
		return false
	}
	return g.sinceLife.most < g.sessionWindow().least &&
		g.joinTook.least > g.session/4 && g.sinceLifeAtEnd.meets(g.sessionWindow())
}

func (g *gone) sessionInJoin() finding {
	confidence := model.Likely
	if !g.sessionKnown || g.sinceLife.least <= promptLeave {
		confidence = model.Possible
	}
	return g.say(model.CauseSessionTimeout, confidence, startLater, fmt.Sprintf(
		"%s did not join again: its %s %s before the join ended, %s", g.ref.Slot, g.lifeWords(), spokenSpan(g.sinceLifeAtEnd), g.sessionWords()))
}

// duringJoin is a member that was alive when the rebalance began.
func (g *gone) duringJoin() finding {
	words := fmt.Sprintf("%s still committed after the rebalance began", g.ref.Slot)
	if g.sinceLifeAtEnd.least >= g.sessionWindow().least {
		return g.say(model.CauseSessionTimeout, model.Possible, startLater,
			fmt.Sprintf("%s, and is gone %s later, %s", words, spokenSpan(g.sinceLifeAtEnd), g.sessionWords()))
	}
	return g.say(model.CauseMemberLeft, model.Likely, startLater, words+", and left before it ended")
}

// early is a member that went before either timeout can have passed: it must have said so.
func (g *gone) early() finding {
	words := fmt.Sprintf("%s is gone; its %s %s before", g.ref.Slot, g.lifeWords(), spokenSpan(g.sinceLife))
	begins := startAlways
	if g.lifeIsACommit && g.sinceLife.least <= promptLeave {
		begins = startTimed
	} else if g.othersBegan() {
		begins = startMaybe
	}
	switch {
	case g.ref.InstanceID != "":
		return g.say(model.CauseMemberLeft, model.Possible, begins, words+": too early for a timeout; static members seldom say that they leave")
	case g.sessionKnown:
		return g.say(model.CauseMemberLeft, model.Likely, begins, words+", "+g.sessionWords()+": it said that it leaves")
	case g.sinceLife.least <= promptLeave:
		return g.say(model.CauseMemberLeft, model.Likely, begins, words+": it said that it leaves")
	}
	return g.say(model.CauseMemberLeft, model.Likely, begins, words+": too early for a timeout")
}

// late is a member that a timeout may have put out: the one that is nearer to the time since its last sign of life. The
// other one, and a member that left without a last commit, are what else it can have been.
func (g *gone) late() finding {
	session, poll := g.sinceLife.meets(g.sessionWindow()), g.sinceLife.meets(g.pollWindow())
	leave := g.sinceLife.least <= promptLeave || g.sinceLife.meets(g.leaveWindow())
	telling := g.e.Adjacent && (g.arriving || g.repeats) && !leave
	words := fmt.Sprintf("%s is gone; its %s %s before", g.ref.Slot, g.lifeWords(), spokenSpan(g.sinceLife))
	switch {
	case g.silenceIsNothing():
		return g.say(model.CauseMemberLeft, model.Possible, startMaybe, words+"; nothing arrived to be committed, so that says little")
	case leave && (g.sinceLife.least+g.sinceLife.most)/2 < min(g.sessionWindow().least, g.pollWindow().least):
		return g.say(model.CauseMemberLeft, model.Possible, startMaybe, words)
	case session && poll && g.pollIsNearer():
		return g.say(model.CauseMaxPollExceeded, model.Possible, startTimed, words+", "+g.bothWords())
	case session && poll:
		return g.say(model.CauseSessionTimeout, model.Possible, startTimed, words+", "+g.bothWords())
	case session:
		return g.say(model.CauseSessionTimeout, likelyIf(telling && g.sessionKnown), startTimed, words+", "+g.sessionWords())
	case poll:
		return g.say(model.CauseMaxPollExceeded, likelyIf(telling && g.pollKnown && g.pollPassed()), startTimed, words+", "+g.pollWords())
	case leave:
		return g.say(model.CauseMemberLeft, model.Possible, startMaybe, words)
	}
	return g.noTimeout(words)
}

// pollPassed says that the poll timeout has passed since the last sign of life, or has so nearly that no other would do.
func (g *gone) pollPassed() bool {
	return g.sinceLife.most >= g.poll-judgeSlack || g.pollWindow().least > g.sessionWindow().most
}

// noTimeout is a member whose last sign of life was at a time that no timeout explains.
func (g *gone) noTimeout(words string) finding {
	beforePoll := g.sinceLife.least < g.pollWindow().least
	switch {
	case !g.arriving:
		return g.say(model.CauseMemberLeft, model.Possible, startMaybe, words+"; nothing arrived to be committed, so that says little")
	case beforePoll && !g.sessionKnown && g.sinceLife.least > g.leaveWindow().most:
		return g.say(model.CauseSessionTimeout, model.Possible, startMaybe, words+" although records arrive; its session timeout is not known")
	case beforePoll && g.sinceLife.most >= g.sessionWindow().least:
		// Records arrive and it did not commit them, long before it went: it was stuck, or it commits seldom.
		return g.say(model.CauseSessionTimeout, model.Possible, startMaybe, words+", longer than "+g.timeoutWords("session.timeout.ms", g.session, g.sessionKnown))
	}
	return g.say(model.CauseMemberLeft, model.Possible, startMaybe, words+", and no timeout fits that")
}

// silenceIsNothing says that the member had nothing to commit and is none that commits all the same: either its newest
// commit was of something new, or it has made none since it joined.
func (g *gone) silenceIsNothing() bool {
	return !g.arriving && !g.repeats && (g.e.Repeated != nil || !g.lifeIsACommit)
}

// pollIsNearer decides between two timeouts that both fit: the larger one that has passed, unless they are equal. Then a
// member that is back already was alive, and one that is not may have crashed.
func (g *gone) pollIsNearer() bool {
	if distance := g.poll - g.session; distance.Abs() >= judgeSlack {
		reached := g.sinceLife.most+judgeSlack >= max(g.poll, g.session)
		return (distance > 0) == reached
	}
	_, _, back := g.e.returned([]model.MemberRef{g.ref})
	return back
}

// unknown is a member of which no sign of life is known.
func (g *gone) unknown() finding {
	words := fmt.Sprintf("%s is gone; no commit of its %s is known", g.ref.Slot, count(g.owned, "partition"))
	switch {
	case g.owned == 0:
		words = fmt.Sprintf("%s is gone; it owned nothing, so no commit tells when it was last alive", g.ref.Slot)
	case g.e.Rebalance.Began.IsZero():
		words = fmt.Sprintf("%s is gone; when is not known", g.ref.Slot)
	case g.e.CommitsRead && g.arriving:
		words = fmt.Sprintf("%s is gone; it committed nothing although records arrive", g.ref.Slot)
	case g.e.CommitsRead:
		words += ": nothing arrives"
	}
	if g.ref.InstanceID != "" {
		return g.say(model.CauseSessionTimeout, model.Possible, startMaybe, words+"; static members seldom say that they leave")
	}
	if g.joinKnown && g.joinTook.least > g.session/2 && g.sessionKnown && len(g.e.Rebalance.Joined) > 0 {
		return g.say(model.CauseSessionTimeout, model.Possible, startLater, fmt.Sprintf("%s; the join waited %s, %s", words, spokenSpan(g.joinTook), g.sessionWords()))
	}
	return g.say(model.CauseMemberLeft, model.Possible, startMaybe, words)
}

func (g *gone) say(cause model.Cause, confidence model.Confidence, begins onset, words string) finding {
	return finding{Verdict: model.Verdict{Cause: cause, Confidence: confidence, Evidence: words}, start: begins}
}

func likelyIf(sure bool) model.Confidence {
	if sure {
		return model.Likely
	}
	return model.Possible
}

// lifeWords is what the last sign of life was, up to the time.
func (g *gone) lifeWords() string {
	if !g.lifeIsACommit {
		return "last sign of life, the join before, was"
	}
	return fmt.Sprintf("%s %s last committed", count(g.owned, "partition"), verb(g.owned, "was", "were"))
}

func (g *gone) sessionWords() string {
	return g.timeoutWords("session.timeout.ms", g.session, g.sessionKnown)
}
func (g *gone) pollWords() string { return g.timeoutWords("max.poll.interval.ms", g.poll, g.pollKnown) }
func (g *gone) bothWords() string {
	return g.sessionWords() + " and " + g.pollWords() + ": either fits"
}

// timeoutWords names a timeout and its value, or Kafka's default where the member's own is not known.
func (g *gone) timeoutWords(name string, value time.Duration, known bool) string {
	if name == "session.timeout.ms" && g.e.Rebalance.Type == model.TypeConsumer {
		name = "group.consumer.session.timeout.ms"
	}
	if !known {
		return fmt.Sprintf("the default of %s is %s", name, spoken(value))
	}
	return fmt.Sprintf("%s is %s", name, spoken(value))
}
