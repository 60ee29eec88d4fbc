package cause

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
)

// judgeDepartures judges why each member that is gone left; members with the same cause make one candidate.
func judgeDepartures(e *Evidence) []candidate {
	if len(e.Rebalance.Left) == 0 {
		return nil
	}
	owned := make(map[model.Slot][]model.TopicPartition)
	for tp, owner := range e.Rebalance.Before {
		owned[owner] = append(owned[owner], tp)
	}
	departures := make(map[model.Cause][]departed)
	for _, m := range e.Rebalance.Left {
		d := departureOf(e, m, owned[m.Slot]).judge()
		departures[d.Cause] = append(departures[d.Cause], departed{d, m})
	}
	var found []candidate
	for _, cause := range model.Causes() {
		if alike := departures[cause]; len(alike) > 0 {
			found = append(found, merged(alike))
		}
	}
	if len(found) == 1 && found[0].fit < alwaysStarts && len(e.Rebalance.Joined)+len(e.Rebalance.Restarted) == 0 {
		found[0].fit = alwaysStarts // nothing else is known that could have started the rebalance
	}
	return found
}

// departed is a member that is gone, with the judgement on why.
type departed struct {
	candidate
	member model.MemberRef
}

// merged makes one candidate of departures with the same cause: the one that explains the start best speaks for all.
func merged(alike []departed) candidate {
	best := slices.MaxFunc(alike, func(a, b departed) int { return int(a.fit) - int(b.fit) })
	c := best.candidate
	var others []model.MemberRef
	for _, d := range alike {
		c.Confidence = atMost(c.Confidence, d.Confidence)
		if d.origin != done {
			c.origin = d.origin
		}
		if d.member.Slot != best.member.Slot {
			others = append(others, d.member)
		}
	}
	if len(others) > 0 {
		c.Evidence += "; likewise " + model.Letters(others)
	}
	return c
}

// signOfLife is what shows that a member was alive at a moment.
type signOfLife uint8

const (
	noSign signOfLife = iota
	signCommit
	signJoin // it joined the generation before
)

// timeout is one after which a member is removed: its own, or Kafka's default where that is unknown.
type timeout struct {
	name  string
	value time.Duration
	known bool
}

func (t *timeout) set(m model.Maybe[time.Duration]) {
	if value, known := m.Get(); known && value > 0 {
		t.value, t.known = value, true
	}
}

func (t *timeout) words() string {
	if !t.known {
		return fmt.Sprintf("the default %s is %s", t.name, durationWords(t.value))
	}
	return fmt.Sprintf("%s is %s", t.name, durationWords(t.value))
}

// departure is a member that is gone, with what is known of its last moments.
type departure struct {
	e      *Evidence
	member model.MemberRef
	static bool

	session, poll  timeout
	commitInterval time.Duration
	owned          int  // partitions
	arriving       bool // records were produced to one of them lately
	recommits      bool // it commits although it has consumed nothing new

	sign           signOfLife
	lastSeen       model.Moment
	untilStart     span // from lastSeen to the start of the rebalance
	untilJoinEnd   span // from lastSeen to the end of the join phase
	joinPhase      span
	joinPhaseKnown bool
}

func departureOf(e *Evidence, m model.MemberRef, owned []model.TopicPartition) *departure {
	d := &departure{e: e, member: m, static: m.InstanceID != "", owned: len(owned)}
	d.session = timeout{name: "session.timeout.ms", value: defaultSessionTimeout}
	d.poll = timeout{name: "max.poll.interval.ms", value: defaultPollInterval}
	if e.Rebalance.Type == model.TypeConsumer {
		d.session.name = "group.consumer.session.timeout.ms"
	}
	if was := model.MemberIn(e.Before, m.Slot); was != nil {
		d.session.set(was.SessionTimeout)
		d.poll.set(was.RebalanceTimeout)
	}
	d.seeCommits(owned)
	d.seeJoin()
	joinEnded := joinEnd(e.Rebalance)
	if e.Rebalance.Began.IsZero() || joinEnded.IsZero() {
		d.sign = noSign // a time to compare it with is missing
		return d
	}
	d.joinPhase, d.joinPhaseKnown = between(e.Rebalance.Began, joinEnded), true
	if d.sign != noSign {
		d.untilStart, d.untilJoinEnd = between(d.lastSeen, e.Rebalance.Began), between(d.lastSeen, joinEnded)
	}
	return d
}

// joinEnd is when the last member had joined, or the rebalance ended where that is unknown.
func joinEnd(r *model.Rebalance) model.Moment {
	if r.JoinEnded.IsZero() {
		return r.Ended
	}
	return r.JoinEnded
}

// seeCommits finds the newest commit for the member's partitions, and how often it commits.
func (d *departure) seeCommits(owned []model.TopicPartition) {
	for _, tp := range owned {
		d.arriving = d.arriving || d.e.Arriving[tp]
		d.recommits = d.recommits || d.e.Repeated[tp]
		if every := d.e.CommitEvery[tp]; every > 0 && (d.commitInterval == 0 || every < d.commitInterval) {
			d.commitInterval = every
		}
		// Of two commits with the same upper bound the more exact one counts: the result must not depend on the order.
		at := d.e.Commits[tp]
		newer := at.NotAfter.After(d.lastSeen.NotAfter) || at.NotAfter.Equal(d.lastSeen.NotAfter) && at.NotBefore.After(d.lastSeen.NotBefore)
		if !at.IsZero() && (d.sign == noSign || newer) {
			d.lastSeen, d.sign = at, signCommit
		}
	}
	if d.commitInterval == 0 {
		d.commitInterval = defaultCommitInterval
	}
	d.commitInterval = max(d.commitInterval, shortestCommitInterval)
}

// seeJoin takes the join before for a sign of life, if it is newer than the newest commit: a member of a classic
// generation has joined it, unless it is static.
func (d *departure) seeJoin() {
	p := d.e.Previous
	if p == nil || d.e.Rebalance.Type == model.TypeConsumer || d.static || p.To != d.e.Rebalance.From || d.e.Rebalance.From.Kind != model.GenerationExact {
		return
	}
	if at := joinEnd(p); !at.IsZero() && (d.sign == noSign || at.NotAfter.After(d.lastSeen.NotAfter)) {
		d.lastSeen, d.sign = at, signJoin
	}
}

// sessionWindow is how long after its last sign of life the session of a crashed member expires. In a classic group
// commits and joins are heartbeats, so that it is never less than the session timeout; in a consumer group they are not,
// and the last heartbeat may be a third of the timeout older. A crash is up to a commit interval after the last commit.
func (d *departure) sessionWindow() span {
	least := d.session.value - clockSlack
	if d.e.Rebalance.Type == model.TypeConsumer {
		least -= d.session.value/3 + timerSlack
	}
	return span{least, d.session.value + d.commitInterval + timerSlack}
}

// pollWindow is how long after its last sign of life a member leaves that exceeds max.poll.interval.ms. Java's consumer
// commits in poll; librdkafka by a timer of its own, what it has delivered already: up to an interval later. A static
// member stops its heartbeats in place of leaving, so that its session has to expire as well (KIP-345).
func (d *departure) pollWindow() span {
	w := span{d.poll.value - min(d.commitInterval, d.poll.value/2) - timerSlack, d.poll.value + d.commitInterval + timerSlack}
	if d.static {
		w.least += d.session.value
		w.most += d.session.value
	}
	return w
}

// leaveWindow is how long after its last sign of life a busy member leaves that does not commit when it is closed.
func (d *departure) leaveWindow() span { return span{0, d.commitInterval + timerSlack} }

// beforeTimeouts reports whether neither timeout can have passed when the rebalance started.
func (d *departure) beforeTimeouts() bool {
	session, poll := d.sessionWindow().least, d.pollWindow().least
	if !d.session.known {
		session = smallestSession - timerSlack
		if d.e.Rebalance.Type == model.TypeConsumer {
			session -= smallestSession / 3
		}
	}
	if !d.poll.known {
		poll = smallestSession - timerSlack
	}
	return d.untilStart.most < min(session, poll)
}

// judge decides by what regroup or its lab did to the member; otherwise by the time since its last sign of life,
// compared with the timeouts.
func (d *departure) judge() candidate {
	fromTimes := d.judgeTimes()
	if c, found := d.judgeActions(fromTimes); found {
		return c
	}
	return fromTimes
}

func (d *departure) judgeTimes() candidate {
	switch {
	case d.missedRejoin():
		return newCandidate(model.CauseMaxPollExceeded, model.Likely, happenedDuring, fmt.Sprintf(
			"%s had not rejoined when the join phase ended after %s; its max.poll.interval.ms is %s",
			d.member.Slot, d.joinPhase, durationWords(d.poll.value)))
	case d.sign == noSign:
		return d.judgeWithoutSign()
	case d.untilStart.most < 0:
		return d.judgeAliveAtStart()
	case d.othersMayHaveStarted() && d.sessionExpiredInJoin():
		return d.judgeExpiredInJoin()
	case d.beforeTimeouts():
		return d.judgeBeforeTimeouts()
	}
	return d.judgeTimeouts()
}

// missedRejoin reports whether the join phase waited for the member for its max.poll.interval.ms: it sent heartbeats, or
// its session would have expired earlier, and did not poll.
func (d *departure) missedRejoin() bool {
	if !d.poll.known || !d.joinPhaseKnown || d.e.Rebalance.Type == model.TypeConsumer || d.static {
		return false
	}
	session, poll := d.session.value, d.poll.value
	if d.session.known && session <= poll && poll-session < timerSlack && d.sessionExpiredInJoin() {
		return false
	}
	return d.joinPhase.least > poll/2 && d.joinPhase.overlaps(span{poll - timerSlack, poll + poll/20 + timerSlack})
}

// othersMayHaveStarted reports whether something besides the departure is known that may have started the rebalance.
func (d *departure) othersMayHaveStarted() bool {
	r := d.e.Rebalance
	return len(r.Joined)+len(r.Restarted)+len(r.Left) > 1 || !d.e.subscriptionsUnchanged() || len(d.e.Topics) > 0
}

// sessionExpiredInJoin reports whether the join phase was long and ended when the member's session expired: the
// coordinator waits for a crashed member.
func (d *departure) sessionExpiredInJoin() bool {
	return d.sign != noSign && d.joinPhaseKnown && d.e.Rebalance.Type != model.TypeConsumer &&
		d.untilStart.most < d.sessionWindow().least &&
		d.joinPhase.least > d.session.value/4 && d.untilJoinEnd.overlaps(d.sessionWindow())
}

func (d *departure) judgeExpiredInJoin() candidate {
	confidence := model.Likely
	if !d.session.known || d.untilStart.least <= closesWithin {
		confidence = model.Possible
	}
	return newCandidate(model.CauseSessionTimeout, confidence, happenedDuring, fmt.Sprintf(
		"%s did not rejoin; %s was %s before the join phase ended, %s", d.member.Slot, d.signWords("its"), d.untilJoinEnd, d.session.words()))
}

func (d *departure) judgeAliveAtStart() candidate {
	words := fmt.Sprintf("%s still committed after the rebalance started", d.member.Slot)
	if d.untilJoinEnd.least >= d.sessionWindow().least {
		return newCandidate(model.CauseSessionTimeout, model.Possible, happenedDuring,
			fmt.Sprintf("%s and was gone %s later; %s", words, d.untilJoinEnd, d.session.words()))
	}
	return newCandidate(model.CauseMemberLeft, model.Likely, happenedDuring, words+" and left before it ended")
}

// judgeBeforeTimeouts judges a departure before either timeout can have passed: the member must have left by itself.
func (d *departure) judgeBeforeTimeouts() candidate {
	fit := alwaysStarts
	if d.sign == signCommit && d.untilStart.least <= closesWithin {
		fit = startsInTime
	} else if d.othersMayHaveStarted() {
		fit = mayStart
	}
	words, confidence := d.lastSeenWords(), model.Likely
	switch {
	case d.static:
		words, confidence = words+", too early for a timeout, but static members rarely send LeaveGroup", model.Possible
	case d.session.known:
		words += "; " + d.session.words() + ", so it left by itself"
	case d.untilStart.least <= closesWithin:
		words += ", so it left by itself"
	default:
		words += ", too early for a timeout"
	}
	return newCandidate(model.CauseMemberLeft, confidence, fit, words)
}

// judgeTimeouts judges a departure after a timeout may have passed: by the timeout that is nearer to the time since the
// last sign of life. The other timeout, and leaving without a last commit, are the alternatives.
func (d *departure) judgeTimeouts() candidate {
	session, poll := d.untilStart.overlaps(d.sessionWindow()), d.untilStart.overlaps(d.pollWindow())
	leave := d.untilStart.least <= closesWithin || d.untilStart.overlaps(d.leaveWindow())
	conclusive := d.e.Adjacent && (d.arriving || d.recommits) && !leave
	words := d.lastSeenWords()
	either := words + "; " + d.session.words() + " and " + d.poll.words() + ": either fits"
	switch {
	case d.needNotCommit():
		return newCandidate(model.CauseMemberLeft, model.Possible, mayStart, words+"; no new records to commit, so that is weak evidence")
	case leave && (d.untilStart.least+d.untilStart.most)/2 < min(d.sessionWindow().least, d.pollWindow().least):
		return newCandidate(model.CauseMemberLeft, model.Possible, mayStart, words)
	case session && poll && d.pollIsNearer():
		return newCandidate(model.CauseMaxPollExceeded, model.Possible, startsInTime, either)
	case session && poll:
		return newCandidate(model.CauseSessionTimeout, model.Possible, startsInTime, either)
	case session:
		return newCandidate(model.CauseSessionTimeout, likelyIf(conclusive && d.session.known), startsInTime, words+"; "+d.session.words())
	case poll:
		return newCandidate(model.CauseMaxPollExceeded, likelyIf(conclusive && d.poll.known && d.pollPassed()), startsInTime, words+"; "+d.poll.words())
	case leave:
		return newCandidate(model.CauseMemberLeft, model.Possible, mayStart, words)
	}
	return d.judgeNoTimeout(words)
}

// judgeNoTimeout judges a departure at a time that no timeout explains.
func (d *departure) judgeNoTimeout(words string) candidate {
	beforePoll := d.untilStart.least < d.pollWindow().least
	switch {
	case !d.arriving:
		return newCandidate(model.CauseMemberLeft, model.Possible, mayStart, words+"; no new records to commit, so that is weak evidence")
	case beforePoll && !d.session.known && d.untilStart.least > d.leaveWindow().most:
		return newCandidate(model.CauseSessionTimeout, model.Possible, mayStart, words+" although records arrive; its session timeout is unknown")
	case beforePoll && d.untilStart.most >= d.sessionWindow().least:
		// Records arrived and it did not commit them, long before it was gone: it was stuck, or it commits rarely.
		return newCandidate(model.CauseSessionTimeout, model.Possible, mayStart, words+", longer than a session: "+d.session.words())
	}
	return newCandidate(model.CauseMemberLeft, model.Possible, mayStart, words+"; no timeout fits that")
}

// pollPassed reports whether max.poll.interval.ms has passed since the last sign of life, or nearly so and no other
// timeout fits.
func (d *departure) pollPassed() bool {
	return d.untilStart.most >= d.poll.value-timerSlack || d.pollWindow().least > d.sessionWindow().most
}

// needNotCommit reports whether the member had nothing new to commit and does not recommit unchanged offsets: its newest
// commit was of a new offset, or it has made none since it joined.
func (d *departure) needNotCommit() bool {
	return !d.arriving && !d.recommits && (d.e.Repeated != nil || d.sign == signJoin)
}

// pollIsNearer decides between two timeouts that both fit: the larger one if it has passed. If they are equal, a member
// that has rejoined was alive, and one that has not may have crashed.
func (d *departure) pollIsNearer() bool {
	session, poll := d.session.value, d.poll.value
	if distance := poll - session; distance.Abs() >= timerSlack {
		passed := d.untilStart.most+timerSlack >= max(poll, session)
		return (distance > 0) == passed
	}
	_, _, rejoined := d.e.rejoined([]model.MemberRef{d.member})
	return rejoined
}

func (d *departure) judgeWithoutSign() candidate {
	words := fmt.Sprintf("no commit for %s's %s is known", d.member.Slot, count(d.owned, "partition"))
	switch {
	case d.owned == 0:
		words = fmt.Sprintf("%s owned no partitions, so that no commit shows when it was last alive", d.member.Slot)
	case d.e.Rebalance.Began.IsZero():
		words = fmt.Sprintf("when %s left is unknown", d.member.Slot)
	case d.e.CommitsRead && d.arriving:
		words = fmt.Sprintf("%s committed nothing although records arrive", d.member.Slot)
	case d.e.CommitsRead:
		words += ", and no records arrive"
	}
	if d.static {
		return newCandidate(model.CauseSessionTimeout, model.Possible, mayStart, words+"; static members rarely send LeaveGroup")
	}
	if d.joinPhaseKnown && d.joinPhase.least > d.session.value/2 && d.session.known && len(d.e.Rebalance.Joined) > 0 {
		return newCandidate(model.CauseSessionTimeout, model.Possible, happenedDuring, fmt.Sprintf("%s; the join phase took %s, %s", words, d.joinPhase, d.session.words()))
	}
	return newCandidate(model.CauseMemberLeft, model.Possible, mayStart, words)
}

func likelyIf(conclusive bool) model.Confidence {
	if conclusive {
		return model.Likely
	}
	return model.Possible
}

// lastSeenWords is when the member was last known to be alive.
func (d *departure) lastSeenWords() string {
	return fmt.Sprintf("%s was %s earlier", d.signWords(d.member.Slot.String()+"'s"), d.untilStart)
}

// signWords is the last sign of life; whose is the member's name in the possessive.
func (d *departure) signWords(whose string) string {
	if d.sign == signJoin {
		return whose + " last join"
	}
	return fmt.Sprintf("the last commit for %s %s", whose, count(d.owned, "partition"))
}
