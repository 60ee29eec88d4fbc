package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/IBM/sarama"
)

// What the methods of [Admin] may fail with, for errors.Is.
var (
	ErrTopicExists   error = sarama.ErrTopicAlreadyExists
	ErrNoSuchTopic   error = sarama.ErrUnknownTopicOrPartition
	ErrNoSuchGroup   error = sarama.ErrGroupIDNotFound
	ErrGroupNotEmpty error = sarama.ErrNonEmptyGroup
)

// Admin makes and removes topics and groups. Each call connects anew: they are rare, and nothing is left to be closed.
type Admin struct{ config Config }

// NewAdmin checks the configuration; nothing is dialled yet.
func NewAdmin(config Config) (*Admin, error) {
	if _, err := config.Sarama(); err != nil {
		return nil, err
	}
	return &Admin{config: config}, nil
}

// CreateTopic creates a topic; ErrTopicExists if there is one of that name. A replication of -1 is the broker's default.
func (a *Admin) CreateTopic(ctx context.Context, name string, partitions int32, replication int16) error {
	err := a.onController(ctx, func(s *session) error {
		version, err := s.offered.version(apiCreateTopics)
		if err != nil {
			return err
		}
		request := &sarama.CreateTopicsRequest{
			Version: version, Timeout: a.config.timeout(),
			TopicDetails: map[string]*sarama.TopicDetail{name: {NumPartitions: partitions, ReplicationFactor: replication}},
		}
		answer, err := send(ctx, s, func(b *sarama.Broker) (*sarama.CreateTopicsResponse, error) { return b.CreateTopics(request) })
		if err != nil {
			return err
		}
		result := answer.TopicErrors[name]
		if result == nil {
			return errNoResult
		}
		return saying(result.Err, result.ErrMsg)
	})
	return a.wrap(err, "cannot create topic %q with %d partitions and replication %d", name, partitions, replication)
}

// AddPartitions raises a topic's number of partitions to total.
func (a *Admin) AddPartitions(ctx context.Context, topic string, total int32) error {
	err := a.onController(ctx, func(s *session) error {
		version, err := s.offered.version(apiCreatePartitions)
		if err != nil {
			return err
		}
		request := &sarama.CreatePartitionsRequest{
			Version: version, Timeout: a.config.timeout(),
			TopicPartitions: map[string]*sarama.TopicPartition{topic: {Count: total}},
		}
		answer, err := send(ctx, s, func(b *sarama.Broker) (*sarama.CreatePartitionsResponse, error) { return b.CreatePartitions(request) })
		if err != nil {
			return err
		}
		result := answer.TopicPartitionErrors[topic]
		if result == nil {
			return errNoResult
		}
		return saying(result.Err, result.ErrMsg)
	})
	return a.wrap(err, "cannot raise topic %q to %d partitions", topic, total)
}

// DeleteTopic deletes a topic; ErrNoSuchTopic if there is none.
func (a *Admin) DeleteTopic(ctx context.Context, topic string) error {
	err := a.onController(ctx, func(s *session) error {
		version, err := s.offered.version(apiDeleteTopics)
		if err != nil {
			return err
		}
		request := &sarama.DeleteTopicsRequest{Version: version, Timeout: a.config.timeout(), Topics: []string{topic}}
		answer, err := send(ctx, s, func(b *sarama.Broker) (*sarama.DeleteTopicsResponse, error) { return b.DeleteTopics(request) })
		if err != nil {
			return err
		}
		code, is := answer.TopicErrorCodes[topic]
		if !is {
			return errNoResult
		}
		return saying(code, nil)
	})
	return a.wrap(err, "cannot delete topic %q", topic)
}

// DeleteGroup deletes a group and its commits; ErrGroupNotEmpty while it has members, ErrNoSuchGroup if there is none.
func (a *Admin) DeleteGroup(ctx context.Context, group string) error {
	err := a.onCoordinator(ctx, group, func(s *session) error {
		version, err := s.offered.version(apiDeleteGroups)
		if err != nil {
			return err
		}
		request := &sarama.DeleteGroupsRequest{Version: version, Groups: []string{group}}
		answer, err := send(ctx, s, func(b *sarama.Broker) (*sarama.DeleteGroupsResponse, error) { return b.DeleteGroups(request) })
		if err != nil {
			return err
		}
		code, is := answer.GroupErrorCodes[group]
		if !is {
			return errNoResult
		}
		return saying(code, nil)
	})
	return a.wrap(err, "cannot delete group %q", group)
}

// DescribePartitions is how many partitions a topic has; ErrNoSuchTopic if there is none.
func (a *Admin) DescribePartitions(ctx context.Context, topic string) (int32, error) {
	var count int32
	err := a.session(ctx, a.config.Brokers, func(s *session) error {
		answer, err := s.metadata(ctx, topic)
		if err != nil {
			return err
		}
		for _, t := range answer.Topics {
			if t.Name == topic {
				count = int32(len(t.Partitions))
				return saying(t.Err, nil)
			}
		}
		return errNoResult
	})
	return count, a.wrap(err, "cannot read the partitions of topic %q", topic)
}

var errNoResult = errors.New("the broker's answer does not mention it")

// wrap says what was tried, and what can be done where something can.
func (a *Admin) wrap(err error, format string, values ...any) error {
	if err == nil {
		return nil
	}
	what := fmt.Sprintf(format, values...)
	var code sarama.KError
	if errors.As(err, &code) && !isDenied(code) {
		return fmt.Errorf("%s: %w", what, err)
	}
	problem, advice := a.config.explain(err)
	if advice != "" {
		problem += "; " + advice
	}
	return &adminError{text: what + ": " + problem, err: err}
}

// adminError prints what explain made of the error that it wraps.
type adminError struct {
	text string
	err  error
}

func (e *adminError) Error() string { return e.text }
func (e *adminError) Unwrap() error { return e.err }

// coded is what a broker answered, in words.
type coded struct {
	code sarama.KError
	text string
}

func (e coded) Error() string { return e.text }
func (e coded) Unwrap() error { return e.code }

// saying is the error of a code, with the broker's own words where it has some.
func saying(code sarama.KError, message *string) error {
	if code == sarama.ErrNoError {
		return nil
	}
	text := words(code)
	if message != nil && *message != "" {
		text += " (" + *message + ")"
	}
	return coded{code, text}
}

// session is a link for the length of one call.
type session struct {
	*link
	offered offers
}

// send is one request of a session.
func send[R any](ctx context.Context, s *session, call func(*sarama.Broker) (R, error)) (R, error) {
	answer, err := exchange(ctx, s.link, call)
	if err != nil && broken(err) {
		err = &linkError{err: err, greeting: s.greeting()}
	}
	return answer, err
}

func (s *session) metadata(ctx context.Context, names ...string) (*sarama.MetadataResponse, error) {
	request := metadataOf(names)
	return send(ctx, s, func(b *sarama.Broker) (*sarama.MetadataResponse, error) { return request(b, s.offered) })
}

// session runs do with the first address that can be reached. Nothing of it is left when it returns.
func (a *Admin) session(ctx context.Context, addresses []string, do func(*session) error) error {
	connector, err := newConnector(a.config)
	if err != nil {
		return err
	}
	defer connector.wait()
	ctx, cancel := within(ctx, a.config.timeout()+a.config.dialTimeout())
	defer cancel()
	var failures []error
	for _, address := range addresses {
		l, offered, err := connector.greet(ctx, address)
		if err != nil {
			problem, advice := a.config.explain(err)
			if advice != "" {
				problem += "; " + advice
			}
			failures = append(failures, &adminError{text: address + ": " + problem, err: err})
			continue
		}
		defer l.close()
		return do(&session{link: l, offered: offered})
	}
	if len(failures) == 1 {
		return failures[0]
	}
	return errors.Join(failures...)
}

// onController runs do on the controller. Brokers of a KRaft cluster pass such requests on, those of one with ZooKeeper
// do not.
func (a *Admin) onController(ctx context.Context, do func(*session) error) error {
	return a.session(ctx, a.config.Brokers, func(s *session) error {
		answer, err := s.metadata(ctx)
		if err != nil {
			return err
		}
		controller := slices.IndexFunc(answer.Brokers, func(b *sarama.Broker) bool { return b.ID() == answer.ControllerID })
		if controller < 0 || answer.Brokers[controller].Addr() == s.address {
			return do(s)
		}
		return a.session(ctx, []string{answer.Brokers[controller].Addr()}, do)
	})
}

// onCoordinator runs do on the coordinator of a group.
func (a *Admin) onCoordinator(ctx context.Context, group string, do func(*session) error) error {
	return a.session(ctx, a.config.Brokers, func(s *session) error {
		version, err := s.offered.version(apiFindCoordinator)
		if err != nil {
			return err
		}
		request := &sarama.FindCoordinatorRequest{Version: version, CoordinatorKey: group, CoordinatorType: sarama.CoordinatorGroup}
		answer, err := send(ctx, s, func(b *sarama.Broker) (*sarama.FindCoordinatorResponse, error) { return b.FindCoordinator(request) })
		if err != nil {
			return err
		}
		if err := saying(answer.Err, answer.ErrMsg); err != nil {
			return err
		}
		if answer.Coordinator == nil {
			return errNoResult
		}
		return a.session(ctx, []string{answer.Coordinator.Addr()}, do)
	})
}
