package explain

import "regroup/model"

// causeText is what a cause means, the settings that govern it, and what to do.
type causeText struct {
	words string
	// settings are those of classic groups; serverSettings translates them for consumer groups.
	settings []string
	actions  []string
}

// causeTexts explains each cause.
//
//exhaustive:enforce
var causeTexts = map[model.Cause]causeText{
	model.CauseUnknown: {"Nothing observed explains it: members, subscriptions and topics are the same before and after. " +
		"A member may have rejoined by itself, or left and rejoined between two polls.",
		[]string{"session.timeout.ms", "max.poll.interval.ms"},
		[]string{"The coordinator's log has a line “Preparing to rebalance group … (reason: …)” for each rebalance of a classic group."}},
	model.CauseMemberJoined: {"A consumer joined, so partitions are redistributed.",
		[]string{"partition.assignment.strategy", "group.initial.rebalance.delay.ms", "group.instance.id"},
		[]string{"Nothing, if it was started on purpose. If the same client keeps rejoining, look at why it left."}},
	model.CauseMemberRestarted: {"A static member rejoined with its group.instance.id before its session expired. The coordinator returned its partitions to it, without a rebalance for the others.",
		[]string{"group.instance.id", "session.timeout.ms"},
		[]string{"Nothing: that is the purpose of static membership. The session timeout must be longer than a restart."}},
	model.CauseMemberLeft: {"A member sent LeaveGroup, as a closed consumer does; its partitions can be reassigned at once.",
		[]string{"group.instance.id", "partition.assignment.strategy"},
		[]string{"Nothing, if it was stopped on purpose. For rolling restarts without rebalances, set group.instance.id and a session timeout longer than a restart."}},
	model.CauseSessionTimeout: {"A member sent no heartbeat for its session timeout: its process crashed, hung or was disconnected, or its machine was suspended. Until then its partitions were not consumed.",
		[]string{"session.timeout.ms", "heartbeat.interval.ms"},
		[]string{"Find out what happened to the process: killed by the OOM killer, a drained node, a long garbage collection, a network failure.",
			"A shorter session timeout detects a crash sooner, but removes members for shorter pauses."}},
	model.CauseMaxPollExceeded: {"A member sent heartbeats but did not poll in time: processing a batch took longer than max.poll.interval.ms. It rejoins with its next poll, and records that it had not committed are reprocessed.",
		[]string{"max.poll.interval.ms", "max.poll.records"},
		[]string{"Halve max.poll.records, or raise max.poll.interval.ms above the processing time of the slowest batch: that stops the rebalances.",
			"Then find the slow call. Hand slow records to a thread pool while their partitions are paused, or to a separate topic."}},
	model.CausePartitionsAdded: {"Partitions were added to a topic, and they need owners.",
		[]string{"metadata.max.age.ms"},
		[]string{"Nothing, if it was intended. Keys map to other partitions from now on, so the order of records with the same key breaks once."}},
	model.CauseTopicCreated: {"A topic was created that members subscribe to, by name or by a pattern.",
		[]string{"metadata.max.age.ms"}, []string{"Nothing, if it was intended."}},
	model.CauseTopicDeleted: {"A topic that members subscribe to was deleted, with its partitions.",
		[]string{"metadata.max.age.ms"}, []string{"If that was not intended, find out which client deleted it: the records are lost."}},
	model.CauseSubscriptionChanged: {"A member changed its subscription: a new version of the application, or one that subscribes dynamically.",
		nil, []string{"While two versions run side by side, a topic may be assigned to a part of the members only. Finish the rollout."}},
	model.CauseAssignorChanged: {"The members agreed on another assignor, because all of them support it now.",
		[]string{"partition.assignment.strategy"},
		[]string{"Nothing, if it was intended. Changing from an eager assignor to cooperative-sticky takes two rolling restarts."}},
	model.CauseRemovedByAdmin: {"A user removed a member with regroup. Its client rejoins by itself unless it is stopped.",
		nil, []string{"Nothing, if it was intended."}},
	model.CauseCoordinatorMoved: {"Another broker coordinates the group, because the leader of the group's partition of __consumer_offsets moved. Members look up the new coordinator, and some rejoin then.",
		[]string{"offsets.topic.num.partitions"},
		[]string{"Look at what happened to the old coordinator: a restart, a reassignment, a failure."}},
	model.CauseSecondCooperative: {"The second rebalance of the cooperative protocol (KIP-429): it assigns the partitions that members revoked in the first one. It belongs to the same change, and is short.",
		[]string{"partition.assignment.strategy"},
		[]string{"Nothing: the previous rebalance has the cause."}},
}

// serverSettings are the corresponding settings of consumer groups (KIP-848); "" is none.
var serverSettings = map[string]string{
	"session.timeout.ms":               "group.consumer.session.timeout.ms",
	"heartbeat.interval.ms":            "group.consumer.heartbeat.interval.ms",
	"partition.assignment.strategy":    "group.remote.assignor",
	"group.initial.rebalance.delay.ms": "group.consumer.assignment.interval.ms",
	"metadata.max.age.ms":              "group.consumer.regex.refresh.interval.ms",
}

// confidences explains how certain a cause is.
//
//exhaustive:enforce
var confidences = map[model.Confidence]string{
	model.Certain:  "Certain: no other cause leaves this trace, or regroup performed the action itself.",
	model.Likely:   "Likely: another cause could leave the same trace, but is rare.",
	model.Possible: "Possible: another cause leaves the same trace.",
}
