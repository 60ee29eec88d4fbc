package explain

// entry is what is known of a setting without asking anybody.
type entry struct{ usual, meaning string }

// settings are those that pages name, with the defaults of Apache Kafka 4 and of its Java consumer. Other clients have
// defaults of their own: librdkafka and Sarama differ in partition.assignment.strategy, Sarama also in its session of 10 s.
var settings = map[string]entry{
	"session.timeout.ms":                {"45s", "a member that sends no heartbeat for so long is put out of its group"},
	"heartbeat.interval.ms":             {"3s", "how often a member says that it lives, and hears of a rebalance; at most a third of the session"},
	"max.poll.interval.ms":              {"5m", "the longest time between two polls before a member leaves by itself; a join waits for it as long"},
	"max.poll.records":                  {"500", "records that one poll returns at most: fewer are worked off sooner"},
	"partition.assignment.strategy":     {"range, cooperative-sticky", "how members of the classic protocol share out partitions; all must have one in common"},
	"group.remote.assignor":             {"", "which of the coordinator's assignors a member asks for; unset takes the first of group.consumer.assignors"},
	"group.consumer.assignors":          {"uniform, range", "on the broker: the assignors that the coordinator has"},
	"group.protocol":                    {"classic", "classic: members assign among themselves; consumer: the coordinator does (KIP-848)"},
	"group.initial.rebalance.delay.ms":  {"3s", "on the broker: how long an empty group waits for more members before its first rebalance"},
	"group.instance.id":                 {"unset", "makes a member static: it may be away for a session without a rebalance"},
	"group.consumer.session.timeout.ms": {"45s", "on the broker, the session of consumer groups; consumer.session.timeout.ms sets it for one group"},
	"group.consumer.heartbeat.interval.ms": {
		"5s", "on the broker, the heartbeats of consumer groups; consumer.heartbeat.interval.ms sets it for one group"},
	"group.consumer.assignment.interval.ms": {"1s", "on the broker, since 4.3: how long after a target the next one is computed at the earliest"},
	"group.consumer.regex.refresh.interval.ms": {
		"10m", "on the broker: how often topics are matched again where members subscribe by a pattern"},
	"auto.offset.reset":              {"latest", "where to begin where there is no committed offset, or it lies outside the log"},
	"enable.auto.commit":             {"true", "commit by itself while polling, and not when the program says so"},
	"auto.commit.interval.ms":        {"5s", "how often offsets are committed where that is automatic"},
	"offsets.retention.minutes":      {"7 days", "on the broker: offsets of a group without members are deleted after so long"},
	"metadata.max.age.ms":            {"5m", "how often a client looks for new partitions and topics by itself"},
	"retention.ms":                   {"7 days", "of the topic: records older than that are deleted, read or not"},
	"fetch.min.bytes":                {"1", "a fetch is answered when so much is there: more means fewer, larger answers"},
	"fetch.max.wait.ms":              {"500ms", "and after so long at the latest"},
	"offsets.topic.num.partitions":   {"50", "on the broker: the partitions of __consumer_offsets; the group's name decides which is its own"},
	"unclean.leader.election.enable": {"false", "true lets a replica lead that lacks records: then a log loses its newest"},
}
