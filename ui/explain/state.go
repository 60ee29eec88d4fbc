package explain

import (
	"fmt"
	"time"

	"regroup/model"
	"regroup/ui/text"
)

// stateTitles are what a state means in a few words.
var stateTitles = map[model.GroupState]string{
	model.StateUnknown:             "The state is not known",
	model.StateStable:              "Stable: everybody has what it is to have",
	model.StatePreparingRebalance:  "PreparingRebalance: who is in?",
	model.StateCompletingRebalance: "CompletingRebalance: who gets what?",
	model.StateAssigning:           "Assigning: the coordinator works out who gets what",
	model.StateReconciling:         "Reconciling: partitions change hands",
	model.StateNotReady:            "NotReady: the group cannot begin yet",
	model.StateEmpty:               "Empty: nobody is in the group, its offsets are kept",
	model.StateDead:                "Dead: the coordinator knows nothing of the group",
}

// stateWords add to a page what a state means for a group.
var stateWords = map[model.GroupState]func(*Page, Context, *model.GroupView){
	model.StateUnknown: func(p *Page, _ Context, g *model.GroupView) {
		p.say("%s has not described the group so far, or names a state that this version of regroup has no words for.", coordinator(g))
		p.do("Look at ! for what could not be read. DESCRIBE on the group is what regroup needs.")
	},
	model.StateStable:              stable,
	model.StatePreparingRebalance:  preparing,
	model.StateCompletingRebalance: completing,
	model.StateAssigning:           assigning,
	model.StateReconciling:         reconciling,
	model.StateNotReady: func(p *Page, _ Context, g *model.GroupView) {
		p.say("%s waits for something before it can hand out tasks: of a streams group, mostly internal topics that do not exist yet.", coordinator(g))
		p.do("Look in the application's log for the topics that it could not create, and for CREATE refused.")
	},
	model.StateEmpty: empty,
	model.StateDead: func(p *Page, _ Context, g *model.GroupView) {
		p.say("That is how a coordinator describes a group that does not exist: it was deleted, or its last offset has expired.")
		p.say("A member that joins under this name makes a new group, which begins where auto.offset.reset says.")
		p.set("auto.offset.reset", "offsets.retention.minutes")
		p.do("If the offsets are missed, set them before members start: kafka-consumer-groups.sh --reset-offsets --to-datetime ….")
	},
}

func statePage(c Context, g *model.GroupView) Page {
	p := Page{Title: stateTitles[g.State]}
	switch {
	case !g.GoneSince.IsZero():
		p.Title = "Deleted"
		p.say("The cluster stopped listing the group %s: somebody deleted it, or its last offset expired. What is shown is the last that was seen.",
			ago(c.Now, g.GoneSince))
		p.set("offsets.retention.minutes")
		return p
	case !g.StaleSince.IsZero():
		p.say("This is old: %s has not answered for %s, and nobody else can tell of the group. It may be in another state by now.",
			brokerName(g), text.Age(c.Now, g.StaleSince))
		p.do("Find out what is the matter with that broker: ! tells what it answered last. If it is gone for good, the group's partition " +
			"of __consumer_offsets gets another leader, and with it the group another coordinator.")
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
		since = " It has been so for " + text.Age(c.Now, g.StateSince) + "."
	}
	if server(g) {
		p.say("All %s have reached the target of group epoch %s. Nothing is on its way from one to another.%s",
			text.Plural(len(g.Members), "member"), g.Generation, since)
	} else {
		p.say("The %s of generation %s have joined, and each was told what it owns. Nothing moves.%s",
			text.Plural(len(g.Members), "member"), g.Generation, since)
	}
	p.say("It ends when a member joins, leaves or falls silent for a session, when it does not poll in time, or when the topics change.")
	p.setFor(g, "session.timeout.ms", "heartbeat.interval.ms", "max.poll.interval.ms")
	if g.Trend == model.TrendStalled {
		p.say("Stable says nothing about work: this group has lag and commits nothing.")
		p.do("Look at LAG: somebody owns partitions and does not get on with them.")
		return
	}
	p.do("Nothing, as far as the state goes. Whether the group keeps up is what LAG and BEHIND say.")
}

// underWay is for how long a rebalance has been going on, in words.
func underWay(c Context, g *model.GroupView) string {
	since := g.RebalancingSince
	if since.IsZero() {
		since = g.StateSince
	}
	if since.IsZero() {
		return "since before regroup looked"
	}
	return "for " + text.Duration(c.Now.Sub(since))
}

func preparing(p *Page, c Context, g *model.GroupView) {
	p.Moves = true
	p.say("%s has been collecting the members of the next generation %s: each has to send JoinGroup.", coordinator(g), underWay(c, g))
	poll := longest(g, pollOf)
	limit := "as long as the longest max.poll.interval.ms among them, which is not known here"
	if d, known := poll.Get(); known {
		limit = fmt.Sprintf("at most %s, the longest max.poll.interval.ms that is known among them", duration(d))
	}
	p.say("It waits for every member that it knows, %s. A member notices at its next heartbeat, and joins when it next polls: "+
		"one that is busy with a long batch holds up all. One that is dead is waited for until its session ends.", limit)
	if g.Joining > 0 {
		p.say("%s %s new or without an assignment.", text.Plural(g.Joining, "member"), isAre(g.Joining))
	}
	switch protocol := g.Protocol(); {
	case protocol == model.ProtocolEager:
		p.say("With %s, members give up everything before they join: each reads on until it has heard of this, at its next heartbeat, and from when it joins until the leader has handed out the partitions it reads nothing.", g.Assignor)
	case protocol == model.ProtocolIncremental:
		p.say("With %s, members go on reading what they own meanwhile.", g.Assignor)
	case g.Assignor != "":
		p.say("Whether %s is eager or incremental is unknown: members may keep reading what they own meanwhile.", g.Assignor)
	}
	if len(g.Rebalances) == 0 || len(g.Rebalances[len(g.Rebalances)-1].After) == 0 {
		p.say("If the group was empty before, it also waits a little for more members to arrive.")
		p.setFor(g, "group.initial.rebalance.delay.ms")
	}
	p.setFor(g, "max.poll.interval.ms", "session.timeout.ms", "heartbeat.interval.ms")
	p.do("A few seconds are usual: wait.",
		"If it lasts, look for the member that works on a long batch (its commits stopped first) and restart that one; the coordinator puts it out by itself in the end.")
}

func completing(p *Page, c Context, g *model.GroupView) {
	p.Moves = true
	leader := "the leader, one of the members,"
	if g.Leader != model.Nobody {
		leader = "the leader, " + g.Leader.String() + " before this rebalance,"
	}
	p.say("Everybody has joined. Now %s works out who gets what and hands it in with SyncGroup; this state has lasted %s.", leader, underWay(c, g))
	p.say("That takes milliseconds, unless there are very many partitions or the leader is stuck. A leader that falls silent is put out " +
		"when its session ends, and the join begins again.")
	p.setFor(g, "session.timeout.ms", "partition.assignment.strategy")
	p.do("If it lasts for seconds, look at the leader's log, and at its processor: an assignor of one's own may be slow.")
}

func assigning(p *Page, c Context, g *model.GroupView) {
	p.Moves = true
	p.say("%s has moved to group epoch %s (a member or a topic changed) and has not computed who is to own what yet. That has lasted %s.",
		coordinator(g), g.Generation, underWay(c, g))
	if epoch, known := g.AssignmentEpoch.Get(); known {
		p.say("The newest target is for epoch %d. Members go on with what they have.", epoch)
	} else {
		p.say("Members go on with what they have.")
	}
	p.set("group.consumer.assignors", "group.consumer.assignment.interval.ms")
	p.do("Nothing: this is over within a second or so. If not, look at the coordinator's log.")
}

func reconciling(p *Page, c Context, g *model.GroupView) {
	p.Moves = true
	convergenceWords(p, c, g)
	p.setFor(g, "max.poll.interval.ms", "heartbeat.interval.ms")
}

func empty(p *Page, c Context, g *model.GroupView) {
	since := time.Time{}
	if r := g.LastRebalance(); r != nil && r.MembersAfter == 0 {
		since = r.End()
	}
	read := "Nobody reads its partitions."
	if lag, known := g.Lag.Get(); known {
		read = fmt.Sprintf("Nobody reads its %s, and the lag is %s.", text.Plural(len(g.Partitions), "partition"), text.Lag(model.Some(lag), g.LagIncomplete))
	}
	if since.IsZero() {
		p.say("The group has no members, since when is not known. %s Its committed offsets are still there: who joins goes on from them.", read)
	} else {
		p.say("The last member left %s. %s Its committed offsets are still there: who joins goes on from them.", ago(c.Now, since), read)
	}
	p.say("They are deleted when the group has been without members for offsets.retention.minutes. After that, whoever joins begins where auto.offset.reset says.")
	p.say("Programs that assign partitions to themselves and only commit here have no members either: then Empty is all there is to see.")
	p.set("offsets.retention.minutes", "auto.offset.reset", "group.initial.rebalance.delay.ms")
	p.do("If it should be running: find out why its consumers are down, and start one; it goes on where the group stopped.",
		"While it is empty its offsets can be moved: kafka-consumer-groups.sh --reset-offsets.",
		"If nobody needs it any more: kafka-consumer-groups.sh --delete.")
}
