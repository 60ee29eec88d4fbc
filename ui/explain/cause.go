package explain

import "regroup/model"

// causeText is what a cause means, what governs it, and what helps.
type causeText struct {
	words string
	// settings are those of classic groups; of consumer groups they are translated, see serverSettings.
	settings []string
	act      []string
}

// causeTexts explains each cause.
//
//exhaustive:enforce
var causeTexts = map[model.Cause]causeText{
	model.CauseUnknown: {"Nothing that regroup saw explains it: the members, their subscriptions and the topics look the same before and after. " +
		"A member may have asked to join again by itself, or left and come back between two looks.",
		[]string{"session.timeout.ms", "max.poll.interval.ms"},
		[]string{"The coordinator's log has a line “Preparing to rebalance group … (reason: …)” for each rebalance of a classic group."}},
	model.CauseMemberJoined: {"A new consumer joined, so there is one more to share out to.",
		[]string{"partition.assignment.strategy", "group.initial.rebalance.delay.ms", "group.instance.id"},
		[]string{"Nothing, if somebody started it. If it is always the same that comes back, look at why it went before."}},
	model.CauseMemberRestarted: {"A static member came back under its group.instance.id within its session. The coordinator gave it its old partitions: that is no rebalance for the others.",
		[]string{"group.instance.id", "session.timeout.ms"},
		[]string{"Nothing: that is what static membership is for. The session must be longer than a restart takes."}},
	model.CauseMemberLeft: {"A member said that it leaves, as a consumer that is closed does; its partitions are free at once.",
		[]string{"group.instance.id", "partition.assignment.strategy"},
		[]string{"Nothing, if somebody stopped it. For rolling restarts without rebalances: group.instance.id, and a session longer than a restart."}},
	model.CauseSessionTimeout: {"No heartbeat came from a member for its session: its process crashed, hung, was cut off from the network, or its machine stood still. Until then nobody read its partitions.",
		[]string{"session.timeout.ms", "heartbeat.interval.ms"},
		[]string{"Find out what became of the process: killed for memory, a node drained, a long garbage collection, a network that dropped.",
			"A shorter session finds it out sooner, and throws members out for shorter pauses."}},
	model.CauseMaxPollExceeded: {"A member lived and sent heartbeats, but did not poll in time: working off one batch took longer than max.poll.interval.ms. It comes back with its next poll, and what it had not committed is read again.",
		[]string{"max.poll.interval.ms", "max.poll.records"},
		[]string{"Halve max.poll.records, or raise max.poll.interval.ms above the longest batch: that stops the circle tonight.",
			"Tomorrow, find the slow call; records that take long belong to a thread pool with paused partitions, or to a queue of their own."}},
	model.CausePartitionsAdded: {"A topic got more partitions, and they need owners.",
		[]string{"metadata.max.age.ms"},
		[]string{"Nothing, if it was meant. Keys go to other partitions from now on: what relies on the order by key sees it break once."}},
	model.CauseTopicCreated: {"A topic that members subscribe to exists now, by name or by a pattern.",
		[]string{"metadata.max.age.ms"}, []string{"Nothing, if it was meant."}},
	model.CauseTopicDeleted: {"A topic that members subscribe to is gone, and so are its partitions.",
		[]string{"metadata.max.age.ms"}, []string{"If nobody meant to delete it, find out who did: the records are gone."}},
	model.CauseSubscriptionChanged: {"A member subscribes to other topics than before: a new version of the program, or one that changes them as it runs.",
		nil, []string{"While two versions run side by side, each rebalance may give a topic to half of the members only. Finish the rollout."}},
	model.CauseAssignorChanged: {"The members agreed on another assignor than before, since all of them support it now.",
		[]string{"partition.assignment.strategy"},
		[]string{"Nothing, if the change was meant. Going from an eager assignor to cooperative-sticky takes two rolling restarts."}},
	model.CauseRemovedByAdmin: {"Somebody removed a member, with regroup. Its client joins again by itself unless it was stopped.",
		nil, []string{"Nothing, if it was meant."}},
	model.CauseCoordinatorMoved: {"Another broker coordinates the group now, because the leader of the group's partition of __consumer_offsets moved. Members have to find it; some join again when they do.",
		[]string{"offsets.topic.num.partitions"},
		[]string{"Look at what happened to the old coordinator: a restart, a reassignment, a broker that is down."}},
	model.CauseSecondCooperative: {"The second half of a cooperative rebalance (KIP-429): what members gave up in the one before gets its new owners now. It is part of one change, and short.",
		[]string{"partition.assignment.strategy"},
		[]string{"Nothing: the rebalance before has the cause."}},
}

// serverSettings are what governs the same in consumer groups (KIP-848); "" is nothing.
var serverSettings = map[string]string{
	"session.timeout.ms":               "group.consumer.session.timeout.ms",
	"heartbeat.interval.ms":            "group.consumer.heartbeat.interval.ms",
	"partition.assignment.strategy":    "group.remote.assignor",
	"group.initial.rebalance.delay.ms": "group.consumer.assignment.interval.ms",
	"metadata.max.age.ms":              "group.consumer.regex.refresh.interval.ms",
}

// confidences are how sure a cause is.
var confidences = map[model.Confidence]string{
	model.Certain:  "Certain: nothing else could look like this, or regroup did it itself.",
	model.Likely:   "Likely: something else could look like this, and is rare.",
	model.Possible: "Possible: something else could look like this as well.",
}
