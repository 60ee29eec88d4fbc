package model

// RebalanceProtocol is what members do with their partitions while their group rebalances (KIP-429). The zero value is
// [ProtocolUnknown].
type RebalanceProtocol uint8

// The rebalance protocols.
const (
	// ProtocolUnknown: members may keep reading, or may have stopped.
	ProtocolUnknown RebalanceProtocol = iota
	// ProtocolEager: every member revokes all of its partitions before it rejoins.
	ProtocolEager
	// ProtocolIncremental: members keep reading the partitions that they keep.
	ProtocolIncremental
)

// Protocol is how the members of the group rebalance, by its type and its assignor. It is unknown while the assignor is
// unknown, for an assignor that is neither Kafka's nor a known client's, and for share groups, which do not rebalance.
func (g *GroupView) Protocol() RebalanceProtocol {
	return ProtocolOf(g.Type, g.ProtocolType, g.Assignor)
}

// Protocol is how the members that were in the group before and after the rebalance took part in it. Where one side had
// no members it is the other side's protocol, because nobody owned anything there.
//
// It is unknown if the assignors of the two sides differ in it. That happens where a group is moved between eager and
// cooperative assignors by two rolling restarts (KIP-429). Members that stay support both assignors then: Java's consumer
// is eager as soon as one of its assignors is, but franz-go's goes by the assignor that was chosen last.
func (r *Rebalance) Protocol() RebalanceProtocol {
	before := ProtocolOf(r.Type, r.ProtocolType, r.AssignorBefore)
	after := ProtocolOf(r.Type, r.ProtocolType, r.AssignorAfter)
	switch {
	case before == after:
		return before
	case r.AssignorBefore == "" && r.MembersAfter+len(r.Left) == len(r.Joined):
		return after
	case r.AssignorAfter == "" && r.MembersAfter == 0:
		return before
	}
	return ProtocolUnknown
}

// ProtocolOf is the rebalance protocol of a group with an assignor; protocolType is "" where it is not known.
func ProtocolOf(group GroupType, protocolType, assignor string) RebalanceProtocol {
	switch group {
	case TypeConsumer, TypeStreams: // members revoke only what the coordinator asks for (KIP-848, KIP-1071)
		return ProtocolIncremental
	case TypeClassic, TypeUnknown:
	default:
		return ProtocolUnknown
	}
	switch protocolType {
	case ConsumerProtocol, "": // "" where only the assignor was reported
		return assignorProtocol(assignor)
	case "connect":
		return connectProtocol(assignor)
	}
	return ProtocolUnknown
}

// ConsumerProtocol is the protocol type of classic groups of consumers.
const ConsumerProtocol = "consumer"

// assignorProtocol goes by the name of a classic consumer group's assignor. A name that a client library defines is taken
// for that library's assignor. All others are unknown: Java's own assignors may implement either protocol under any name.
func assignorProtocol(assignor string) RebalanceProtocol {
	switch assignor {
	case "range", "roundrobin", "sticky", // in every client
		"rack-affinity",      // kafka-go
		"RoundRobinAssigner", // KafkaJS
		"roundrobin_v2":      // brod
		return ProtocolEager
	case "cooperative-sticky",
		"stream": // Kafka Streams, cooperative since 2.4; a rolling upgrade from an older release is eager under the same name
		return ProtocolIncremental
	}
	return ProtocolUnknown
}

// connectProtocol goes by the protocol that Connect workers chose, which stands in the place of an assignor.
func connectProtocol(name string) RebalanceProtocol {
	switch name {
	case "default":
		return ProtocolEager
	case "compatible", "sessioned": // KIP-415, KIP-507
		return ProtocolIncremental
	}
	return ProtocolUnknown
}
