package lab

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"regroup/model"
)

// DefaultSettings are the settings of a demo consumer that is started without any. They are chosen so that what
// happens can be watched, and differ from Kafka's defaults only where these would make one wait:
//
//   - session.timeout.ms is 6 s (Kafka: 45 s), the least that a cluster allows by default: a crash is noticed by then.
//   - heartbeat.interval.ms is a third of it: a member learns within 2 s that it has to join again.
//   - max.poll.interval.ms is 15 s (Kafka: 5 min) and max.poll.records 50 (Kafka: 500): a consumer that takes longer
//     than 0.3 s for a record, and has enough of them before it, is out of its group after 15 s.
//   - auto.commit.interval.ms is 1 s (Kafka: 5 s), so that lag moves while one looks.
func DefaultSettings() model.ConsumerSettings {
	return model.ConsumerSettings{
		GroupProtocol:      model.ProtocolClassic,
		SessionTimeout:     6 * time.Second,
		MaxPollInterval:    15 * time.Second,
		MaxPollRecords:     50,
		FetchMinBytes:      1,
		FetchMaxWait:       500 * time.Millisecond,
		AutoCommitInterval: time.Second,
		Assignor:           sarama.RangeBalanceStrategyName,
		CommitMode:         model.CommitAuto,
		ProcessingTime:     10 * time.Millisecond,
	}
}

// Assignors are the values of partition.assignment.strategy that a demo consumer can have.
func Assignors() []string {
	return []string{
		sarama.RangeBalanceStrategyName, sarama.RoundRobinBalanceStrategyName,
		sarama.StickyBalanceStrategyName, sarama.CooperativeStickyBalanceStrategyName,
	}
}

// The assignors of brokers, in the words of group.remote.assignor.
const (
	assignorUniform = "uniform"
	assignorRange   = "range"
)

// RemoteAssignors are the values of group.remote.assignor that a demo consumer can have where its group protocol is
// consumer; the first is what it has if it is not said.
func RemoteAssignors() []string { return []string{assignorUniform, assignorRange} }

func balanceStrategy(assignor string) (sarama.BalanceStrategy, error) {
	switch assignor {
	case sarama.RangeBalanceStrategyName:
		return sarama.NewBalanceStrategyRange(), nil
	case sarama.RoundRobinBalanceStrategyName:
		return sarama.NewBalanceStrategyRoundRobin(), nil
	case sarama.StickyBalanceStrategyName:
		return sarama.NewBalanceStrategySticky(), nil
	case sarama.CooperativeStickyBalanceStrategyName:
		return sarama.NewBalanceStrategyCooperativeSticky(), nil
	}
	return nil, fmt.Errorf("partition.assignment.strategy %q is not one of %s", assignor, strings.Join(Assignors(), ", "))
}

// withDefaults fills in what is left at zero. A zero processing time is full speed and stays.
func withDefaults(s model.ConsumerSettings) model.ConsumerSettings {
	d := DefaultSettings()
	s.GroupProtocol = orDefault(s.GroupProtocol, d.GroupProtocol)
	s.SessionTimeout = orDefault(s.SessionTimeout, d.SessionTimeout)
	s.HeartbeatInterval = orDefault(s.HeartbeatInterval, s.SessionTimeout/3)
	s.MaxPollInterval = orDefault(s.MaxPollInterval, d.MaxPollInterval)
	s.MaxPollRecords = orDefault(s.MaxPollRecords, d.MaxPollRecords)
	s.FetchMinBytes = orDefault(s.FetchMinBytes, d.FetchMinBytes)
	s.FetchMaxWait = orDefault(s.FetchMaxWait, d.FetchMaxWait)
	s.AutoCommitInterval = orDefault(s.AutoCommitInterval, d.AutoCommitInterval)
	if s.GroupProtocol == model.ProtocolConsumer {
		d.Assignor = assignorUniform
	}
	s.Assignor = orDefault(s.Assignor, d.Assignor)
	s.CommitMode = orDefault(s.CommitMode, d.CommitMode)
	return s
}

func orDefault[T comparable](value, other T) (zero T) {
	if value == zero {
		return other
	}
	return value
}

// maxProcessingTime and maxRecords keep a slip of the finger from becoming a consumer that never answers.
const (
	maxProcessingTime = time.Hour
	maxRecords        = 100_000
)

func validateProcessingTime(d time.Duration) error {
	if d < 0 || d > maxProcessingTime {
		return fmt.Errorf("a processing time of %s for a record is not possible: give 0 to %s", d, maxProcessingTime)
	}
	return nil
}

// validateSettings names the first setting that cannot be right, by Kafka's name. It expects defaults to be filled in.
func validateSettings(s model.ConsumerSettings) error {
	for _, d := range []struct {
		name  string
		value time.Duration
		least time.Duration
	}{
		{"session.timeout.ms", s.SessionTimeout, 3 * time.Millisecond},
		{"heartbeat.interval.ms", s.HeartbeatInterval, time.Millisecond},
		{"max.poll.interval.ms", s.MaxPollInterval, 2 * time.Millisecond},
		{"fetch.max.wait.ms", s.FetchMaxWait, time.Millisecond},
		{"auto.commit.interval.ms", s.AutoCommitInterval, time.Millisecond},
	} {
		if d.value < d.least || d.value > math.MaxInt32*time.Millisecond {
			return fmt.Errorf("%s of %s is not possible: give at least %s and at most %d ms", d.name, d.value, d.least, math.MaxInt32)
		}
	}
	if s.HeartbeatInterval >= s.SessionTimeout {
		return fmt.Errorf("heartbeat.interval.ms (%s) must be below session.timeout.ms (%s); a third of it is usual", s.HeartbeatInterval, s.SessionTimeout)
	}
	if s.MaxPollRecords < 1 || s.MaxPollRecords > maxRecords {
		return fmt.Errorf("max.poll.records of %d is not possible: give 1 to %d", s.MaxPollRecords, maxRecords)
	}
	if s.FetchMinBytes < 1 {
		return fmt.Errorf("fetch.min.bytes of %d is not possible: give at least 1", s.FetchMinBytes)
	}
	if modes := []model.CommitMode{model.CommitAuto, model.CommitSync, model.CommitAsync}; !slices.Contains(modes, s.CommitMode) {
		return fmt.Errorf("commit mode %q is not one of %v", s.CommitMode, modes)
	}
	if err := validateAssignor(s); err != nil {
		return err
	}
	return validateProcessingTime(s.ProcessingTime)
}

func validateAssignor(s model.ConsumerSettings) error {
	switch s.GroupProtocol {
	case model.ProtocolClassic:
		_, err := balanceStrategy(s.Assignor)
		return err
	case model.ProtocolConsumer:
		if !slices.Contains(RemoteAssignors(), s.Assignor) {
			return fmt.Errorf("group.remote.assignor %q is not one of %s: with group.protocol consumer the broker assigns", s.Assignor, strings.Join(RemoteAssignors(), ", "))
		}
		return nil
	}
	return fmt.Errorf("group.protocol %q is neither %q nor %q", s.GroupProtocol, model.ProtocolClassic, model.ProtocolConsumer)
}
