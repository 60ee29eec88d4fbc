package explain

import (
	"fmt"
	"slices"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/text"
)

func memberPage(c Context, g *model.GroupView, slot model.Slot) Page {
	if slot == model.Nobody {
		return notConsumedPage(c, g)
	}
	m := g.Member(slot)
	if m == nil {
		return formerMemberPage(c, g, slot)
	}
	p := Page{Title: "Member " + memberName(m.MemberRef)}
	if consumer := labConsumerOf(c, m.MemberID); consumer != nil && consumer.State != model.LabRunning && labStateWords[consumer.State] != nil {
		p.Title += ", " + string(consumer.State)
		labStateWords[consumer.State](&p, c, g, consumer)
		if consumer.State.Ended() || consumer.State == model.LabPaused {
			labSettings(&p, consumer)
			return p
		}
	}
	assignmentWords(&p, c, g, m)
	if m.Slot == g.Leader {
		p.addf("★: it is the group leader. The coordinator sends it the subscriptions of all members, and it computes the assignment.")
	}
	livenessWords(&p, c, g, m)
	if m.InstanceID != "" {
		p.addf("It is a static member (group.instance.id %s): it keeps its letter and its partitions if it restarts within its session timeout; a shutdown does not start a rebalance before that.", m.InstanceID)
		p.addSetting("group.instance.id", m.InstanceID)
	}
	if len(p.Actions) == 0 {
		memberActions(&p, g, m)
	}
	return p
}

// assignmentWords explain what a member owns, and its lag.
func assignmentWords(p *Page, c Context, g *model.GroupView, m *model.MemberView) {
	joined := ""
	if !m.Since.IsZero() {
		joined = fmt.Sprintf(" It joined at %s.", m.Since.Format("15:04:05"))
	}
	switch {
	case m.AssignmentPrevious:
		p.addf("Before the rebalance in progress it owned %s. Its new assignment is not decided yet.%s", partitions(m.Assignment), joined)
		switch evidence := c.readings(g).Member(m.Slot).Evidence; {
		case evidence == ownership.Rejoining:
			p.addf("It keeps consuming until its next heartbeat tells it to rejoin.")
		case evidence == ownership.ProtocolUnknown && g.Assignor != "":
			p.addf("It may keep consuming: whether %s is eager or incremental is unknown.", g.Assignor)
		}
	case !m.AssignmentKnown && g.Rebalancing():
		p.addf("It is joining: it has no assignment yet and consumes nothing.%s", joined)
	case !m.AssignmentKnown:
		problem := m.AssignmentProblem
		if problem == "" {
			problem = "the coordinator did not report it"
		}
		p.addf("Its assignment is unknown: %s.%s", problem, joined)
	case len(m.Assignment) == 0:
		p.addf("It owns no partition: there are fewer partitions than members, the assignor left it without one, or it subscribes to other topics. It is a standby that takes over when another member leaves.%s", joined)
	default:
		p.addf("It owns %s.%s", partitions(m.Assignment), joined)
	}
	if lag, known := m.Lag.Get(); known && len(m.Assignment) > 0 {
		rate := "its commit rate is not known yet"
		if r, known := m.ConsumeRate.Get(); known {
			rate = "it commits " + text.Rate(r)
		}
		p.addf("Lag %s; %s.", text.Count(lag), rate)
	}
	if g.Type.Reconciles() {
		memberTarget(p, c, g, m)
	}
}

// memberTarget explains how far a member of a consumer group has converged on its target assignment.
func memberTarget(p *Page, c Context, g *model.GroupView, m *model.MemberView) {
	if epoch, known := m.Epoch.Get(); known && g.Generation.Kind == model.GenerationExact {
		switch {
		case epoch < g.Generation.Number:
			p.addf("Its member epoch is %d, the group epoch %d: it has not converged yet.", epoch, g.Generation.Number)
		case epoch == g.Generation.Number:
			p.addf("Its member epoch is %d, equal to the group epoch.", epoch)
		default:
			p.addf("Its member epoch is %d; the known group epoch is older.", epoch)
		}
	}
	readings := c.readings(g)
	for _, t := range readings.Waiting(m.Slot) {
		if t.With == model.Nobody {
			p.addf("It will receive %s, which no member owns any more, in its next heartbeat response.", partitions(t.Partitions))
		} else {
			p.addf("It is waiting for %s, which %s still owns.", partitions(t.Partitions), t.With)
		}
	}
	for _, t := range readings.Revoking(m.Slot) {
		words := "It must revoke %s; its next heartbeat response requests that."
		if len(m.PendingRevocation) > 0 {
			words = "It must revoke %s and has not done so yet: it first processes the records that it has polled, and commits."
		}
		p.addf(words, partitions(t.Partitions))
	}
	if words := memberStates[m.State]; words != "" {
		p.addf("The coordinator reports its state as %s: %s.", m.State, words)
	}
}

// memberStates explain the states of a member of a consumer group; "" adds nothing to the other sentences.
var memberStates = map[model.MemberState]string{
	model.MemberStateUnknown:         "",
	model.MemberStable:               "",
	model.MemberUnrevokedPartitions:  "it has not revoked all partitions that it loses",
	model.MemberUnreleasedPartitions: "partitions of its target assignment are still owned by others",
	model.MemberStateOther:           "a state of newer brokers",
}

// livenessWords explain the last sign of life of a member, and what happens without heartbeats or polls.
func livenessWords(p *Page, c Context, g *model.GroupView, m *model.MemberView) {
	if at := ownership.LastCommit(g, m.Slot); !at.IsZero() {
		p.addf("Its last commit was %s. That is the only sign of life that regroup can observe: heartbeats go to the coordinator.", ago(c.Now, at))
	} else {
		p.addf("No commit of it was observed so far. That is the only sign of life that regroup can observe: heartbeats go to the coordinator.")
	}
	session, poll := m.SessionTimeout, m.RebalanceTimeout
	name := "session.timeout.ms"
	if g.Type.Reconciles() {
		name = "group.consumer.session.timeout.ms"
		p.addf("If its heartbeats stop for the session timeout of the group, the coordinator removes it, and %s. The broker sets that timeout; regroup does not read broker settings.", takeover(g, m.Slot, "its partitions"))
		p.addSettings(name, "group.consumer.heartbeat.interval.ms")
	} else {
		if d, known := session.Get(); known {
			p.addf("If its heartbeats stop for %s, the coordinator removes it, and %s.", duration(d), takeover(g, m.Slot, "its partitions"))
		} else {
			p.addf("The session timeout of this member is unknown: %s", timeoutUnknown(c))
		}
		p.addTimeout(name, session)
		if consumer := labConsumerOf(c, m.MemberID); consumer != nil && consumer.Settings.SessionTimeout > 0 {
			p.addSetting("heartbeat.interval.ms", duration(heartbeatInterval(consumer)))
		} else {
			p.addSettings("heartbeat.interval.ms")
		}
	}
	if d, known := poll.Get(); known {
		p.addf("If it does not call poll() for %s, because processing takes longer, it %s.", duration(d), pollExceeded(m))
	}
	p.addTimeout("max.poll.interval.ms", poll)
}

// pollExceeded is what a member does when it exceeds max.poll.interval.ms.
func pollExceeded(m *model.MemberView) string {
	if m.InstanceID != "" {
		return "stops its heartbeats, as a static member, and is removed at its session timeout"
	}
	return "leaves the group, and rejoins with its next poll()"
}

// timeoutUnknown is why a member's timeouts are unknown.
func timeoutUnknown(c Context) string {
	if c.View.Tail.State == model.TailOn || c.View.GenerationsExact {
		return "it is in the record that the coordinator writes at the next rebalance."
	}
	return "it is in __consumer_offsets, which is not read."
}

func memberActions(p *Page, g *model.GroupView, m *model.MemberView) {
	switch {
	case g.Trend == model.TrendStalled && m.ConsumeRate == model.Some(0.0) && m.Lag.Or(0) > 0:
		p.advise("It has lag and does not commit: check its log. If it is stuck, stop its process; the others take over at once if it leaves, at its session timeout if it is killed.")
	case len(m.Assignment) == 0 && m.AssignmentKnown:
		p.advise("Add partitions to the topic to use it, or stop it if no standby is wanted.")
	default:
		p.advise("To remove it from the group, stop its process so that it closes its consumer: it leaves at once. If it is killed, the group waits for its session timeout.")
	}
}

// notConsumedPage explains partitions that are not consumed: unassigned, without an active consumer, or still paused.
func notConsumedPage(c Context, g *model.GroupView) Page {
	readings := c.readings(g)
	of := map[ownership.Kind][]model.TopicPartition{}
	owners := map[ownership.Kind][]model.Slot{}
	for _, tp := range readings.Paused() {
		reading := readings.Of(tp)
		of[reading.Kind] = append(of[reading.Kind], tp)
		if !slices.Contains(owners[reading.Kind], reading.Reader) {
			owners[reading.Kind] = append(owners[reading.Kind], reading.Reader)
		}
	}
	if len(of) == 0 {
		p := Page{Title: "Every partition is consumed"}
		p.addf("Every subscribed partition has an owner, and no pause is known.")
		return p
	}
	p := Page{Title: "Not consumed: " + partitions(readings.Paused())}
	if tps := of[ownership.NoActiveConsumer]; len(tps) > 0 {
		if g.Rebalancing() {
			p.addf("%s: no active consumer until the rebalance completes.", partitions(tps))
		} else {
			p.addf("%s: no active consumer. The process of %s has stopped, and the coordinator waits for the session timeout.", partitions(tps), letters(owners[ownership.NoActiveConsumer]))
			p.addSettingsOf(g, "session.timeout.ms")
		}
	}
	if tps := of[ownership.StillPaused]; len(tps) > 0 {
		p.addf("%s: still paused. Assigned to %s, and no commit was observed since.", partitions(tps), letters(owners[ownership.StillPaused]))
	}
	if tps := of[ownership.Unassigned]; len(tps) > 0 {
		unassignedWords(&p, g, tps)
	}
	return p
}

func unassignedWords(p *Page, g *model.GroupView, tps []model.TopicPartition) {
	if g.Rebalancing() {
		p.addf("%s: unassigned. Members subscribe to the topic, and the rebalance in progress will assign it.", partitions(tps))
		return
	}
	p.addf("%s: unassigned, although members subscribe to the topic and the group is stable.", partitions(tps))
	lag := model.None[int64]()
	for i := range g.Partitions {
		if slices.Contains(tps, g.Partitions[i].TopicPartition) {
			lag = model.AddKnown(lag, g.Partitions[i].Lag)
		}
	}
	if n, known := lag.Get(); known {
		p.addf("Lag so far: %s.", text.Count(n))
	}
	if g.Type.Reconciles() {
		p.addf("The coordinator detects new partitions by itself and assigns them within seconds.")
		p.addSettings("group.consumer.assignment.interval.ms")
	} else {
		p.addf("Usually the partitions are new: the leader of a classic group detects them when it refreshes its metadata, and rejoins to start a rebalance.")
		p.addSettingsOf(g, "metadata.max.age.ms", "partition.assignment.strategy")
	}
	p.advise("If it lasts for minutes, restart one member: any rebalance assigns all partitions.")
}

// formerMemberPage explains why a member is no longer in the group.
func formerMemberPage(c Context, g *model.GroupView, slot model.Slot) Page {
	p := Page{Title: fmt.Sprintf("%s is no longer in the group", slot)}
	for i := len(g.Rebalances) - 1; i >= 0; i-- {
		r := g.Rebalances[i]
		for _, m := range r.Left {
			if m.Slot == slot {
				p.Title = memberName(m) + " is no longer in the group"
				p.addf("It left or was removed %s: %s.", ago(c.Now, r.End()), r.Verdict.Cause.Words())
				if r.Verdict.Evidence != "" {
					p.addf("%s (%s).", r.Verdict.Evidence, r.Verdict.Confidence)
				}
				p.advise(causeTexts[r.Verdict.Cause].actions...)
				return p
			}
		}
	}
	p.addf("When and why is unknown: regroup has no record of the rebalance.")
	return p
}

func convergencePage(c Context, g *model.GroupView) Page {
	p := Page{Title: "Converging on the target assignment", Animated: g.Rebalancing()}
	if g.Type != model.TypeConsumer {
		p.addf("Only consumer groups (KIP-848) have a target assignment on which members converge one by one. In classic groups all members rejoin at the same time.")
		p.addSettingsOf(g, "group.protocol")
		return p
	}
	if !g.Rebalancing() && g.State == model.StateStable && !c.readings(g).UnderWay() {
		p.Title = "Converged"
		p.addf("Every member owns its target assignment (group epoch %s, target of epoch %s). No partition is moving.", g.Generation, g.AssignmentEpoch)
		p.advise("Nothing: the coordinator computes a new target assignment when a member or a topic changes.")
	} else {
		convergenceWords(&p, c, g)
	}
	p.addSettingsOf(g, "max.poll.interval.ms", "heartbeat.interval.ms", "group.protocol")
	return p
}

// convergenceWords explain which members wait for which partitions.
func convergenceWords(p *Page, c Context, g *model.GroupView) {
	p.addf("The coordinator has computed a target assignment (group epoch %s, target of epoch %s) and sends it to each member in its heartbeat response. "+
		"A member revokes, commits and acknowledges; only then is the partition assigned to another member. Members keep consuming the rest.", g.Generation, g.AssignmentEpoch)
	if g.Rebalancing() {
		p.addf("In progress %s.", underWay(c, g))
	}
	readings, shown := c.readings(g), 0
	for i := range g.Members {
		m := &g.Members[i]
		for _, t := range readings.Waiting(m.Slot) {
			if shown++; shown > namesShown {
				continue
			}
			if t.With == model.Nobody {
				p.addf("%s will receive %s, which no member owns any more, in its next heartbeat response.", memberName(m.MemberRef), partitions(t.Partitions))
				continue
			}
			p.addf("%s is waiting for %s, which %s still owns%s.", memberName(m.MemberRef), partitions(t.Partitions), t.With, revocation(g, t.With))
		}
	}
	switch {
	case shown > namesShown:
		p.addf("%s more are pending.", text.Count(shown-namesShown))
	case shown == 0:
		p.addf("No member is waiting for a partition: each owns its target assignment, or has not received it yet.")
	}
	p.advise("Wait: the coordinator removes a member that has not revoked within its max.poll.interval.ms.",
		"Check the member that has not revoked: usually it processes a long batch.")
}

// revocation is the progress of the owner of a partition in revoking it.
func revocation(g *model.GroupView, slot model.Slot) string {
	m := g.Member(slot)
	switch {
	case m == nil:
		return ""
	case len(m.PendingRevocation) > 0:
		return ": it must revoke, and first processes the records that it has polled"
	}
	if limit, known := m.RebalanceTimeout.Get(); known {
		return fmt.Sprintf(" and has %s to revoke once requested", duration(limit))
	}
	return ""
}
