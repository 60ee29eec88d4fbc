package realtest

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// generation is what the coordinator wrote of a generation of a group, or of an epoch: who was in it, and who was
// to own what.
type generation struct {
	members map[string]string               // the client.id by the member id
	owners  map[model.TopicPartition]string // the member id
	reached bool                            // every member had what it was to own before the next one came
}

// truth is what the coordinators wrote of groups, read by a library that regroup does not read with.
type truth map[string]map[int32]*generation

// readTruth reads __consumer_offsets from its beginning to its end as of now.
func readTruth(t testing.TB, c *kafkatest.Cluster, prefix string) truth {
	t.Helper()
	const topic = "__consumer_offsets"
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	admin := c.Admin(t)
	ends, err := admin.ListEndOffsets(ctx, topic)
	kafkatest.Must(t, err)
	kafkatest.Must(t, ends.Error())
	starts, left := make(map[int32]kgo.Offset), make(map[int32]int64)
	ends.Each(func(o kadm.ListedOffset) {
		starts[o.Partition] = kgo.NewOffset().AtStart()
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	names := topicNames(t, admin)
	client := c.Client(t, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: starts}))
	truths, epochs := make(truth), make(map[string]*epoch)
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		kafkatest.Must(t, fetches.Err0())
		fetches.EachRecord(func(r *kgo.Record) {
			truths.take(t, r, epochs, names, prefix)
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
	return truths
}

// topicNames are the names by their ids, as model has them.
func topicNames(t testing.TB, admin *kadm.Client) map[string]string {
	t.Helper()
	topics, err := admin.ListTopics(t.Context())
	kafkatest.Must(t, err)
	names := make(map[string]string)
	for _, topic := range topics {
		names[string(topic.ID[:])] = topic.Topic
	}
	return names
}

func (all truth) add(group string, number int32, g *generation) {
	if all[group] == nil {
		all[group] = make(map[int32]*generation)
	}
	all[group][number] = g
}

func (all truth) take(t testing.TB, r *kgo.Record, epochs map[string]*epoch, names map[string]string, prefix string) {
	t.Helper()
	if len(r.Key) < 2 {
		t.Fatalf("a record of %s-%d at %d has a key of %d bytes", r.Topic, r.Partition, r.Offset, len(r.Key))
	}
	switch version := binary.BigEndian.Uint16(r.Key); {
	case version == 2:
		var key kmsg.GroupMetadataKey
		kafkatest.Must(t, key.ReadFrom(r.Key))
		if strings.HasPrefix(key.Group, prefix) && r.Value != nil {
			number, g := classicGeneration(t, r.Value)
			all.add(key.Group, number, g)
		}
	case version >= 3 && version <= 8:
		words := keyWords(r.Key[2:])
		if !strings.HasPrefix(words[0], prefix) {
			return
		}
		e := epochs[words[0]]
		if e == nil {
			e = &epoch{members: make(map[string]string), targets: make(map[string][]model.TopicPartition), at: make(map[string]int32)}
			epochs[words[0]] = e
		}
		if number, targeted := e.take(version, words, r.Value, names); targeted {
			e.number, e.newest = number, e.generation()
			all.add(words[0], number, e.newest)
		}
		if version == 8 && r.Value != nil {
			e.look()
		}
	}
}

func classicGeneration(t testing.TB, record []byte) (int32, *generation) {
	t.Helper()
	var value kmsg.GroupMetadataValue
	kafkatest.Must(t, value.ReadFrom(record))
	g := &generation{members: make(map[string]string), owners: make(map[model.TopicPartition]string), reached: true}
	for _, m := range value.Members {
		g.members[m.MemberID] = m.ClientID
		var assignment kmsg.ConsumerMemberAssignment
		if len(m.Assignment) == 0 {
			continue
		}
		kafkatest.Must(t, assignment.ReadFrom(m.Assignment))
		for _, topic := range assignment.Topics {
			for _, partition := range topic.Partitions {
				g.owners[model.TopicPartition{Topic: topic.Topic, Partition: partition}] = m.MemberID
			}
		}
	}
	return value.Generation, g
}

// keyWords are the strings of a key: the group, and the member id where there is one.
func keyWords(key []byte) (words []string) {
	for len(key) >= 2 {
		length := int(binary.BigEndian.Uint16(key))
		words, key = append(words, string(key[2:2+length])), key[2+length:]
	}
	return words
}

// epoch is a group of the consumer protocol (KIP-848) while its records are read. Only what a test needs is decoded, by
// the schemas of Kafka's group coordinator.
type epoch struct {
	members map[string]string
	targets map[string][]model.TopicPartition
	at      map[string]int32 // the epoch whose target a member has reached; 0 is on its way

	number int32       // the epoch that was targeted last
	newest *generation // of it; nil if there is none yet, or if the next one has begun
}

// look notes when every member has reached the target.
func (e *epoch) look() {
	if e.newest == nil {
		return
	}
	for id := range e.members {
		if e.at[id] != e.number {
			return
		}
	}
	e.newest.reached = true
}

// take takes in a record. The record of the target's epoch completes what came before it.
func (e *epoch) take(version uint16, words []string, value []byte, names map[string]string) (number int32, targeted bool) {
	if version == 3 || version == 5 || version == 7 {
		e.newest = nil
	}
	switch version {
	case 5: // ConsumerGroupMemberMetadataValue: instance id, rack id, client id, …
		if value == nil {
			delete(e.members, words[1])
			break
		}
		read := compact{value[2:]}
		_, _ = read.text(), read.text()
		e.members[words[1]] = read.text()
	case 6: // ConsumerGroupTargetAssignmentMetadataValue
		if value != nil {
			return int32(binary.BigEndian.Uint32(value[2:])), true
		}
	case 7: // ConsumerGroupTargetAssignmentMemberValue: [topic id, [partition]]
		delete(e.targets, words[1])
		if value == nil {
			break
		}
		read := compact{value[2:]}
		for range read.length() {
			topic := names[string(read.bytes(16))]
			for range read.length() {
				partition := int32(binary.BigEndian.Uint32(read.bytes(4)))
				e.targets[words[1]] = append(e.targets[words[1]], model.TopicPartition{Topic: topic, Partition: partition})
			}
			read.length() // tagged fields: none
		}
	case 8: // ConsumerGroupCurrentMemberAssignmentValue: epoch, epoch before, state, …
		delete(e.at, words[1])
		if value != nil && value[10] == 0 {
			e.at[words[1]] = int32(binary.BigEndian.Uint32(value[2:]))
		}
	}
	return 0, false
}

func (e *epoch) generation() *generation {
	g := &generation{members: maps.Clone(e.members), owners: make(map[model.TopicPartition]string)}
	for member, partitions := range e.targets {
		for _, tp := range partitions {
			g.owners[tp] = member
		}
	}
	return g
}

// compact reads the compact forms of Kafka's flexible versions.
type compact struct{ rest []byte }

func (c *compact) bytes(count int) []byte {
	taken := c.rest[:count]
	c.rest = c.rest[count:]
	return taken
}

// length is one less than what is written; null is none.
func (c *compact) length() int {
	value, size := binary.Uvarint(c.rest)
	c.rest = c.rest[size:]
	return max(0, int(value)-1)
}

func (c *compact) text() string { return string(c.bytes(c.length())) }

// owned is an assignment in a line, by client ids.
func (g *generation) owned() string {
	var lines []string
	for tp, member := range g.owners {
		lines = append(lines, fmt.Sprintf("%s:%s", tp, g.members[member]))
	}
	slices.Sort(lines)
	return strings.Join(lines, " ")
}
