package explain

import "regroup/model/settings"

// entry describes a setting: its default in Apache Kafka and its meaning.
type entry struct{ byDefault, meaning string }

func entryOf(name string) entry {
	if s, known := settings.Named(name); known {
		return entry{s.Kafka, s.Help}
	}
	return otherSettings[name]
}

// otherSettings are the settings besides those of [settings.All] that pages name, with the defaults of Apache Kafka 4 and of its
// Java consumer. Other clients have defaults of their own: librdkafka and Sarama differ in partition.assignment.strategy, Sarama
// also in its session of 10 s.
var otherSettings = map[string]entry{
	"group.consumer.assignors":          {"uniform, range", "broker: the server assignors; the first is the default of group.remote.assignor"},
	"group.initial.rebalance.delay.ms":  {"3s", "broker: time that an empty group waits for more members before its first rebalance"},
	"group.consumer.session.timeout.ms": {"45s", "broker: session timeout of consumer groups; consumer.session.timeout.ms overrides it for one group"},
	"group.consumer.heartbeat.interval.ms": {
		"5s", "broker: heartbeat interval of consumer groups; consumer.heartbeat.interval.ms overrides it for one group"},
	"group.consumer.assignment.interval.ms": {"1s", "broker, since 4.3: least time between two target assignments of a group"},
	"group.consumer.regex.refresh.interval.ms": {
		"10m", "broker: interval in which subscriptions by a pattern are resolved again"},
	"auto.offset.reset":              {"latest", "where a consumer starts without a committed offset, or if it is outside the log"},
	"enable.auto.commit":             {"true", "commit periodically while polling, instead of when the application commits"},
	"offsets.retention.minutes":      {"7 days", "broker: the offsets of an empty group are deleted after this time"},
	"metadata.max.age.ms":            {"5m", "interval in which a client refreshes metadata, and so detects new partitions and topics"},
	"retention.ms":                   {"7 days", "topic: older records are deleted, consumed or not"},
	"offsets.topic.num.partitions":   {"50", "broker: number of partitions of __consumer_offsets; the hash of the group.id selects one"},
	"unclean.leader.election.enable": {"false", "true allows a leader that lacks records: the log may lose its newest records"},
}
