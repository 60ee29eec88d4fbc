package cause

import (
	"fmt"
	"slices"
	"strings"

	"regroup/model"
)

// judgeJoined tells of members that are new.
func judgeJoined(e *Evidence) []finding {
	joined := e.Rebalance.Joined
	if len(joined) == 0 {
		return nil
	}
	f := finding{start: startAlways, Verdict: model.Verdict{Cause: model.CauseMemberJoined, Confidence: e.sure()}}
	f.Evidence = fmt.Sprintf("%s joined, nobody is gone", model.Letters(joined))
	switch {
	case len(e.Rebalance.Left) > 0:
		f.Confidence = atMost(f.Confidence, model.Likely)
		f.Evidence = fmt.Sprintf("%s joined", model.Letters(joined))
		if was, now, found := e.returned(e.Rebalance.Left); found {
			f.Evidence += fmt.Sprintf("; %s has the client id and host of %s, which is gone", now.Slot, was.Slot)
		}
	case len(e.Before) == 0: // nobody else can have begun it
		if e.Rebalance.AtLeast == e.Rebalance.Superseded+1 && e.Rebalance.From.Kind == model.GenerationExact {
			f.Confidence = model.Certain
		}
		f.Evidence = fmt.Sprintf("%s joined, the group had no members", model.Letters(joined))
	default:
		if e.Previous == nil {
			break
		}
		if was, now, found := e.returned(e.Previous.Left); found {
			f.Evidence += fmt.Sprintf("; %s has the client id and host of %s, which %s before", now.Slot, was.Slot, goneBy(e.Previous))
		}
	}
	for _, m := range joined {
		if deeds := e.actionsOn(m, func(c model.Cause) bool { return c == model.CauseMemberJoined }); len(deeds) > 0 {
			f.Confidence, f.deed = model.Certain, true
			f.Evidence = fmt.Sprintf("%s joined: %s", m.Slot, deeds[len(deeds)-1].Words)
			break
		}
	}
	return []finding{f}
}

// returned finds a dynamic member that joined with the client id and the host of one that is gone.
func (e *Evidence) returned(gone []model.MemberRef) (was, now model.MemberRef, found bool) {
	for _, now := range e.Rebalance.Joined {
		for _, was := range gone {
			if now.InstanceID == "" && was.InstanceID == "" && sameProcess(was, now) {
				return was, now, true
			}
		}
	}
	return model.MemberRef{}, model.MemberRef{}, false
}

// sameProcess says that two members may be one process: Java's consumers of one host and group have the same client id
// unless they were given others.
func sameProcess(a, b model.MemberRef) bool {
	return a.ClientID != "" && a.ClientID == b.ClientID && a.Host == b.Host
}

// goneBy is how the members that an earlier rebalance lost went.
func goneBy(r *model.Rebalance) string {
	switch r.Verdict.Cause {
	case model.CauseSessionTimeout, model.CauseMaxPollExceeded:
		return "was put out"
	case model.CauseMemberLeft:
		return "left"
	}
	return "went"
}

// judgeRestarted tells of static members that came back under another member id.
func judgeRestarted(e *Evidence) []finding {
	back := e.Rebalance.Restarted
	if len(back) == 0 {
		return nil
	}
	who := fmt.Sprintf("%s came back under another member id with its group.instance.id", model.Letters(back))
	if len(back) > 1 {
		who = fmt.Sprintf("%s came back under other member ids with their group.instance.ids", model.Letters(back))
	}
	f := finding{start: startAlways, Verdict: model.Verdict{Cause: model.CauseMemberRestarted, Confidence: model.Likely}}
	same := e.Rebalance.AtLeast == 0 || e.Rebalance.From.Kind == model.GenerationExact && e.Rebalance.From == e.Rebalance.To
	switch {
	case same && e.Rebalance.From.Kind == model.GenerationExact:
		f.Confidence = model.Certain
		f.Evidence = fmt.Sprintf("%s; the generation is still %d: no rebalance (KIP-345)", who, e.Rebalance.To.Number)
	case same:
		f.Evidence = who + "; nothing moved: no rebalance (KIP-345)"
	case assignorChanged(e.Rebalance):
		// By itself it would have been taken back without a rebalance.
		f.start, f.Evidence = startMaybe, who
	default:
		f.Evidence = who + ", and the group rebalanced: its session had ended, or it subscribes otherwise"
	}
	return []finding{f}
}

// judgeSubscriptions tells of members that stayed and subscribe to other topics than before. Where the topics have just
// come or gone that is their doing: a classic member that subscribes by a pattern names the topics that match.
func judgeSubscriptions(e *Evidence) []finding {
	return e.subscriptions(model.Likely, func(added, dropped []string) bool {
		return !e.changedOfLate(model.CauseTopicCreated, added) || !e.changedOfLate(model.CauseTopicDeleted, dropped)
	})
}

// judgeAnySubscription tells of them also where the topics have just come or gone: for a rebalance that nothing else
// explains.
func judgeAnySubscription(e *Evidence) []finding {
	return e.subscriptions(model.Possible, func(_, _ []string) bool { return true })
}

// subscriptions tells of the members that stayed and subscribe otherwise in a way that counts.
func (e *Evidence) subscriptions(confidence model.Confidence, counts func(added, dropped []string) bool) []finding {
	var changed []model.MemberRef
	var words string
	for i := range e.After {
		now := &e.After[i]
		was := model.MemberIn(e.Before, now.Slot)
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
	f := finding{start: startMaybe, Verdict: model.Verdict{Cause: model.CauseSubscriptionChanged, Confidence: confidence}}
	f.Evidence = fmt.Sprintf("%s subscribes to %s", model.Letters(changed), words)
	if len(changed) > 1 {
		f.Evidence = fmt.Sprintf("%s subscribe to other topics than before, %s to %s", model.Letters(changed), changed[len(changed)-1].Slot, words)
	}
	return []finding{f}
}

// changedOfLate says that the topics are all known to have been created, or deleted, lately.
func (e *Evidence) changedOfLate(cause model.Cause, topics []string) bool {
	for _, topic := range topics {
		if !slices.ContainsFunc(e.Topics, func(c TopicChange) bool { return c.Topic == topic && c.Cause == cause }) {
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
func judgeAssignor(e *Evidence) []finding {
	if !assignorChanged(e.Rebalance) {
		return nil
	}
	was, now := e.Rebalance.AssignorBefore, e.Rebalance.AssignorAfter
	f := finding{start: startUnlikely, Verdict: model.Verdict{Cause: model.CauseAssignorChanged, Confidence: model.Likely}}
	f.Evidence = fmt.Sprintf("the assignor is %s, it was %s", now, was)
	switch {
	case e.membersSame():
		f.start = startMaybe
		f.Evidence += "; the members are the same"
	case len(e.Rebalance.Joined)+len(e.Rebalance.Left) == 0:
		f.start = startAlways
		f.Evidence += fmt.Sprintf("; %s came back with it", model.Letters(e.Rebalance.Restarted))
	}
	return []finding{f}
}

func assignorChanged(r *model.Rebalance) bool {
	return r.AssignorBefore != "" && r.AssignorAfter != "" && r.AssignorBefore != r.AssignorAfter
}

// judgeCoordinator tells that another broker coordinates the group: its members have to find it, and some join again
// when they do.
func judgeCoordinator(e *Evidence) []finding {
	if !e.CoordinatorMoved {
		return nil
	}
	f := finding{start: startUnlikely, Verdict: model.Verdict{Cause: model.CauseCoordinatorMoved, Confidence: model.Possible}}
	f.Evidence = "another broker has become the group's coordinator"
	if e.membersSame() {
		f.Confidence = model.Likely
		f.Evidence += ", the members are the same"
	}
	return []finding{f}
}

// judgeFollowUp recognises the second half of a cooperative rebalance: partitions that members gave up in the one before
// get their new owners.
func judgeFollowUp(e *Evidence) []finding {
	protocol := e.Rebalance.Protocol()
	if e.Rebalance.Type.Reconciles() || protocol == model.ProtocolEager || e.Previous == nil || len(e.Before) == 0 ||
		protocol == model.ProtocolUnknown && !e.membersSame() {
		return nil
	}
	handed, given := e.handedOut()
	if given == 0 {
		return nil
	}
	f := finding{start: startLater, Verdict: model.Verdict{Cause: model.CauseSecondCooperative, Confidence: model.Likely}}
	f.Evidence = fmt.Sprintf("%s that %s given up in the rebalance before %s an owner again (KIP-429)",
		count(given, "partition"), verb(given, "was", "were"), verb(given, "has", "have"))
	gap := between(e.Previous.Ended, e.Rebalance.Began)
	switch {
	case e.membersSame():
		f.start = startAlways
		if protocol == model.ProtocolIncremental && e.Adjacent && given == handed && given == len(e.Rebalance.Moves) && e.Previous.To == e.Rebalance.From && e.subscriptionsSame() && len(e.Topics) == 0 {
			f.Confidence = model.Certain
		}
	case !e.Rebalance.Began.IsZero() && gap.most <= followUpWithin:
		// Who came or went as well did so while it was under way.
		f.start = startTimed
	}
	return []finding{f}
}

// handedOut is how many partitions without an owner have one now, and how many of them had been given up in the
// rebalance before.
func (e *Evidence) handedOut() (handed, given int) {
	gaveUp := make(map[model.TopicPartition]bool)
	for _, m := range e.Previous.Moves {
		if m.From != model.Nobody && m.To == model.Nobody {
			gaveUp[m.TopicPartition] = true
		}
	}
	for _, m := range e.Rebalance.Moves {
		if m.From != model.Nobody || m.To == model.Nobody {
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
func (e *Evidence) subscriptionsSame() bool {
	for i := range e.After {
		was := model.MemberIn(e.Before, e.After[i].Slot)
		if was != nil && was.Subscription != nil && e.After[i].Subscription != nil && !slices.Equal(was.Subscription, e.After[i].Subscription) {
			return false
		}
	}
	return true
}
