package model

import "testing"

func TestTheProtocolOfAGroupGoesByItsTypeAndAssignor(t *testing.T) {
	for _, c := range []struct {
		why          string
		group        GroupType
		protocolType string
		assignor     string
		want         RebalanceProtocol
	}{
		{"Kafka's eager assignors revoke everything before JoinGroup", TypeClassic, "consumer", "range", ProtocolEager},
		{"so does this one, whatever it assigns", TypeClassic, "consumer", "roundrobin", ProtocolEager},
		{"sticky returns the same partitions, after revoking them", TypeClassic, "consumer", "sticky", ProtocolEager},
		{"kafka-go has eager assignors only", TypeClassic, "consumer", "rack-affinity", ProtocolEager},
		{"KafkaJS has an eager assignor only", TypeClassic, "consumer", "RoundRobinAssigner", ProtocolEager},
		{"brod has eager assignors only", TypeClassic, "consumer", "roundrobin_v2", ProtocolEager},
		{"ListGroups before v5 has no types, and only classic groups", TypeUnknown, "consumer", "range", ProtocolEager},
		{"KIP-429", TypeClassic, "consumer", "cooperative-sticky", ProtocolIncremental},
		{"KIP-429, on a broker without group types", TypeUnknown, "consumer", "cooperative-sticky", ProtocolIncremental},
		{"StreamsPartitionAssignor is cooperative since 2.4", TypeClassic, "consumer", "stream", ProtocolIncremental},
		{"KIP-848: only what the coordinator asks for is revoked", TypeConsumer, "consumer", "uniform", ProtocolIncremental},
		{"the server's range, not the client's", TypeConsumer, "consumer", "range", ProtocolIncremental},
		{"KIP-848 before its assignor is known", TypeConsumer, "consumer", "", ProtocolIncremental},
		{"KIP-1071 revokes tasks one by one as well", TypeStreams, "streams", "", ProtocolIncremental},
		{"nobody owns a partition in a share group, and nothing rebalances", TypeShare, "share", "", ProtocolUnknown},
		{"the assignor of a group without members", TypeClassic, "consumer", "", ProtocolUnknown},
		{"nothing is known", TypeUnknown, "", "", ProtocolUnknown},
		{"an assignor of one's own may support either protocol", TypeClassic, "consumer", "by-region", ProtocolUnknown},
		{"a name proves nothing: it may extend an eager assignor", TypeClassic, "consumer", "cooperative-by-region", ProtocolUnknown},
		{"names are compared exactly, as brokers do", TypeClassic, "consumer", "Range", ProtocolUnknown},
		{"Connect before KIP-415 stops every task", TypeClassic, "connect", "default", ProtocolEager},
		{"KIP-415: tasks that stay keep running", TypeClassic, "connect", "compatible", ProtocolIncremental},
		{"KIP-507: the same with signed requests", TypeClassic, "connect", "sessioned", ProtocolIncremental},
		{"the name means something else to consumers", TypeClassic, "consumer", "compatible", ProtocolUnknown},
		{"the name means something else to Connect", TypeClassic, "connect", "range", ProtocolUnknown},
		{"schema registries elect a leader, and own nothing", TypeClassic, "sr", "v0", ProtocolUnknown},
	} {
		g := GroupView{Type: c.group, ProtocolType: c.protocolType, Assignor: c.assignor}
		if got := g.Protocol(); got != c.want {
			t.Errorf("%s (%s %s %s): %v, want %v", c.why, c.group, c.protocolType, c.assignor, got, c.want)
		}
	}
}

func TestTheProtocolOfARebalanceGoesByTheAssignorsOfBothSides(t *testing.T) {
	for _, c := range []struct {
		why           string
		group         GroupType
		before, after string
		joined, left  int
		members       int // after
		want          RebalanceProtocol
	}{
		{"nothing changes", TypeClassic, "range", "range", 1, 0, 3, ProtocolEager},
		{"eager to eager", TypeClassic, "range", "sticky", 0, 0, 2, ProtocolEager},
		{"cooperative on both sides", TypeClassic, "cooperative-sticky", "cooperative-sticky", 0, 1, 2, ProtocolIncremental},
		{"cooperative to cooperative", TypeClassic, "cooperative-sticky", "stream", 0, 0, 2, ProtocolIncremental},
		{"the second rolling restart of KIP-429: members that stay support both, and each client decides for itself", TypeClassic, "range", "cooperative-sticky", 0, 0, 2, ProtocolUnknown},
		{"the way back: members of franz-go keep reading, members of Java stop", TypeClassic, "cooperative-sticky", "range", 0, 0, 2, ProtocolUnknown},
		{"to an assignor of one's own", TypeClassic, "range", "by-region", 0, 0, 2, ProtocolUnknown},
		{"an assignor of one's own on both sides", TypeClassic, "by-region", "by-region", 0, 0, 2, ProtocolUnknown},
		{"the first members", TypeClassic, "", "range", 2, 0, 2, ProtocolEager},
		{"the first members, cooperative", TypeClassic, "", "cooperative-sticky", 1, 0, 1, ProtocolIncremental},
		{"the last member left", TypeClassic, "range", "", 0, 1, 0, ProtocolEager},
		{"the last member left, cooperative", TypeClassic, "cooperative-sticky", "", 0, 1, 0, ProtocolIncremental},
		{"there were members, and their assignor is unknown", TypeClassic, "", "range", 1, 0, 3, ProtocolUnknown},
		{"there are members, and their assignor is unknown", TypeClassic, "range", "", 0, 1, 2, ProtocolUnknown},
		{"nobody came", TypeClassic, "", "", 0, 0, 0, ProtocolUnknown},
		{"a group that was moved to KIP-848", TypeConsumer, "range", "uniform", 1, 0, 3, ProtocolIncremental},
	} {
		r := Rebalance{
			Type: c.group, ProtocolType: "consumer", AssignorBefore: c.before, AssignorAfter: c.after,
			Joined: make([]MemberRef, c.joined), Left: make([]MemberRef, c.left), MembersAfter: c.members,
		}
		if got := r.Protocol(); got != c.want {
			t.Errorf("%s (%s → %s): %v, want %v", c.why, c.before, c.after, got, c.want)
		}
	}
}
