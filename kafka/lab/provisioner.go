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
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"regroup/kafka"
	"regroup/kafka/admin"
)

const (
	// topicTimeout is how long the brokers may take to know a topic that was created, and how long the check of one may take.
	topicTimeout = 10 * time.Second
	// emptyTimeout is how long remove waits for a group to lose its last member. One that was killed stays until its
	// session times out.
	emptyTimeout = 15 * time.Second

	checkInterval = 50 * time.Millisecond // between two attempts
)

// provisioner creates what the lab needs on the cluster. On a cluster of the user's own it uses nothing that may be somebody
// else's, and keeps track of the resources that the lab owns, to remove those and nothing more.
type provisioner struct {
	config kafka.Config
	admin  *admin.Admin
	owned  bool   // the cluster is the user's own
	prefix string // of the groups that may be used on a cluster of the user's own

	mu         sync.Mutex
	topics     []string        // that were created
	groups     []string        // that did not exist before
	acquired   map[string]bool // groups that were checked
	configured []string        // groups whose configuration was changed
}

// provisionTopic creates the topic. An existing one is used only if it has as many partitions and holds only records of the
// lab's producers; it is not removed in the end.
func (p *provisioner) provisionTopic(ctx context.Context, topic Topic) error {
	err := p.admin.CreateTopic(ctx, topic.Name, topic.Partitions, -1)
	switch {
	case err == nil:
		p.mu.Lock()
		p.topics = append(p.topics, topic.Name)
		p.mu.Unlock()
		return p.awaitTopic(ctx, topic)
	case p.owned && errors.Is(err, admin.ErrTopicExists):
		if err := p.checkTopic(ctx, topic); err != nil {
			return fmt.Errorf("topic %q exists already and is left alone: %w; delete it if it is from a demo, or choose another scene or prefix", topic.Name, err)
		}
		return nil
	}
	return err
}

func (p *provisioner) awaitTopic(ctx context.Context, topic Topic) error {
	ctx, cancel := context.WithTimeout(ctx, topicTimeout)
	defer cancel()
	for {
		partitions, err := p.admin.DescribePartitions(ctx, topic.Name)
		if err == nil && partitions == topic.Partitions {
			return nil
		}
		if err == nil {
			err = fmt.Errorf("the brokers report %d partitions", partitions)
		}
		if !sleep(ctx, checkInterval) {
			return fmt.Errorf("topic %q was created with %d partitions, and the brokers do not know it: %w", topic.Name, topic.Partitions, err)
		}
	}
}

// connect opens a client for a check.
func (p *provisioner) connect() (*kgo.Client, error) {
	options, err := p.config.Kgo()
	if err != nil {
		return nil, err
	}
	return kgo.NewClient(options...)
}

// checkTopic returns why an existing topic cannot be the lab's: the newest record of each partition must be one of its
// producers'.
func (p *provisioner) checkTopic(ctx context.Context, topic Topic) error {
	ctx, cancel := context.WithTimeout(ctx, topicTimeout)
	defer cancel()
	partitions, err := p.admin.DescribePartitions(ctx, topic.Name)
	if err != nil {
		return err
	}
	if partitions != topic.Partitions {
		return fmt.Errorf("it has %d partitions, the scene needs %d", partitions, topic.Partitions)
	}
	client, err := p.connect()
	if err != nil {
		return err
	}
	defer client.Close()
	unread, err := newestOffsets(ctx, client, topic.Name)
	if err != nil {
		return err
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic.Name: unread})
	for len(unread) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil { // also where there is only the marker of a transaction, or a gap of compaction
			return fmt.Errorf("the newest records of %d of its partitions could not be read: %w", len(unread), err)
		}
		for r := range fetches.RecordsAll() {
			if len(r.Value) != 8 || !slices.Contains(states[:], string(r.Key)) {
				return fmt.Errorf("its partition %d holds records that are not a demo's", r.Partition)
			}
			delete(unread, r.Partition)
		}
	}
	return nil
}

// newestOffsets are the offsets of the newest records, without empty partitions.
func newestOffsets(ctx context.Context, client *kgo.Client, topic string) (map[int32]kgo.Offset, error) {
	start, err := kadm.NewClient(client).ListStartOffsets(ctx, topic)
	if err == nil {
		err = start.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("read the start of its log: %w", err)
	}
	end, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err == nil {
		err = end.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("read the end of its log: %w", err)
	}
	newest := map[int32]kgo.Offset{}
	end.Each(func(o kadm.ListedOffset) {
		if first, known := start.Lookup(topic, o.Partition); known && o.Offset > first.Offset {
			newest[o.Partition] = kgo.NewOffset().At(o.Offset - 1)
		}
	})
	return newest, nil
}

// acquireGroup returns why a group cannot be used: on a cluster of the user's own, because of its name, or because it has
// members that the lab did not start. A group is checked once.
func (p *provisioner) acquireGroup(ctx context.Context, group string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.owned || p.acquired[group] {
		return nil
	}
	if !strings.HasPrefix(group, p.prefix) { // a group without members may have offsets that somebody depends on
		return fmt.Errorf("group %q is left alone: on this cluster the demo uses only groups whose names begin with %q", group, p.prefix)
	}
	existed, err := p.checkGroup(ctx, group)
	if err != nil {
		return fmt.Errorf("group %q is left alone: %w", group, err)
	}
	if p.acquired == nil {
		p.acquired = map[string]bool{}
	}
	p.acquired[group] = true
	if !existed {
		p.groups = append(p.groups, group)
	}
	return nil
}

// checkGroup reports whether the group exists, and why it cannot be used if it does.
func (p *provisioner) checkGroup(ctx context.Context, group string) (existed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, topicTimeout)
	defer cancel()
	connection, err := p.connect()
	if err != nil {
		return false, err
	}
	defer connection.Close()
	client := kadm.NewClient(connection)
	groups, err := client.ListGroups(ctx)
	if err != nil {
		return false, fmt.Errorf("list the cluster's groups: %w", err)
	}
	if _, exists := groups[group]; !exists {
		return false, nil
	}
	members, err := countMembers(ctx, client, group)
	if err != nil {
		return true, err
	}
	if members > 0 {
		return true, fmt.Errorf("it exists and has %d members that the lab did not start; choose another group, or stop them", members)
	}
	return true, nil
}

func countMembers(ctx context.Context, client *kadm.Client, group string) (int, error) {
	classic, err := client.DescribeGroups(ctx, group)
	if err == nil {
		err = classic[group].Err
	}
	if err == nil {
		return len(classic[group].Members), nil
	}
	consumer, consumerErr := client.DescribeConsumerGroups(ctx, group) // GROUP_ID_NOT_FOUND of a listed group: it is not classic
	if consumerErr == nil {
		consumerErr = consumer[group].Err
	}
	if consumerErr != nil {
		return 0, fmt.Errorf("it exists and is not of a type that the lab's consumers join: %w", errors.Join(err, consumerErr))
	}
	return len(consumer[group].Members), nil
}

// noteConfigured records that a group gets a configuration, which stays when the group is deleted.
func (p *provisioner) noteConfigured(group string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.configured, group) {
		p.configured = append(p.configured, group)
	}
}

// created reports whether the lab created the topic.
func (p *provisioner) created(topic string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.topics, topic)
}

// remove deletes what the lab created on a cluster of the user's own. It tries everything, and its error names what remains.
func (p *provisioner) remove(ctx context.Context) error {
	if !p.owned {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, group := range p.groups {
		if err := p.removeGroup(ctx, group); err != nil {
			errs = append(errs, fmt.Errorf("group %q is still there: %w", group, err))
		}
	}
	for _, group := range p.configured {
		if err := p.admin.SetGroupConfigs(ctx, group, map[string]*string{configSession: nil, configHeartbeat: nil}); err != nil {
			errs = append(errs, fmt.Errorf("the configuration of group %q is still there: %w", group, err))
		}
	}
	for _, topic := range p.topics {
		if err := p.admin.DeleteTopic(ctx, topic); err != nil && !errors.Is(err, admin.ErrNoSuchTopic) {
			errs = append(errs, fmt.Errorf("topic %q is still there: %w", topic, err))
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("lab: remove what was created: %w; remove it by hand", errors.Join(errs...))
	}
	return nil
}

func (p *provisioner) removeGroup(ctx context.Context, group string) error {
	ctx, cancel := context.WithTimeout(ctx, emptyTimeout)
	defer cancel()
	for {
		err := p.admin.DeleteGroup(ctx, group)
		switch {
		case err == nil || errors.Is(err, admin.ErrNoSuchGroup):
			return nil
		case !isTransient(err) || !sleep(ctx, checkInterval):
			return err
		}
	}
}

// isTransient says that what keeps a group from being deleted may soon be over: its last member, or a coordinator that was
// just elected.
func isTransient(err error) bool {
	for _, transient := range []error{
		admin.ErrGroupNotEmpty, sarama.ErrNotCoordinatorForConsumer, sarama.ErrConsumerCoordinatorNotAvailable, sarama.ErrOffsetsLoadInProgress,
	} {
		if errors.Is(err, transient) {
			return true
		}
	}
	return false
}
