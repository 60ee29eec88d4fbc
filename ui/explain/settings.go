package explain

import "regroup/model/settings"

// entry is what is known of a setting without asking anybody.
type entry struct{ usual, meaning string }

// about is what is known of a setting.
func about(name string) entry {
	if s, known := settings.Named(name); known {
		return entry{s.Kafka, s.Help}
	}
	return otherSettings[name]
}

// otherSettings are the settings besides those of [settings.All] that pages name, with the defaults of Apache Kafka 4 and of its
// Java consumer. Other clients have defaults of their own: librdkafka and Sarama differ in partition.assignment.strategy, Sarama
// also in its session of 10 s.
var otherSettings = map[string]entry{
	"group.consumer.assignors":          {"uniform, range", "on the broker: the coordinator's assignors; the first is the default of group.remote.assignor"},
	"group.initial.rebalance.delay.ms":  {"3s", "on the broker: how long an empty group waits for more members before its first rebalance"},
	"group.consumer.session.timeout.ms": {"45s", "on the broker, the session of consumer groups; consumer.session.timeout.ms sets it for one group"},
	"group.consumer.heartbeat.interval.ms": {
		"5s", "on the broker, the heartbeats of consumer groups; consumer.heartbeat.interval.ms sets it for one group"},
	"group.consumer.assignment.interval.ms": {"1s", "on the broker, since 4.3: how long after a target the next one is computed at the earliest"},
	"group.consumer.regex.refresh.interval.ms": {
		"10m", "on the broker: how often topics are matched again where members subscribe by a pattern"},
	"auto.offset.reset":              {"latest", "where to begin where there is no committed offset, or it lies outside the log"},
	"enable.auto.commit":             {"true", "commit by itself while polling, and not when the program says so"},
	"offsets.retention.minutes":      {"7 days", "on the broker: offsets of a group without members are deleted after so long"},
	"metadata.max.age.ms":            {"5m", "how often a client looks for new partitions and topics by itself"},
	"retention.ms":                   {"7 days", "of the topic: records older than that are deleted, read or not"},
	"offsets.topic.num.partitions":   {"50", "on the broker: the partitions of __consumer_offsets; the group's name decides which is its own"},
	"unclean.leader.election.enable": {"false", "true lets a replica lead that lacks records: then a log loses its newest"},
}
