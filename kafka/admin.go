package kafka

import (
	"context"
	"errors"
)

// Admin makes and removes topics and groups.
type Admin struct{ config Config }

// NewAdmin checks the configuration; nothing is dialled yet.
func NewAdmin(config Config) (*Admin, error) {
	if _, err := config.Sarama(); err != nil {
		return nil, err
	}
	return &Admin{config: config}, nil
}

var errNotYet = errors.New("not written yet")

// CreateTopic creates a topic.
func (a *Admin) CreateTopic(ctx context.Context, name string, partitions int32, replication int16) error {
	return errNotYet
}

// AddPartitions raises a topic's number of partitions to total.
func (a *Admin) AddPartitions(ctx context.Context, topic string, total int32) error { return errNotYet }

// DeleteTopic deletes a topic.
func (a *Admin) DeleteTopic(ctx context.Context, topic string) error { return errNotYet }

// DeleteGroup deletes a group without members.
func (a *Admin) DeleteGroup(ctx context.Context, group string) error { return errNotYet }

// DescribePartitions is how many partitions a topic has.
func (a *Admin) DescribePartitions(ctx context.Context, topic string) (int32, error) {
	return 0, errNotYet
}
