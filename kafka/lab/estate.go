package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/kafka/admin"
)

const (
	// knownLimit is how long a topic that was created may take to be known to the brokers.
	knownLimit = 10 * time.Second
	// emptyLimit is how long remove waits for a group to lose its last member. One that was killed stays until its
	// session times out.
	emptyLimit = 15 * time.Second

	estatePause = 50 * time.Millisecond // between two tries
)

// estate is what the lab has on the cluster. On a cluster of the user's own it takes nothing into use that may be
// somebody else's, and remembers what it made, to remove that and nothing more.
type estate struct {
	config kafka.Config
	admin  *admin.Admin
	owned  bool
	prefix string // of the groups that may be used on a cluster of the user's own

	mu     sync.Mutex
	topics []string        // that it created
	groups []string        // that did not exist before
	taken  map[string]bool // groups that were looked at
	set    []string        // groups whose configuration it changed
}

// takeTopic creates the topic. One that exists is taken only if it has as many partitions and holds no record but such as
// a producer of the lab writes; it is left where it is in the end.
func (e *estate) takeTopic(ctx context.Context, topic Topic) error {
	err := e.admin.CreateTopic(ctx, topic.Name, topic.Partitions, -1)
	switch {
	case err == nil:
		e.mu.Lock()
		e.topics = append(e.topics, topic.Name)
		e.mu.Unlock()
		return e.untilKnown(ctx, topic)
	case e.owned && errors.Is(err, admin.ErrTopicExists):
		if err := e.checkTopic(ctx, topic); err != nil {
			return fmt.Errorf("topic %q exists already and is left alone: %w; delete it if it is from a demo, or choose another scene or prefix", topic.Name, err)
		}
		return nil
	}
	return err
}

func (e *estate) untilKnown(ctx context.Context, topic Topic) error {
	ctx, cancel := context.WithTimeout(ctx, knownLimit)
	defer cancel()
	for {
		partitions, err := e.admin.DescribePartitions(ctx, topic.Name)
		if err == nil && partitions == topic.Partitions {
			return nil
		}
		if err == nil {
			err = fmt.Errorf("it is said to have %d partitions", partitions)
		}
		if !pause(ctx, estatePause) {
			return fmt.Errorf("topic %q was created with %d partitions, and the cluster does not know it: %w", topic.Name, topic.Partitions, err)
		}
	}
}

// checkTopic says why an existing topic cannot be the lab's.
func (e *estate) checkTopic(ctx context.Context, topic Topic) error {
	partitions, err := e.admin.DescribePartitions(ctx, topic.Name)
	if err != nil {
		return err
	}
	if partitions != topic.Partitions {
		return fmt.Errorf("it has %d partitions, the scene needs %d", partitions, topic.Partitions)
	}
	conf, err := e.config.Sarama()
	if err != nil {
		return err
	}
	conf.Consumer.MaxWaitTime = 100 * time.Millisecond
	client, err := sarama.NewClient(e.config.Brokers, conf)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return err
	}
	defer func() { _ = consumer.Close() }()
	for p := range partitions {
		record, err := lastRecord(ctx, client, consumer, topic.Name, p)
		if err != nil {
			return fmt.Errorf("look at its partition %d: %w", p, err)
		}
		if record != nil && (len(record.Value) != 8 || !slices.Contains(states[:], string(record.Key))) {
			return fmt.Errorf("its partition %d holds records that are not a demo's", p)
		}
	}
	return nil
}

// lastRecord is the partition's newest record, nil if it has none.
func lastRecord(ctx context.Context, client sarama.Client, consumer sarama.Consumer, topic string, partition int32) (*sarama.ConsumerMessage, error) {
	start, err := client.GetOffset(topic, partition, sarama.OffsetOldest)
	if err != nil {
		return nil, err
	}
	end, err := client.GetOffset(topic, partition, sarama.OffsetNewest)
	if err != nil || end == start {
		return nil, err
	}
	reader, err := consumer.ConsumePartition(topic, partition, end-1)
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }()
	limit := time.NewTimer(knownLimit)
	defer limit.Stop()
	select {
	case record := <-reader.Messages():
		return record, nil
	case <-limit.C: // the last offset of a transaction is a marker, and a compacted record leaves a gap
		return nil, fmt.Errorf("no record came from offset %d on", end-1)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// takeGroup says why a group cannot be used: on a cluster of the user's own, because its name says that it is not a
// demo's, or because somebody else is in it. It looks once.
func (e *estate) takeGroup(_ context.Context, group string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.owned || e.taken[group] {
		return nil
	}
	if !strings.HasPrefix(group, e.prefix) { // it may be empty only for the moment, with offsets that somebody relies on
		return fmt.Errorf("group %q is left alone: here the demo uses only groups whose names begin with %q", group, e.prefix)
	}
	existed, err := e.checkGroup(group)
	if err != nil {
		return fmt.Errorf("group %q is left alone: %w", group, err)
	}
	if e.taken == nil {
		e.taken = map[string]bool{}
	}
	e.taken[group] = true
	if !existed {
		e.groups = append(e.groups, group)
	}
	return nil
}

// checkGroup says whether the group exists, and why it cannot be used if it does. sarama's admin has no contexts; its
// requests are bounded by the configuration's timeouts.
func (e *estate) checkGroup(group string) (existed bool, err error) {
	conf, err := e.config.Sarama()
	if err != nil {
		return false, err
	}
	admin, err := sarama.NewClusterAdmin(e.config.Brokers, conf)
	if err != nil {
		return false, fmt.Errorf("connect to %v: %w", e.config.Brokers, err)
	}
	defer func() { _ = admin.Close() }()
	groups, err := admin.ListConsumerGroups()
	if err != nil {
		return false, fmt.Errorf("list the groups that there are: %w", err)
	}
	if _, exists := groups[group]; !exists {
		return false, nil
	}
	described, err := admin.DescribeConsumerGroups([]string{group})
	if err != nil {
		return true, fmt.Errorf("describe it: %w", err)
	}
	for _, d := range described {
		members := len(d.Members)
		if !errors.Is(d.Err, sarama.ErrNoError) { // GROUP_ID_NOT_FOUND although it is listed: it is not a classic group
			if members, err = e.consumerMembers(conf, group); err != nil {
				return true, fmt.Errorf("it exists and is of another kind than the lab's consumers join: %w", errors.Join(d.Err, err))
			}
		}
		if members > 0 {
			return true, fmt.Errorf("it exists and has %d members that the lab did not start; choose another group, or stop them", members)
		}
	}
	return true, nil
}

// consumerMembers is how many members a group with the consumer protocol has.
func (e *estate) consumerMembers(conf *sarama.Config, group string) (int, error) {
	client, err := sarama.NewClient(e.config.Brokers, conf)
	if err != nil {
		return 0, err
	}
	defer func() { _ = client.Close() }()
	coordinator, err := client.Coordinator(group)
	if err != nil {
		return 0, err
	}
	request := sarama.NewConsumerGroupDescribeRequest(conf.Version)
	request.GroupIDs = []string{group}
	answer, err := coordinator.ConsumerGroupDescribe(request)
	if err != nil {
		return 0, err
	}
	for _, g := range answer.Groups {
		if g.GroupID == group {
			if !errors.Is(g.ErrorCode, sarama.ErrNoError) {
				return 0, g.ErrorCode
			}
			return len(g.Members), nil
		}
	}
	return 0, errors.New("the coordinator does not mention it")
}

// configures notes that a group gets a configuration, which stays when the group is deleted.
func (e *estate) configures(group string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !slices.Contains(e.set, group) {
		e.set = append(e.set, group)
	}
}

// made says whether the lab created the topic.
func (e *estate) made(topic string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Contains(e.topics, topic)
}

// remove deletes what the lab made on a cluster of the user's own. It tries everything, and its error names what is left.
func (e *estate) remove(ctx context.Context) error {
	if !e.owned {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var problems []error
	for _, group := range e.groups {
		if err := e.removeGroup(ctx, group); err != nil {
			problems = append(problems, fmt.Errorf("group %q is still there: %w", group, err))
		}
	}
	for _, group := range e.set {
		if err := e.admin.SetGroupConfigs(ctx, group, map[string]*string{configSession: nil, configHeartbeat: nil}); err != nil {
			problems = append(problems, fmt.Errorf("the configuration of group %q is still there: %w", group, err))
		}
	}
	for _, topic := range e.topics {
		if err := e.admin.DeleteTopic(ctx, topic); err != nil && !errors.Is(err, admin.ErrNoSuchTopic) {
			problems = append(problems, fmt.Errorf("topic %q is still there: %w", topic, err))
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("lab: remove what was created: %w; remove it by hand", errors.Join(problems...))
	}
	return nil
}

func (e *estate) removeGroup(ctx context.Context, group string) error {
	ctx, cancel := context.WithTimeout(ctx, emptyLimit)
	defer cancel()
	for {
		err := e.admin.DeleteGroup(ctx, group)
		switch {
		case err == nil || errors.Is(err, admin.ErrNoSuchGroup):
			return nil
		case !passes(err) || !pause(ctx, estatePause):
			return err
		}
	}
}

// passes says that what keeps a group from being deleted may soon be over: its last member, or a coordinator that has
// just been chosen.
func passes(err error) bool {
	for _, transient := range []error{
		admin.ErrGroupNotEmpty, sarama.ErrNotCoordinatorForConsumer, sarama.ErrConsumerCoordinatorNotAvailable, sarama.ErrOffsetsLoadInProgress,
	} {
		if errors.Is(err, transient) {
			return true
		}
	}
	return false
}
