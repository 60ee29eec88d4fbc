package kafkatest

import (
	"strings"
	"testing"
	"time"
)

func TestReadLog(t *testing.T) {
	const (
		coordinator4 = "INFO [GroupCoordinator id=2 topic=__consumer_offsets partition=28] "
		manager      = " (org.apache.kafka.coordinator.group.GroupMetadataManager)"
		coordinator2 = "INFO [GroupCoordinator 1]: "
		scala        = " (kafka.coordinator.group.GroupCoordinator)"
	)
	for _, c := range []struct {
		why, line string
		want      *LogEvent // nil: nothing of a group's generations
	}{
		{
			"4.3: a member joins",
			coordinator4 + "Preparing to rebalance group audit in state PreparingRebalance with old generation 3 (reason: Adding new member rdkafka-3003 with group instance id null; client reason: not provided)." + manager,
			&LogEvent{Kind: Preparing, Group: "audit", Generation: 3, Members: -1, Reason: "Adding new member rdkafka-3003 with group instance id null; client reason: not provided"},
		},
		{
			"4.3: a reason with brackets of its own",
			coordinator4 + "Preparing to rebalance group audit in state PreparingRebalance with old generation 1 (reason: explicit `LeaveGroup` request for (rdkafka-3003) members.)." + manager,
			&LogEvent{Kind: Preparing, Group: "audit", Generation: 1, Members: -1, Reason: "explicit `LeaveGroup` request for (rdkafka-3003) members."},
		},
		{
			"4.3: all have joined",
			coordinator4 + "Stabilized group audit generation 4 with 12 members." + manager,
			&LogEvent{Kind: Stabilized, Group: "audit", Generation: 4, Members: 12},
		},
		{
			"4.3: the leader has sent the assignment",
			coordinator4 + "Assignment received from leader rdkafka-3003 for group audit for generation 4. The group has 12 members, 0 of which are static." + manager,
			&LogEvent{Kind: Assigned, Group: "audit", Generation: 4, Members: -1, Leader: "rdkafka-3003"},
		},
		{
			"4.3: the last one has gone",
			coordinator4 + "Group audit with generation 5 is now empty." + manager,
			&LogEvent{Kind: Emptied, Group: "audit", Generation: 5, Members: -1},
		},
		{
			"4.3: a member leaves, and says why",
			coordinator4 + "[Group audit] Member c-1-30b6 has left group through explicit `LeaveGroup` request; client reason: the consumer is being closed" + manager,
			&LogEvent{Kind: Departed, Group: "audit", Generation: -1, Members: -1, Member: "c-1-30b6", Reason: "the consumer is being closed"},
		},
		{
			"4.3: a member of the classic protocol leaves a group of the consumer protocol",
			coordinator4 + "[GroupId audit] Static member c-1-30b6 with instance id one has left group through explicit `LeaveGroup` request; client reason: not provided" + manager,
			&LogEvent{Kind: Departed, Group: "audit", Generation: -1, Members: -1, Member: "c-1-30b6", Reason: "not provided"},
		},
		{
			"4.3: a group epoch",
			coordinator4 + "[GroupId audit] Bumped group epoch to 2 with metadata hash 4228734209731332441." + manager,
			&LogEvent{Kind: Bumped, Group: "audit", Generation: 2, Members: -1},
		},
		{
			"3.9: a group epoch, without a hash",
			coordinator4 + "[GroupId audit] Bumped group epoch to 1." + manager,
			&LogEvent{Kind: Bumped, Group: "audit", Generation: 1, Members: -1},
		},
		{
			"4.3: a target assignment",
			coordinator4 + "[GroupId audit] Computed a new target assignment for epoch 2 with 'uniform' assignor in 21ms." + manager,
			&LogEvent{Kind: Targeted, Group: "audit", Generation: 2, Members: -1},
		},
		{
			"3.9: a target assignment, with the assignment behind it",
			coordinator4 + "[GroupId audit] Computed a new target assignment for epoch 1 with 'uniform' assignor in 4ms: {axFf=MemberAssignment(partitions={66RQ=[0, 1]})}." + manager,
			&LogEvent{Kind: Targeted, Group: "audit", Generation: 1, Members: -1},
		},
		{
			"2.8: the offsets partition stands behind the generation",
			coordinator2 + "Preparing to rebalance group audit in state PreparingRebalance with old generation 0 (__consumer_offsets-45) (reason: Adding new member c-1 with group instance id None)" + scala,
			&LogEvent{Kind: Preparing, Group: "audit", Generation: 0, Members: -1, Reason: "Adding new member c-1 with group instance id None"},
		},
		{
			"2.8: all have joined",
			coordinator2 + "Stabilized group audit generation 1 (__consumer_offsets-45) with 1 members" + scala,
			&LogEvent{Kind: Stabilized, Group: "audit", Generation: 1, Members: 1},
		},
		{
			"2.8: the leader has no name",
			coordinator2 + "Assignment received from leader for group audit for generation 1. The group has 1 members, 0 of which are static." + scala,
			&LogEvent{Kind: Assigned, Group: "audit", Generation: 1, Members: -1},
		},
		{
			"2.8: the last one has gone",
			coordinator2 + "Group audit with generation 2 is now empty (__consumer_offsets-45)" + scala,
			&LogEvent{Kind: Emptied, Group: "audit", Generation: 2, Members: -1},
		},
		{
			"a group whose name is made of the line's own words",
			coordinator4 + "Stabilized group a generation 7 with 9 members generation 4 with 2 members." + manager,
			&LogEvent{Kind: Stabilized, Group: "a generation 7 with 9 members", Generation: 4, Members: 2},
		},
		{
			"a leader whose client id has a space",
			coordinator4 + "Assignment received from leader my client-1 for group audit for generation 4. The group has 1 members, 0 of which are static." + manager,
			&LogEvent{Kind: Assigned, Group: "audit", Generation: 4, Members: -1, Leader: "my client-1"},
		},
		{"a member's own state is no generation", coordinator4 + "[GroupId audit] Member Ew6W joins the consumer group using the consumer protocol." + manager, nil},
		{"a line of something else", "INFO Kafka Server started (kafka.server.KafkaRaftServer)", nil},
		{"an exception's line", "\tat org.apache.kafka.raft.KafkaRaftClient.poll(KafkaRaftClient.java:2190)", nil},
	} {
		events, err := ReadLog(strings.NewReader("[2026-11-21 10:49:27,604] "+c.line+"\n"), 2)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		if c.want == nil {
			if len(events) != 0 {
				t.Errorf("%s: read %+v, want nothing", c.why, events)
			}
			continue
		}
		want := *c.want
		want.At, want.Broker = time.Date(2026, 11, 21, 10, 49, 27, 604e6, time.UTC), 2
		if len(events) != 1 || events[0] != want {
			t.Errorf("%s:\nread %+v\nwant %+v", c.why, events, want)
		}
	}
}

func TestReadLogSaysWhatItCannotRead(t *testing.T) {
	for why, line := range map[string]string{
		"no time":                     "Stabilized group audit generation 4 with 12 members. (a.B)",
		"a generation that is no int": "[2026-11-21 10:49:27,604] INFO Stabilized group audit generation 99999999999 with 12 members. (a.B)",
	} {
		if events, err := ReadLog(strings.NewReader(line), 1); err == nil {
			t.Errorf("%s: read %+v without an error", why, events)
		}
	}
}

func TestAtLeast(t *testing.T) {
	for _, c := range []struct {
		version      string
		major, minor int
		want         bool
	}{
		{"4.3.1", 3, 9, true},
		{"3.9.1", 3, 9, true},
		{"3.10.0", 3, 9, true}, // numbers, not letters
		{"3.8.1", 3, 9, false},
		{"2.8.1", 3, 3, false},
	} {
		if got := atLeast(c.version, c.major, c.minor); got != c.want {
			t.Errorf("%s at least %d.%d: %v", c.version, c.major, c.minor, got)
		}
	}
}
