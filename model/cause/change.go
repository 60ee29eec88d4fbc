package cause

import (
	"fmt"
	"slices"
	"strings"

	"regroup/model"
)

// judgeJoined judges new members.
func judgeJoined(e *Evidence) []candidate {
	joined := e.Rebalance.Joined
	if len(joined) == 0 {
		return nil
	}
	confidence := model.Likely
	if e.Adjacent {
		confidence = model.Certain
	}
	c := newCandidate(model.CauseMemberJoined, confidence, alwaysStarts, model.Letters(joined)+" joined, no member left")
	switch {
	case len(e.Rebalance.Left) > 0:
		c.Confidence = model.Likely
		c.Evidence = model.Letters(joined) + " joined"
		if was, now, found := e.rejoined(e.Rebalance.Left); found {
			c.Evidence += fmt.Sprintf("; %s has the client id and host of %s, which left", now.Slot, was.Slot)
		}
	case len(e.Before) == 0: // no other member can have started it
		if e.Rebalance.AtLeast == e.Rebalance.Superseded+1 && e.Rebalance.From.Kind == model.GenerationExact {
			c.Confidence = model.Certain
		}
		c.Evidence = model.Letters(joined) + " joined the empty group"
	case e.Previous != nil:
		if was, now, found := e.rejoined(e.Previous.Left); found {
			left := "left"
			if by := e.Previous.Verdict.Cause; by.IsDeparture() && by != model.CauseMemberLeft {
				left = "was removed from the group"
			}
			c.Evidence += fmt.Sprintf("; %s has the client id and host of %s, which %s earlier", now.Slot, was.Slot, left)
		}
	}
	for _, m := range joined {
		actions := e.actionsOn(m, func(c model.Cause) bool { return c == model.CauseMemberJoined })
		if n := len(actions); n > 0 {
			c.Confidence, c.origin = model.Certain, done
			c.Evidence = actions[n-1].sentence(m)
			break
		}
	}
	return []candidate{c}
}

// rejoined finds a dynamic member that joined with the client id and the host of one of those that left.
func (e *Evidence) rejoined(gone []model.MemberRef) (was, now model.MemberRef, found bool) {
	for _, now := range e.Rebalance.Joined {
		for _, was := range gone {
			if now.InstanceID == "" && was.InstanceID == "" && sameProcess(was, now) {
				return was, now, true
			}
		}
	}
	return model.MemberRef{}, model.MemberRef{}, false
}

// sameProcess reports whether two members may be the same process. By default all Java consumers of a group on one host
// have the same client id.
func sameProcess(a, b model.MemberRef) bool {
	return a.ClientID != "" && a.ClientID == b.ClientID && a.Host == b.Host
}

// judgeRestarted judges static members that rejoined under a new member id.
func judgeRestarted(e *Evidence) []candidate {
	restarted := e.Rebalance.Restarted
	if len(restarted) == 0 {
		return nil
	}
	words := fmt.Sprintf("%s rejoined with its group.instance.id under a new member id", model.Letters(restarted))
	if len(restarted) > 1 {
		words = fmt.Sprintf("%s rejoined with their group.instance.ids under new member ids", model.Letters(restarted))
	}
	c := newCandidate(model.CauseMemberRestarted, model.Likely, alwaysStarts, words)
	exact := e.Rebalance.From.Kind == model.GenerationExact
	same := e.Rebalance.AtLeast == 0 || exact && e.Rebalance.From == e.Rebalance.To
	switch {
	case same && exact:
		c.Confidence = model.Certain
		c.Evidence += fmt.Sprintf("; the generation is still %d: no rebalance (KIP-345)", e.Rebalance.To.Number)
	case same:
		c.Evidence += "; no partition moved: no rebalance (KIP-345)"
	case assignorChanged(e.Rebalance):
		c.fit = mayStart // a restart alone starts no rebalance
	default:
		c.Evidence += ", and the group rebalanced: its session had expired, or its subscription changed"
	}
	return []candidate{c}
}

// judgeSubscriptions judges members that stayed and changed their subscriptions. Where exactly the topics concerned were
// just created or deleted, that is the cause: a classic member that subscribes by a pattern lists the matching topics.
func judgeSubscriptions(e *Evidence) []candidate {
	return e.subscriptions(model.Likely, func(added, dropped []string) bool {
		return !e.changedLately(model.CauseTopicCreated, added) || !e.changedLately(model.CauseTopicDeleted, dropped)
	})
}

// judgeAnySubscription judges changed subscriptions even where the topics were just created or deleted: for a rebalance
// that nothing else explains.
func judgeAnySubscription(e *Evidence) []candidate {
	return e.subscriptions(model.Possible, func(_, _ []string) bool { return true })
}

// subscriptions judges members that stayed and whose subscription changed in a way that counts.
func (e *Evidence) subscriptions(confidence model.Confidence, counts func(added, dropped []string) bool) []candidate {
	var changed []model.MemberRef
	var words string
	for i := range e.After {
		now := &e.After[i]
		was := model.MemberIn(e.Before, now.Slot)
		if was == nil || !subscriptionChanged(was, now) {
			continue
		}
		added, dropped := missingFrom(was.Subscription, now.Subscription), missingFrom(now.Subscription, was.Subscription)
		if counts(added, dropped) {
			changed = append(changed, now.MemberRef)
			words = now.Slot.String() + topicsWords(added, dropped)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if len(changed) > 1 {
		words = fmt.Sprintf("%s changed their subscriptions: %s", model.Letters(changed), words)
	}
	return []candidate{newCandidate(model.CauseSubscriptionChanged, confidence, mayStart, words)}
}

// subscriptionChanged reports whether a member is known to subscribe to other topics than before.
func subscriptionChanged(was, now *model.MemberView) bool {
	return was.Subscription != nil && now.Subscription != nil && !slices.Equal(was.Subscription, now.Subscription)
}

// subscriptionsUnchanged reports whether no member that stayed is known to have changed its subscription.
func (e *Evidence) subscriptionsUnchanged() bool {
	return !slices.ContainsFunc(e.After, func(now model.MemberView) bool {
		was := model.MemberIn(e.Before, now.Slot)
		return was != nil && subscriptionChanged(was, &now)
	})
}

// changedLately reports whether all of the topics are known to have been created, or deleted, lately.
func (e *Evidence) changedLately(cause model.Cause, topics []string) bool {
	for _, topic := range topics {
		if e.newestChange(cause, topic) == nil {
			return false
		}
	}
	return true
}

// missingFrom returns the topics of other that are not in topics.
func missingFrom(topics, other []string) []string {
	var missing []string
	for _, topic := range other {
		if !slices.Contains(topics, topic) {
			missing = append(missing, topic)
		}
	}
	return missing
}

// topicsNamed is how many topics a sentence names; more are counted.
const topicsNamed = 2

// topicsWords is what follows the member's letter: " now also subscribes to u".
func topicsWords(added, dropped []string) string {
	list := func(topics []string) string {
		if len(topics) > topicsNamed {
			return count(len(topics), "topic")
		}
		return strings.Join(topics, " and ")
	}
	switch {
	case len(dropped) == 0:
		return " now also subscribes to " + list(added)
	case len(added) == 0:
		return " no longer subscribes to " + list(dropped)
	}
	return fmt.Sprintf(" now subscribes to %s, no longer to %s", list(added), list(dropped))
}

// judgeAssignor judges that the members agreed on another assignor. A group that is or was empty has none.
func judgeAssignor(e *Evidence) []candidate {
	if !assignorChanged(e.Rebalance) {
		return nil
	}
	c := newCandidate(model.CauseAssignorChanged, model.Likely, hardlyStarts,
		fmt.Sprintf("the assignor changed from %s to %s", e.Rebalance.AssignorBefore, e.Rebalance.AssignorAfter))
	switch {
	case e.membersUnchanged():
		c.fit = mayStart
		c.Evidence += "; members unchanged"
	case len(e.Rebalance.Joined)+len(e.Rebalance.Left) == 0:
		c.fit = alwaysStarts
		c.Evidence += fmt.Sprintf("; %s rejoined with it", model.Letters(e.Rebalance.Restarted))
	}
	return []candidate{c}
}

func assignorChanged(r *model.Rebalance) bool {
	return r.AssignorBefore != "" && r.AssignorAfter != "" && r.AssignorBefore != r.AssignorAfter
}

// judgeCoordinator judges that another broker coordinates the group: members have to find it, and some rejoin then.
func judgeCoordinator(e *Evidence) []candidate {
	if !e.CoordinatorMoved {
		return nil
	}
	c := newCandidate(model.CauseCoordinatorMoved, model.Possible, hardlyStarts, "another broker became the group coordinator")
	if e.membersUnchanged() {
		c.Confidence = model.Likely
		c.Evidence += "; members unchanged"
	}
	return []candidate{c}
}

// judgeSecondCooperative recognizes the second rebalance of the cooperative protocol: partitions that were revoked in
// the previous rebalance are assigned. With an unknown assignor that counts only where the members are unchanged.
func judgeSecondCooperative(e *Evidence) []candidate {
	protocol := e.Rebalance.Protocol()
	if e.Rebalance.Type.Reconciles() || protocol == model.ProtocolEager || e.Previous == nil || len(e.Before) == 0 ||
		protocol == model.ProtocolUnknown && !e.membersUnchanged() {
		return nil
	}
	assigned, revoked := e.assigned()
	if revoked == 0 {
		return nil
	}
	c := newCandidate(model.CauseSecondCooperative, model.Likely, happenedDuring, fmt.Sprintf(
		"%s revoked in the previous rebalance %s assigned (KIP-429)", count(revoked, "partition"), verb(revoked, "was", "were")))
	switch {
	case e.membersUnchanged():
		c.fit = alwaysStarts
		if protocol == model.ProtocolIncremental && e.Adjacent && revoked == assigned && revoked == len(e.Rebalance.Moves) &&
			e.Previous.To == e.Rebalance.From && e.subscriptionsUnchanged() && len(e.Topics) == 0 {
			c.Confidence = model.Certain
		}
	case !e.Rebalance.Began.IsZero() && between(e.Previous.Ended, e.Rebalance.Began).most <= secondWithin:
		c.fit = startsInTime // members that joined or left as well did so while it was in progress
	}
	return []candidate{c}
}

// assigned is how many partitions without an owner were assigned, and how many of them had been revoked in the previous
// rebalance.
func (e *Evidence) assigned() (assigned, revoked int) {
	wasRevoked := make(map[model.TopicPartition]bool)
	for _, m := range e.Previous.Moves {
		if m.From != model.Nobody && m.To == model.Nobody {
			wasRevoked[m.TopicPartition] = true
		}
	}
	for _, m := range e.Rebalance.Moves {
		if m.From != model.Nobody || m.To == model.Nobody {
			continue
		}
		assigned++
		if wasRevoked[m.TopicPartition] {
			revoked++
		}
	}
	return assigned, revoked
}
