package explain

import (
	"fmt"
	"time"

	"regroup/model"
	"regroup/ui/text"
)

// stateTitles are the meanings of the states in a few words.
var stateTitles = map[model.GroupState]string{
	model.StateUnknown:             "State unknown",
	model.StateStable:              "Stable: every member owns its assignment",
	model.StatePreparingRebalance:  "PreparingRebalance: members rejoin",
	model.StateCompletingRebalance: "CompletingRebalance: the leader assigns",
	model.StateAssigning:           "Assigning: the coordinator computes the target assignment",
	model.StateReconciling:         "Reconciling: members converge on the target assignment",
	model.StateNotReady:            "NotReady: the group cannot start yet",
	model.StateEmpty:               "Empty: no members, committed offsets are kept",
	model.StateDead:                "Dead: the coordinator has no such group",
}

// stateWords explain a group's state.
var stateWords = map[model.GroupState]func(*Page, Context, *model.GroupView){
	model.StateUnknown: func(p *Page, _ Context, g *model.GroupView) {
		p.addf("%s has not described the group yet, or reports a state that this version of regroup does not know.", coordinator(g))
		p.advise("! shows the errors. regroup needs DESCRIBE on the group.")
	},
	model.StateStable:              stable,
	model.StatePreparingRebalance:  preparing,
	model.StateCompletingRebalance: completing,
	model.StateAssigning:           assigning,
	model.StateReconciling:         reconciling,
	model.StateNotReady: func(p *Page, _ Context, g *model.GroupView) {
		p.addf("%s cannot assign tasks yet: usually internal topics of the streams application are missing.", coordinator(g))
		p.advise("Check the application's log for topics that it could not create, and for a refused CREATE.")
	},
	model.StateEmpty: empty,
	model.StateDead: func(p *Page, _ Context, g *model.GroupView) {
		p.addf("A coordinator reports a group that does not exist as Dead: it was deleted, or its last offset expired.")
		p.addf("A member that joins under this group.id creates a new group, which starts where auto.offset.reset says.")
		p.addSettings("auto.offset.reset", "offsets.retention.minutes")
		p.advise("To restore a position, set the offsets before members start: kafka-consumer-groups.sh --reset-offsets --to-datetime ….")
	},
}

func statePage(c Context, g *model.GroupView) Page {
	p := Page{Title: stateTitles[g.State]}
	switch {
	case !g.GoneSince.IsZero():
		p.Title = "Deleted"
		p.addf("The cluster stopped listing the group %s: it was deleted, or its last offset expired. Last known values are shown.",
			ago(c.Now, g.GoneSince))
		p.addSettings("offsets.retention.minutes")
		return p
	case !g.StaleSince.IsZero():
		p.addf("Stale: %s has not answered for %s, and no other broker can describe the group. Its state may have changed since.",
			brokerName(g), text.Age(c.Now, g.StaleSince))
		p.advise("Check that broker: ! shows its last error. If it does not come back, the group's partition " +
			"of __consumer_offsets gets another leader, and the group another coordinator.")
	}
	if words := stateWords[g.State]; words != nil {
		words(&p, c, g)
	} else {
		p.Title = "State " + string(g.State)
		stateWords[model.StateUnknown](&p, c, g)
	}
	return p
}

func brokerName(g *model.GroupView) string {
	if id, known := g.Coordinator.Get(); known {
		return fmt.Sprintf("broker %d, its coordinator,", id)
	}
	return "its coordinator"
}

func stable(p *Page, c Context, g *model.GroupView) {
	since := ""
	if !g.StateSince.IsZero() {
		since = " Stable for " + text.Age(c.Now, g.StateSince) + "."
	}
	if g.Type.Reconciles() {
		p.addf("The %s have converged on the target assignment of group epoch %s. No partition is moving.%s",
			text.Plural(len(g.Members), "member"), g.Generation, since)
	} else {
		p.addf("The %s of generation %s have joined and received their assignments. No partition is moving.%s",
			text.Plural(len(g.Members), "member"), g.Generation, since)
	}
	p.addf("The state ends when a member joins or leaves, exceeds its session timeout or max.poll.interval.ms, or when subscribed topics change.")
	p.addSettingsOf(g, "session.timeout.ms", "heartbeat.interval.ms", "max.poll.interval.ms")
	if g.Trend == model.TrendStalled {
		p.addf("Stable does not mean that members process records: this group has lag and does not commit.")
		p.advise("Look at LAG: find the members whose partitions do not advance.")
		return
	}
	p.advise("Nothing, as far as the state is concerned. LAG and BEHIND show whether the group keeps up.")
}

// underWay is the duration of the rebalance in progress.
func underWay(c Context, g *model.GroupView) string {
	since := g.RebalancingSince
	if since.IsZero() {
		since = g.StateSince
	}
	if since.IsZero() {
		return "since before regroup started"
	}
	return "for " + text.Duration(c.Now.Sub(since))
}

func preparing(p *Page, c Context, g *model.GroupView) {
	p.Animated = true
	p.addf("%s has been waiting %s for members to join the next generation: each of them has to send JoinGroup.", coordinator(g), underWay(c, g))
	poll := longest(g, pollOf)
	limit := "at most the longest max.poll.interval.ms among them, which is unknown here"
	if d, known := poll.Get(); known {
		limit = fmt.Sprintf("at most %s, the longest max.poll.interval.ms known among them", duration(d))
	}
	p.addf("It waits for every known member, %s. Members learn of the rebalance with their next heartbeat and rejoin with their next poll(): "+
		"a member that processes a long batch delays all others. A dead member delays them until its session timeout.", limit)
	if g.Joining > 0 {
		p.addf("%s %s new or without an assignment.", text.Plural(g.Joining, "member"), agree(g.Joining, "is", "are"))
	}
	switch protocol := g.Protocol(); {
	case protocol == model.ProtocolEager:
		p.addf("With %s (eager), members revoke all partitions before they rejoin: each keeps consuming until its next heartbeat tells it to rejoin, and then consumes nothing until the leader's assignment arrives.", g.Assignor)
	case protocol == model.ProtocolIncremental:
		p.addf("With %s (incremental), members keep consuming the partitions that they own.", g.Assignor)
	case g.Assignor != "":
		p.addf("Whether %s is eager or incremental is unknown: members may keep consuming the partitions that they own.", g.Assignor)
	}
	if len(g.Rebalances) == 0 || len(g.Rebalances[len(g.Rebalances)-1].After) == 0 {
		p.addf("If the group was empty before, it also waits for more members to arrive.")
		p.addSettingsOf(g, "group.initial.rebalance.delay.ms")
	}
	p.addSettingsOf(g, "max.poll.interval.ms", "session.timeout.ms", "heartbeat.interval.ms")
	p.advise("A few seconds are normal: wait.",
		"If it takes longer, find the member that processes a long batch (its commits stopped first) and restart it; otherwise the coordinator removes it when the limit is reached.")
}

func completing(p *Page, c Context, g *model.GroupView) {
	p.Animated = true
	leader := "the leader, one of the members,"
	if g.Leader != model.Nobody {
		leader = "the leader, " + g.Leader.String() + " before this rebalance,"
	}
	p.addf("Every member has rejoined. Now %s computes the assignment and sends it with SyncGroup; the group has been in this state %s.", leader, underWay(c, g))
	p.addf("This takes milliseconds unless there are very many partitions or the leader is stuck. The coordinator removes a leader at its session timeout, " +
		"or if it sends heartbeats but no SyncGroup within the longest max.poll.interval.ms; then the members rejoin.")
	p.addSettingsOf(g, "session.timeout.ms", "max.poll.interval.ms", "partition.assignment.strategy")
	p.advise("If it takes seconds, check the leader's log and CPU: a custom assignor may be slow.")
}

func assigning(p *Page, c Context, g *model.GroupView) {
	p.Animated = true
	p.addf("%s is at group epoch %s (a member or a topic changed) and has been computing the target assignment %s.",
		coordinator(g), g.Generation, underWay(c, g))
	if epoch, known := g.AssignmentEpoch.Get(); known {
		p.addf("The latest target assignment is of epoch %d.", epoch)
	}
	p.addf("Members keep what they own meanwhile.")
	p.addSettings("group.consumer.assignors", "group.consumer.assignment.interval.ms")
	p.advise("Nothing: this takes about a second. If it takes longer, check the coordinator's log.")
}

func reconciling(p *Page, c Context, g *model.GroupView) {
	p.Animated = true
	convergenceWords(p, c, g)
	p.addSettingsOf(g, "max.poll.interval.ms", "heartbeat.interval.ms")
}

func empty(p *Page, c Context, g *model.GroupView) {
	since := time.Time{}
	if r := g.LastRebalance(); r != nil && r.MembersAfter == 0 {
		since = r.End()
	}
	lag := ""
	if n, known := g.Lag.Get(); known {
		lag = fmt.Sprintf(" The lag of its %s is %s.", text.Plural(len(g.Partitions), "partition"), text.Lag(model.Some(n), g.LagIncomplete))
	}
	if since.IsZero() {
		p.addf("The group has no members; since when is unknown.%s", lag)
	} else {
		p.addf("The last member left %s.%s", ago(c.Now, since), lag)
	}
	p.addf("Its committed offsets are kept: a member that joins resumes from them. They expire when the group has been empty for offsets.retention.minutes; then members start where auto.offset.reset says.")
	p.addf("Applications that assign partitions themselves and only commit under this group.id have no members either: for them Empty is the normal state.")
	p.addSettings("offsets.retention.minutes", "auto.offset.reset", "group.initial.rebalance.delay.ms")
	p.advise("If it should be running, find out why its consumers are down, and start one: it resumes where the group stopped.",
		"While the group is empty, its offsets can be changed: kafka-consumer-groups.sh --reset-offsets.",
		"If it is no longer needed: kafka-consumer-groups.sh --delete.")
}
