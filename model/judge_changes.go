package model

import (
	"fmt"
	"slices"
	"strings"
)

// judgeJoined tells of members that are new.
func judgeJoined(e *evidence) []finding {
	joined := e.r.Joined
	if len(joined) == 0 {
		return nil
	}
	f := finding{start: startAlways, Verdict: Verdict{Cause: CauseMemberJoined, Confidence: e.sure()}}
	f.Evidence = fmt.Sprintf("%s joined, nobody is gone", letters(joined))
	switch {
	case len(e.r.Left) > 0:
		f.Confidence = atMost(f.Confidence, Likely)
		f.Evidence = fmt.Sprintf("%s joined", letters(joined))
		if was, now, found := e.returned(e.r.Left); found {
			f.Evidence += fmt.Sprintf("; %s has the client id and host of %s, which is gone", now.Lane, was.Lane)
		}
	case len(e.before) == 0: // nobody else can have begun it
		if e.r.AtLeast == e.r.Overtaken+1 && e.r.From.Kind == GenerationExact {
			f.Confidence = Certain
		}
		f.Evidence = fmt.Sprintf("%s joined, the group had no members", letters(joined))
	default:
		if e.previous == nil {
			break
		}
		if was, now, found := e.returned(e.previous.Left); found {
			f.Evidence += fmt.Sprintf("; %s has the client id and host of %s, which %s before", now.Lane, was.Lane, goneBy(e.previous))
		}
	}
	for _, m := range joined {
		if deeds := e.deedsTo(m, CauseMemberJoined); len(deeds) > 0 {
			f.Confidence, f.deed = Certain, true
			f.Evidence = fmt.Sprintf("%s joined: %s", m.Lane, deeds[len(deeds)-1].words)
			break
		}
	}
	return []finding{f}
}

// returned finds a dynamic member that joined with the client id and the host of one that is gone.
func (e *evidence) returned(gone []MemberRef) (was, now MemberRef, found bool) {
	for _, now := range e.r.Joined {
		for _, was := range gone {
			if now.InstanceID == "" && was.InstanceID == "" && sameProcess(was, now) {
				return was, now, true
			}
		}
	}
	return MemberRef{}, MemberRef{}, false
}

// sameProcess says that two members may be one process: Java's consumers of one host and group have the same client id
// unless they were given others.
func sameProcess(a, b MemberRef) bool {
	return a.ClientID != "" && a.ClientID == b.ClientID && a.Host == b.Host
}

// goneBy is how the members that an earlier rebalance lost went.
func goneBy(r *Rebalance) string {
	switch r.Verdict.Cause {
	case CauseSessionTimedOut, CausePollTookTooLong:
		return "was put out"
	case CauseMemberLeft:
		return "left"
	}
	return "went"
}

// judgeRestarted tells of static members that came back under another member id.
func judgeRestarted(e *evidence) []finding {
	back := e.r.Restarted
	if len(back) == 0 {
		return nil
	}
	who := fmt.Sprintf("%s came back under another member id with its group.instance.id", letters(back))
	if len(back) > 1 {
		who = fmt.Sprintf("%s came back under other member ids with their group.instance.ids", letters(back))
	}
	f := finding{start: startAlways, Verdict: Verdict{Cause: CauseMemberRestarted, Confidence: Likely}}
	same := e.r.AtLeast == 0 || e.r.From.Kind == GenerationExact && e.r.From == e.r.To
	switch {
	case same && e.r.From.Kind == GenerationExact:
		f.Confidence = Certain
		f.Evidence = fmt.Sprintf("%s; the generation is still %d: no rebalance (KIP-345)", who, e.r.To.Number)
	case same:
		f.Evidence = who + "; nothing moved: no rebalance (KIP-345)"
	case assignorChanged(e.r):
		// By itself it would have been taken back without a rebalance.
		f.start, f.Evidence = startMaybe, who
	default:
		f.Evidence = who + ", and the group rebalanced: its session had ended, or it subscribes otherwise"
	}
	return []finding{f}
}

// judgeSubscriptions tells of members that stayed and subscribe to other topics than before. Where the topics have just
// come or gone that is their doing: a classic member that subscribes by a pattern names the topics that match.
func judgeSubscriptions(e *evidence) []finding {
	return e.subscriptions(Likely, func(added, dropped []string) bool {
		return !e.changedOfLate(CauseTopicCreated, added) || !e.changedOfLate(CauseTopicDeleted, dropped)
	})
}

// judgeAnySubscription tells of them also where the topics have just come or gone: for a rebalance that nothing else
// explains.
func judgeAnySubscription(e *evidence) []finding {
	return e.subscriptions(Possible, func(_, _ []string) bool { return true })
}

// subscriptions tells of the members that stayed and subscribe otherwise in a way that counts.
func (e *evidence) subscriptions(confidence Confidence, counts func(added, dropped []string) bool) []finding {
	var changed []MemberRef
	var words string
	for i := range e.after {
		now := &e.after[i]
		was := memberIn(e.before, now.Lane)
		if was == nil || was.Subscription == nil || now.Subscription == nil || slices.Equal(was.Subscription, now.Subscription) {
			continue
		}
		added, dropped := missingFrom(was.Subscription, now.Subscription), missingFrom(now.Subscription, was.Subscription)
		if counts(added, dropped) {
			changed = append(changed, now.MemberRef)
			words = topicsWords(added, dropped)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	f := finding{start: startMaybe, Verdict: Verdict{Cause: CauseSubscriptionChanged, Confidence: confidence}}
	f.Evidence = fmt.Sprintf("%s subscribes to %s", letters(changed), words)
	if len(changed) > 1 {
		f.Evidence = fmt.Sprintf("%s subscribe to other topics than before, %s to %s", letters(changed), changed[len(changed)-1].Lane, words)
	}
	return []finding{f}
}

// changedOfLate says that the topics are all known to have been created, or deleted, lately.
func (e *evidence) changedOfLate(cause Cause, topics []string) bool {
	for _, topic := range topics {
		if !slices.ContainsFunc(e.topics, func(c topicChange) bool { return c.topic == topic && c.cause == cause }) {
			return false
		}
	}
	return true
}

// missingFrom are the topics of other that are not in topics.
func missingFrom(topics, other []string) []string {
	var missing []string
	for _, topic := range other {
		if !slices.Contains(topics, topic) {
			missing = append(missing, topic)
		}
	}
	return missing
}

// topicsNamed is how many topics a sentence names before it counts them.
const topicsNamed = 2

func topicsWords(added, dropped []string) string {
	list := func(topics []string) string {
		if len(topics) > topicsNamed {
			return count(len(topics), "topic")
		}
		return strings.Join(topics, " and ")
	}
	switch {
	case len(dropped) == 0:
		return list(added) + " as well now"
	case len(added) == 0:
		return list(dropped) + " no longer"
	}
	return fmt.Sprintf("%s now, to %s no longer", list(added), list(dropped))
}

// judgeAssignor tells that the members chose another protocol. A group that was or is empty has none.
func judgeAssignor(e *evidence) []finding {
	if !assignorChanged(e.r) {
		return nil
	}
	was, now := e.r.AssignorBefore, e.r.AssignorAfter
	f := finding{start: startUnlikely, Verdict: Verdict{Cause: CauseAssignorChanged, Confidence: Likely}}
	f.Evidence = fmt.Sprintf("the assignor is %s, it was %s", now, was)
	switch {
	case e.membersSame():
		f.start = startMaybe
		f.Evidence += "; the members are the same"
	case len(e.r.Joined)+len(e.r.Left) == 0:
		f.start = startAlways
		f.Evidence += fmt.Sprintf("; %s came back with it", letters(e.r.Restarted))
	}
	return []finding{f}
}

func assignorChanged(r *Rebalance) bool {
	return r.AssignorBefore != "" && r.AssignorAfter != "" && r.AssignorBefore != r.AssignorAfter
}

// judgeCoordinator tells that another broker coordinates the group: its members have to find it, and some join again
// when they do.
func judgeCoordinator(e *evidence) []finding {
	if !e.coordinator {
		return nil
	}
	f := finding{start: startUnlikely, Verdict: Verdict{Cause: CauseCoordinatorMoved, Confidence: Possible}}
	f.Evidence = "another broker has become the group's coordinator"
	if e.membersSame() {
		f.Confidence = Likely
		f.Evidence += ", the members are the same"
	}
	return []finding{f}
}

// judgeFollowUp recognises the second half of a cooperative rebalance: partitions that members gave up in the one before
// get their new owners.
func judgeFollowUp(e *evidence) []finding {
	if reconciles(e.r.Type) || e.r.Protocol() != ProtocolIncremental || e.previous == nil || len(e.before) == 0 {
		return nil
	}
	handed, given := e.handedOut()
	if given == 0 {
		return nil
	}
	f := finding{start: startLater, Verdict: Verdict{Cause: CauseCooperativeFollowUp, Confidence: Likely}}
	f.Evidence = fmt.Sprintf("%s that %s given up in the rebalance before %s an owner again (KIP-429)",
		count(given, "partition"), verb(given, "was", "were"), verb(given, "has", "have"))
	gap := between(e.previous.Ended, e.r.Began)
	switch {
	case e.membersSame():
		f.start = startAlways
		if e.adjacent && given == handed && given == len(e.r.Moves) && e.previous.To == e.r.From && e.subscriptionsSame() && len(e.topics) == 0 {
			f.Confidence = Certain
		}
	case !e.r.Began.IsZero() && gap.most <= followUpWithin:
		// Who came or went as well did so while it was under way.
		f.start = startTimed
	}
	return []finding{f}
}

// handedOut is how many partitions without an owner have one now, and how many of them had been given up in the
// rebalance before.
func (e *evidence) handedOut() (handed, given int) {
	gaveUp := make(map[TopicPartition]bool)
	for _, m := range e.previous.Moves {
		if m.From != Nobody && m.To == Nobody {
			gaveUp[m.TopicPartition] = true
		}
	}
	for _, m := range e.r.Moves {
		if m.From != Nobody || m.To == Nobody {
			continue
		}
		handed++
		if gaveUp[m.TopicPartition] {
			given++
		}
	}
	return handed, given
}

// subscriptionsSame says that no member that stayed is known to subscribe otherwise.
func (e *evidence) subscriptionsSame() bool {
	for i := range e.after {
		was := memberIn(e.before, e.after[i].Lane)
		if was != nil && was.Subscription != nil && e.after[i].Subscription != nil && !slices.Equal(was.Subscription, e.after[i].Subscription) {
			return false
		}
	}
	return true
}
