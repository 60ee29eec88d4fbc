package poll

import (
	"slices"
	"strings"

	"github.com/IBM/sarama"

	"regroup/kafka/records"
	"regroup/model"
)

const (
	rebalancing      = "the group is rebalancing"
	protocolConsumer = records.ProtocolConsumer
)

// payloads remembers what the bytes of members mean. From poll to poll nearly all of them stay the same, and many
// members send the same. What is remembered is shared by snapshots and never changed.
type payloads struct {
	now, before map[string]payload // by the bytes, with what they are in front
	key         []byte             // used again for each
}

type payload struct {
	topics     []string
	partitions []model.TopicPartition
	err        error
}

// turn forgets what was not used since the last turn.
func (p *payloads) turn() {
	p.before, p.now = p.now, make(map[string]payload, len(p.now))
}

// subscription and assignment are records.Subscription and records.Assignment, remembered.
func (p *payloads) subscription(bytes []byte) ([]string, error) {
	known := p.remember('s', bytes, func() (decoded payload) {
		decoded.topics, decoded.err = records.Subscription(bytes)
		return decoded
	})
	return known.topics, known.err
}

func (p *payloads) assignment(bytes []byte) ([]model.TopicPartition, error) {
	known := p.remember('a', bytes, func() (decoded payload) {
		decoded.partitions, decoded.err = records.Assignment(bytes)
		return decoded
	})
	return known.partitions, known.err
}

func (p *payloads) remember(kind byte, bytes []byte, decode func() payload) payload {
	p.key = append(append(p.key[:0], kind), bytes...)
	if known, is := p.now[string(p.key)]; is {
		return known
	}
	known, is := p.before[string(p.key)]
	if !is {
		known = decode()
	}
	if p.now == nil {
		p.now = make(map[string]payload)
	}
	p.now[string(p.key)] = known
	return known
}

// classicMembers are the members of a classic group, sorted by id.
//
// Outside Stable a coordinator's assignments are not reliable: Kafka responds without subscriptions
// and, by release, with the assignments from before or with none. Reading those as "owns nothing" would show every
// rebalance as everybody losing everything.
func (p *payloads) classicMembers(group *sarama.GroupDescription, state model.GroupState) []model.Member {
	if len(group.Members) == 0 {
		return nil
	}
	members := make([]model.Member, 0, len(group.Members))
	for _, m := range group.Members {
		member := model.Member{
			ID:         m.MemberId,
			InstanceID: orEmpty(m.GroupInstanceId),
			ClientID:   m.ClientId,
			Host:       records.Host(m.ClientHost),
		}
		p.decodeMember(&member, m, group.ProtocolType, state)
		members = append(members, member)
	}
	if len(members) > 1 {
		slices.SortFunc(members, func(a, b model.Member) int { return strings.Compare(a.ID, b.ID) })
	}
	return members
}

// decodeMember fills in what a member subscribes to and owns. In a stable group no bytes at all are what a member
// without partitions gets from some assignors.
func (p *payloads) decodeMember(member *model.Member, m *sarama.GroupMemberDescription, protocolType string, state model.GroupState) {
	if protocolType != protocolConsumer {
		member.AssignmentProblem = records.ForeignFormat(protocolType)
		return
	}
	if subscription, err := p.subscription(m.MemberMetadata); err == nil {
		member.Subscription = subscription
	}
	if state != model.StateStable {
		member.AssignmentProblem = rebalancing
		return
	}
	assignment, err := p.assignment(m.MemberAssignment)
	if err != nil {
		member.AssignmentProblem = records.Undecoded(err)
		return
	}
	member.AssignmentKnown, member.Assignment = true, assignment
}

func sortPartitions(partitions []model.TopicPartition) []model.TopicPartition {
	slices.SortFunc(partitions, model.TopicPartition.Compare)
	return slices.Compact(partitions)
}

// consumerMembers are the members of a KIP-848 group, sorted by id. The coordinator knows what they own.
func consumerMembers(group *sarama.ConsumerGroupDescription) []model.Member {
	if len(group.Members) == 0 {
		return nil
	}
	members := make([]model.Member, 0, len(group.Members))
	for i := range group.Members {
		m := &group.Members[i]
		members = append(members, model.Member{
			ID:              m.MemberID,
			InstanceID:      orEmpty(m.InstanceID),
			ClientID:        m.ClientID,
			Host:            records.Host(m.ClientHost),
			Rack:            orEmpty(m.RackID),
			Epoch:           model.Some(m.MemberEpoch),
			Subscription:    consumerSubscription(m),
			AssignmentKnown: true,
			Assignment:      consumerPartitions(m.Assignment),
			TargetKnown:     true,
			Target:          consumerPartitions(m.TargetAssignment),
		})
	}
	slices.SortFunc(members, func(a, b model.Member) int { return strings.Compare(a.ID, b.ID) })
	return members
}

// consumerSubscription is nil where a regular expression has a say: which topics it matches only the coordinator knows.
func consumerSubscription(m *sarama.ConsumerGroupMemberDescription) []string {
	if orEmpty(m.SubscribedTopicRegex) != "" {
		return nil
	}
	topics := slices.Clone(m.SubscribedTopicNames)
	if topics == nil {
		topics = []string{}
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

func consumerPartitions(assignment sarama.ConsumerGroupAssignment) []model.TopicPartition {
	var partitions []model.TopicPartition
	for _, t := range assignment.TopicPartitions {
		name := t.TopicName
		if name == "" {
			name = nameless + records.TopicID(t.TopicID)
		}
		for _, number := range t.Partitions {
			partitions = append(partitions, model.TopicPartition{Topic: name, Partition: number})
		}
	}
	return sortPartitions(partitions)
}

// nameless is the prefix of a topic of which only the id is known, as from the embedded cluster: no topic's name
// has such a character. It is replaced before the snapshot is made.
const nameless = "\x00"

// nameTopics replaces the ids of topics by names. What cannot be named is unknown.
func (c *cycle) nameTopics(entries []*entry) {
	var names map[string]string // by id, made when first needed
	for _, e := range entries {
		if e.consumer == nil {
			continue
		}
		for i := range e.group.Members {
			m := &e.group.Members[i]
			if !anyNameless(m.Assignment) && !anyNameless(m.Target) {
				continue
			}
			if names == nil {
				names = c.poller.cluster.namesByID()
			}
			if !giveNames(m.Assignment, names) {
				m.AssignmentKnown, m.Assignment, m.AssignmentProblem = false, nil, "it names a topic by an id that is not known"
			}
			if !giveNames(m.Target, names) {
				m.TargetKnown, m.Target = false, nil
			}
		}
	}
}

func anyNameless(partitions []model.TopicPartition) bool {
	return slices.ContainsFunc(partitions, func(tp model.TopicPartition) bool { return strings.HasPrefix(tp.Topic, nameless) })
}

// giveNames replaces ids by names and keeps the order; false if one is not known.
func giveNames(partitions []model.TopicPartition, names map[string]string) bool {
	for i := range partitions {
		id, is := strings.CutPrefix(partitions[i].Topic, nameless)
		if !is {
			continue
		}
		if partitions[i].Topic = names[id]; partitions[i].Topic == "" {
			return false
		}
	}
	slices.SortFunc(partitions, model.TopicPartition.Compare)
	return true
}

// namesByID are the names of the topics whose ids are known.
func (c *cluster) namesByID() map[string]string {
	names := make(map[string]string, len(c.topics))
	for _, t := range c.topics {
		if t.ID != "" {
			names[t.ID] = t.Name
		}
	}
	return names
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
