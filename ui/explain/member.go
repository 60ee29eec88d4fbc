package explain

import (
	"fmt"
	"slices"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/text"
)

func memberPage(c Context, g *model.GroupView, lane model.Slot) Page {
	if lane == model.Nobody {
		return nobodyPage(c, g)
	}
	m := g.Member(lane)
	if m == nil {
		return gonePage(c, g, lane)
	}
	p := Page{Title: "Member " + who(m.MemberRef)}
	if demo := demoOf(c, m.MemberID); demo != nil && demo.State != model.LabRunning && demoStateWords[demo.State] != nil {
		p.Title += ", " + string(demo.State)
		demoStateWords[demo.State](&p, c, g, demo)
		if reads := !demo.State.Ended() && demo.State != model.LabPaused; !reads {
			demoSettings(&p, demo)
			return p
		}
	}
	owns(&p, c, g, m)
	if m.Slot == g.Leader {
		p.say("★: it is the leader. The coordinator sends it the list of all members, and it works out who gets what.")
	}
	life(&p, c, g, m)
	if m.InstanceID != "" {
		p.say("It is static (group.instance.id %s): it keeps its letter and its partitions over a restart that is shorter than its session; shutting it down does not make the group rebalance before that.", m.InstanceID)
		p.setTo("group.instance.id", m.InstanceID)
	}
	if len(p.Actions) == 0 {
		memberActions(&p, g, m)
	}
	return p
}

// owns says what a member owns, and how it gets on with it.
func owns(p *Page, c Context, g *model.GroupView, m *model.MemberView) {
	joined := ""
	if !m.Since.IsZero() {
		joined = fmt.Sprintf(" It joined while regroup looked, at %s.", m.Since.Format("15:04:05"))
	}
	switch {
	case m.AssignmentPrevious:
		p.say("Before the rebalance that is under way it owned %s. What it gets now is not decided.%s", partitions(m.Assignment), joined)
		switch evidence := c.readings(g).Member(m.Slot).Evidence; {
		case evidence == ownership.Rejoining:
			p.say("It keeps consuming until its next heartbeat tells it to rejoin.")
		case evidence == ownership.ProtocolUnknown && g.Assignor != "":
			p.say("It may keep reading: whether %s is eager or incremental is unknown.", g.Assignor)
		}
	case !m.AssignmentKnown && g.Rebalancing():
		p.say("It is joining: it has no assignment yet, and reads nothing.%s", joined)
	case !m.AssignmentKnown:
		problem := m.AssignmentProblem
		if problem == "" {
			problem = "the coordinator did not tell"
		}
		p.say("What it owns is not known: %s.%s", problem, joined)
	case len(m.Assignment) == 0:
		p.say("It owns nothing: there are no more partitions than other members, or it subscribes to other topics. It is a reserve, and takes over when another goes.%s", joined)
	default:
		p.say("It owns %s: of this group only it reads them.%s", partitions(m.Assignment), joined)
	}
	if lag, known := m.Lag.Get(); known && len(m.Assignment) > 0 {
		rate := "how fast it commits is not known yet"
		if r, known := m.ConsumeRate.Get(); known {
			rate = "it commits " + text.Rate(r)
		}
		p.say("Their lag is %s, and %s.", text.Count(lag), rate)
	}
	if server(g) {
		memberTarget(p, c, g, m)
	}
}

// memberTarget says how far a member of a consumer group is on its way to its target.
func memberTarget(p *Page, c Context, g *model.GroupView, m *model.MemberView) {
	if epoch, known := m.Epoch.Get(); known && g.Generation.Kind == model.GenerationExact {
		switch {
		case epoch < g.Generation.Number:
			p.say("It is at epoch %d, the group at %d: it has not got there yet.", epoch, g.Generation.Number)
		case epoch == g.Generation.Number:
			p.say("It is at epoch %d, as the group is.", epoch)
		default:
			p.say("It is at epoch %d; what was last heard of the group is older.", epoch)
		}
	}
	readings := c.readings(g)
	for _, t := range readings.Waiting(m.Slot) {
		if t.With == model.Nobody {
			p.say("It is to get %s, which no member owns any more: the answer to its next heartbeat brings it.", partitions(t.Partitions))
		} else {
			p.say("It waits for %s, which %s still owns.", partitions(t.Partitions), t.With)
		}
	}
	for _, t := range readings.Revoking(m.Slot) {
		asked := "It is to revoke %s, as the answer to its next heartbeat tells it."
		if len(m.PendingRevocation) > 0 {
			asked = "It was asked to revoke %s and has not done so yet: it processes the records that it has polled, and commits."
		}
		p.say(asked, partitions(t.Partitions))
	}
	if words := memberStates[m.State]; words != "" {
		p.say("The coordinator calls that state %q: %s.", string(m.State), words)
	}
}

// memberStates are the states of a member of a consumer group in words; those that say nothing new have none.
var memberStates = map[model.MemberState]string{
	model.MemberStateUnknown:         "",
	model.MemberStable:               "",
	model.MemberUnrevokedPartitions:  "it has not given up everything that it is to",
	model.MemberUnreleasedPartitions: "what it is to get is still held by others",
	model.MemberStateOther:           "one that only newer brokers have",
}

// life says what regroup can know of whether a member lives, and what happens when it does not.
func life(p *Page, c Context, g *model.GroupView, m *model.MemberView) {
	if at := ownership.LastCommit(g, m.Slot); !at.IsZero() {
		p.say("The last sign of life that regroup can see is a commit, %s: heartbeats go to the coordinator alone.", ago(c.Now, at))
	} else {
		p.say("Heartbeats go to the coordinator alone: that it lives shows in its commits, and none was seen of it so far.")
	}
	session, poll := m.SessionTimeout, m.RebalanceTimeout
	name := "session.timeout.ms"
	if server(g) {
		name = "group.consumer.session.timeout.ms"
		p.say("If it falls silent for the session of the group, the coordinator puts it out, and %s. The broker sets that time, and regroup does not read the broker's settings.", inherit(g, m.Slot, "what it owns"))
		p.set(name, "group.consumer.heartbeat.interval.ms")
	} else {
		if d, known := session.Get(); known {
			p.say("If its heartbeats stop for %s, the coordinator puts it out, and %s.", duration(d), inherit(g, m.Slot, "what it owns"))
		} else {
			p.say("regroup does not know the session timeout of this member: %s", timeoutUnknown(c))
		}
		p.setMaybe(name, session)
		if demo := demoOf(c, m.MemberID); demo != nil && demo.Settings.SessionTimeout > 0 {
			p.setTo("heartbeat.interval.ms", duration(heartbeat(demo)))
		} else {
			p.set("heartbeat.interval.ms")
		}
	}
	if d, known := poll.Get(); known {
		p.say("If it does not poll for %s because processing takes longer, it %s.", duration(d), pollEnds(m))
	}
	p.setMaybe("max.poll.interval.ms", poll)
}

// pollEnds is what a member does that has not polled in time.
func pollEnds(m *model.MemberView) string {
	if m.InstanceID != "" {
		return "stops its heartbeats, and is put out a session later: so it is with static members"
	}
	return "leaves by itself, and joins again when it polls next"
}

// timeoutUnknown is why a member's timeouts are not known.
func timeoutUnknown(c Context) string {
	if c.View.Tail.State == model.TailOn || c.View.GenerationsExact {
		return "it is only in the record that the coordinator writes at the next rebalance."
	}
	return "it is only in __consumer_offsets, which is not read now."
}

func memberActions(p *Page, g *model.GroupView, m *model.MemberView) {
	switch {
	case g.Trend == model.TrendStalled && m.ConsumeRate == model.Some(0.0) && m.Lag.Or(0) > 0:
		p.do("It has lag and commits nothing: look at its log. If it is stuck, end its process; the rest takes over, at once if it leaves, after its session if it is killed.")
	case len(m.Assignment) == 0 && m.AssignmentKnown:
		p.do("To give it work, the topic needs more partitions; or stop it, if the reserve is not wanted.")
	default:
		p.do("To take it out of the group, end its process so that it closes its consumer: that is a leave, and at once. Killed, it is waited for until its session ends.")
	}
}

// nobodyPage is the partitions that no member is known to read: unassigned, without an active consumer, or still paused.
func nobodyPage(c Context, g *model.GroupView) Page {
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
		p := Page{Title: "Every partition is read"}
		p.say("All partitions that members subscribe to have an owner, and none is known to be paused.")
		return p
	}
	p := Page{Title: "No member reads " + partitions(readings.Paused())}
	if tps := of[ownership.NoActiveConsumer]; len(tps) > 0 {
		if g.Rebalancing() {
			p.say("%s: no active consumer until the rebalance completes.", partitions(tps))
		} else {
			p.say("%s: no active consumer. The process of %s has stopped, and the coordinator waits until the session timeout.", partitions(tps), letters(owners[ownership.NoActiveConsumer]))
			p.setFor(g, "session.timeout.ms")
		}
	}
	if tps := of[ownership.StillPaused]; len(tps) > 0 {
		p.say("%s: still paused. Assigned to %s, and not seen to be read since.", partitions(tps), letters(owners[ownership.StillPaused]))
	}
	if tps := of[ownership.Unassigned]; len(tps) > 0 {
		unassignedWords(&p, g, tps)
	}
	return p
}

func unassignedWords(p *Page, g *model.GroupView, tps []model.TopicPartition) {
	if g.Rebalancing() {
		p.say("%s: unassigned. Members subscribe to the topic, and the rebalance under way will assign it.", partitions(tps))
		return
	}
	p.say("%s: unassigned, although members subscribe to the topic and the group is stable.", partitions(tps))
	lag := model.None[int64]()
	for i := range g.Partitions {
		if slices.Contains(tps, g.Partitions[i].TopicPartition) {
			lag = model.AddKnown(lag, g.Partitions[i].Lag)
		}
	}
	if n, known := lag.Get(); known {
		p.say("The lag so far is %s.", text.Count(n))
	}
	if server(g) {
		p.say("The coordinator detects new partitions by itself and assigns them within seconds.")
		p.set("group.consumer.assignment.interval.ms")
	} else {
		p.say("Usually the partitions are new: the leader of a classic group detects them when it refreshes its metadata, and rejoins to start a rebalance.")
		p.setFor(g, "metadata.max.age.ms", "partition.assignment.strategy")
	}
	p.do("If it lasts for minutes, restart one member: any rebalance assigns all partitions.")
}

// gonePage is a member that is no longer there.
func gonePage(c Context, g *model.GroupView, lane model.Slot) Page {
	p := Page{Title: fmt.Sprintf("%s is not in the group any more", lane)}
	for i := len(g.Rebalances) - 1; i >= 0; i-- {
		r := g.Rebalances[i]
		for _, m := range r.Left {
			if m.Slot == lane {
				p.Title = who(m) + " is not in the group any more"
				p.say("It went %s: %s.", ago(c.Now, r.End()), r.Verdict.Cause.Words())
				if r.Verdict.Evidence != "" {
					p.say("%s (%s).", r.Verdict.Evidence, r.Verdict.Confidence)
				}
				p.do(causeTexts[r.Verdict.Cause].act...)
				return p
			}
		}
	}
	p.say("When it went, and why, regroup has no rebalance to tell from.")
	return p
}

func convergencePage(c Context, g *model.GroupView) Page {
	p := Page{Title: "On the way to the target", Moves: g.Rebalancing()}
	if g.Type != model.TypeConsumer {
		p.say("Only consumer groups (KIP-848) have a target that members go towards one by one. The others agree among themselves, and all at once.")
		p.setFor(g, "group.protocol")
		return p
	}
	if !g.Rebalancing() && g.State == model.StateStable && !c.readings(g).UnderWay() {
		p.Title = "At the target"
		p.say("Every member owns what the coordinator decided for it (group epoch %s, target for %s). Nothing is on its way.", g.Generation, g.AssignmentEpoch)
		p.do("Nothing: a new target is computed when a member or a topic changes.")
	} else {
		convergenceWords(&p, c, g)
	}
	p.setFor(g, "max.poll.interval.ms", "heartbeat.interval.ms", "group.protocol")
	return p
}

// convergenceWords say who waits for whom.
func convergenceWords(p *Page, c Context, g *model.GroupView) {
	p.say("The coordinator has decided who is to own what (group epoch %s, target for %s), and tells each member in the answer to its heartbeat. "+
		"Each revokes, commits, and acknowledges; only then is the partition assigned to another member. Members keep reading what they keep.", g.Generation, g.AssignmentEpoch)
	if g.Rebalancing() {
		p.say("That has been going on %s.", underWay(c, g))
	}
	readings, shown := c.readings(g), 0
	for i := range g.Members {
		m := &g.Members[i]
		for _, t := range readings.Waiting(m.Slot) {
			if shown++; shown > namesShown {
				continue
			}
			if t.With == model.Nobody {
				p.say("%s is to get %s, which no member owns any more: its next heartbeat brings it.", who(m.MemberRef), partitions(t.Partitions))
				continue
			}
			p.say("%s waits for %s. %s still owns it%s.", who(m.MemberRef), partitions(t.Partitions), t.With, revokes(g, t.With))
		}
	}
	switch {
	case shown > namesShown:
		p.say("%s more wait likewise.", text.Count(shown-namesShown))
	case shown == 0:
		p.say("No member waits for a partition: each owns its target assignment, or has not received it yet.")
	}
	p.do("Wait: the coordinator removes a member that has not revoked within its max.poll.interval.ms.",
		"Check the member that has not revoked: usually it processes a long batch.")
}

// revokes is how far the owner of a partition is with revoking it.
func revokes(g *model.GroupView, lane model.Slot) string {
	m := g.Member(lane)
	switch {
	case m == nil:
		return ""
	case len(m.PendingRevocation) > 0:
		return ": it was asked to revoke it, and processes the records that it has polled"
	}
	if limit, known := m.RebalanceTimeout.Get(); known {
		return fmt.Sprintf(", and has %s to revoke it once it is asked", duration(limit))
	}
	return ""
}
