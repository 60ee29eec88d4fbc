// Package admin changes a cluster: it creates and deletes topics and groups, sets the configuration of groups, and removes
// members from them.
package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/IBM/sarama"

	"regroup/kafka"
)

// What the methods of [Admin] may fail with, for errors.Is.
var (
	ErrTopicExists   error = sarama.ErrTopicAlreadyExists
	ErrNoSuchTopic   error = sarama.ErrUnknownTopicOrPartition
	ErrNoSuchGroup   error = sarama.ErrGroupIDNotFound
	ErrGroupNotEmpty error = sarama.ErrNonEmptyGroup
)

// Admin makes and removes topics and groups. Each call connects anew: they are rare, and nothing is left to be closed.
type Admin struct{ config kafka.Config }

// New checks the configuration; nothing is dialled yet.
func New(config kafka.Config) (*Admin, error) {
	if _, err := config.Sarama(); err != nil {
		return nil, err
	}
	return &Admin{config: config}, nil
}

// CreateTopic creates a topic; ErrTopicExists if there is one of that name. A replication of -1 is the broker's default.
func (a *Admin) CreateTopic(ctx context.Context, name string, partitions int32, replication int16) error {
	err := a.onController(ctx, func(s *kafka.Session) error {
		request := &sarama.CreateTopicsRequest{
			Timeout:      a.config.RequestLimit(),
			TopicDetails: map[string]*sarama.TopicDetail{name: {NumPartitions: partitions, ReplicationFactor: replication}},
		}
		answer, err := kafka.Send(ctx, s, kafka.CreateTopics, func(b *sarama.Broker, version int16) (*sarama.CreateTopicsResponse, error) {
			request.Version = version
			return b.CreateTopics(request)
		})
		if err != nil {
			return err
		}
		result := answer.TopicErrors[name]
		if result == nil {
			return kafka.ErrNotInResponse
		}
		return kafka.ErrorOf(result.Err, result.ErrMsg)
	})
	return a.wrap(err, "cannot create topic %q with %d partitions and replication %d", name, partitions, replication)
}

// AddPartitions raises a topic's number of partitions to total.
func (a *Admin) AddPartitions(ctx context.Context, topic string, total int32) error {
	err := a.onController(ctx, func(s *kafka.Session) error {
		request := &sarama.CreatePartitionsRequest{
			Timeout:         a.config.RequestLimit(),
			TopicPartitions: map[string]*sarama.TopicPartition{topic: {Count: total}},
		}
		answer, err := kafka.Send(ctx, s, kafka.CreatePartitions, func(b *sarama.Broker, version int16) (*sarama.CreatePartitionsResponse, error) {
			request.Version = version
			return b.CreatePartitions(request)
		})
		if err != nil {
			return err
		}
		result := answer.TopicPartitionErrors[topic]
		if result == nil {
			return kafka.ErrNotInResponse
		}
		return kafka.ErrorOf(result.Err, result.ErrMsg)
	})
	return a.wrap(err, "cannot raise topic %q to %d partitions", topic, total)
}

// DeleteTopic deletes a topic; ErrNoSuchTopic if there is none.
func (a *Admin) DeleteTopic(ctx context.Context, topic string) error {
	err := a.onController(ctx, func(s *kafka.Session) error {
		request := &sarama.DeleteTopicsRequest{Timeout: a.config.RequestLimit(), Topics: []string{topic}}
		answer, err := kafka.Send(ctx, s, kafka.DeleteTopics, func(b *sarama.Broker, version int16) (*sarama.DeleteTopicsResponse, error) {
			request.Version = version
			return b.DeleteTopics(request)
		})
		if err != nil {
			return err
		}
		code, is := answer.TopicErrorCodes[topic]
		if !is {
			return kafka.ErrNotInResponse
		}
		return kafka.ErrorOf(code, nil)
	})
	return a.wrap(err, "cannot delete topic %q", topic)
}

// DeleteGroup deletes a group and its commits; ErrGroupNotEmpty while it has members, ErrNoSuchGroup if there is none.
func (a *Admin) DeleteGroup(ctx context.Context, group string) error {
	err := a.onCoordinator(ctx, group, func(s *kafka.Session) error {
		request := &sarama.DeleteGroupsRequest{Groups: []string{group}}
		answer, err := kafka.Send(ctx, s, kafka.DeleteGroups, func(b *sarama.Broker, version int16) (*sarama.DeleteGroupsResponse, error) {
			request.Version = version
			return b.DeleteGroups(request)
		})
		if err != nil {
			return err
		}
		code, is := answer.GroupErrorCodes[group]
		if !is {
			return kafka.ErrNotInResponse
		}
		return kafka.ErrorOf(code, nil)
	})
	return a.wrap(err, "cannot delete group %q", group)
}

// DescribePartitions is how many partitions a topic has; ErrNoSuchTopic if there is none.
func (a *Admin) DescribePartitions(ctx context.Context, topic string) (int32, error) {
	var count int32
	err := a.session(ctx, a.config.Brokers, func(s *kafka.Session) error {
		answer, err := s.Metadata(ctx, topic)
		if err != nil {
			return err
		}
		for _, t := range answer.Topics {
			if t.Name == topic {
				count = int32(len(t.Partitions))
				return kafka.ErrorOf(t.Err, nil)
			}
		}
		return kafka.ErrNotInResponse
	})
	return count, a.wrap(err, "cannot read the partitions of topic %q", topic)
}

// wrap says what was tried, and what can be done where something can.
func (a *Admin) wrap(err error, format string, values ...any) error {
	if err == nil {
		return nil
	}
	what := fmt.Sprintf(format, values...)
	var code sarama.KError
	if errors.As(err, &code) && !kafka.IsDenied(code) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return a.explained(what, err)
}

// explained is err in words, with what can be done about it.
func (a *Admin) explained(what string, err error) error {
	problem, advice := a.config.Explain(err)
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

// session runs do with the first address that can be reached. All of its connections are closed when it returns.
func (a *Admin) session(ctx context.Context, addresses []string, do func(*kafka.Session) error) error {
	connector, err := kafka.NewConnector(a.config)
	if err != nil {
		return err
	}
	defer connector.Wait()
	ctx, cancel := kafka.Within(ctx, a.config.RequestLimit()+a.config.DialLimit())
	defer cancel()
	var failures []error
	for _, address := range addresses {
		s, err := connector.Open(ctx, address)
		if err != nil {
			failures = append(failures, a.explained(address, err))
			continue
		}
		defer s.Close()
		return do(s)
	}
	if len(failures) == 1 {
		return failures[0]
	}
	return errors.Join(failures...)
}

// onController runs do on the controller. Brokers of a KRaft cluster pass such requests on, those of one with ZooKeeper
// do not.
func (a *Admin) onController(ctx context.Context, do func(*kafka.Session) error) error {
	return a.session(ctx, a.config.Brokers, func(s *kafka.Session) error {
		answer, err := s.Metadata(ctx)
		if err != nil {
			return err
		}
		controller := slices.IndexFunc(answer.Brokers, func(b *sarama.Broker) bool { return b.ID() == answer.ControllerID })
		if controller < 0 || answer.Brokers[controller].Addr() == s.Address() {
			return do(s)
		}
		return a.session(ctx, []string{answer.Brokers[controller].Addr()}, do)
	})
}

// onCoordinator runs do on the coordinator of a group.
func (a *Admin) onCoordinator(ctx context.Context, group string, do func(*kafka.Session) error) error {
	return a.session(ctx, a.config.Brokers, func(s *kafka.Session) error {
		request := &sarama.FindCoordinatorRequest{CoordinatorKey: group, CoordinatorType: sarama.CoordinatorGroup}
		answer, err := kafka.Send(ctx, s, kafka.FindCoordinator, func(b *sarama.Broker, version int16) (*sarama.FindCoordinatorResponse, error) {
			request.Version = version
			return b.FindCoordinator(request)
		})
		if err != nil {
			return err
		}
		if err := kafka.ErrorOf(answer.Err, answer.ErrMsg); err != nil {
			return err
		}
		if answer.Coordinator == nil {
			return kafka.ErrNotInResponse
		}
		return a.session(ctx, []string{answer.Coordinator.Addr()}, do)
	})
}
