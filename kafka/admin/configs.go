package admin

import (
	"context"

	"github.com/IBM/sarama"

	"regroup/kafka"
)

// groupResource is the type of a group's configuration in the requests for configurations (KIP-848). sarama does not name it.
const groupResource sarama.ConfigResourceType = 32

// SetGroupConfigs sets configurations of a group, by their names without "group."; nil goes back to the cluster's own.
// Such a configuration may be set before the group exists, and stays when it is deleted. All are set, or none.
func (a *Admin) SetGroupConfigs(ctx context.Context, group string, values map[string]*string) error {
	err := a.onController(ctx, func(s *kafka.Session) error {
		resource := &sarama.IncrementalAlterConfigsResource{
			Type: groupResource, Name: group, ConfigEntries: map[string]sarama.IncrementalAlterConfigsEntry{},
		}
		for name, value := range values {
			entry := sarama.IncrementalAlterConfigsEntry{Operation: sarama.IncrementalAlterConfigsOperationSet, Value: value}
			if value == nil {
				entry.Operation = sarama.IncrementalAlterConfigsOperationDelete
			}
			resource.ConfigEntries[name] = entry
		}
		request := &sarama.IncrementalAlterConfigsRequest{Resources: []*sarama.IncrementalAlterConfigsResource{resource}}
		answer, err := kafka.Send(ctx, s, kafka.IncrementalAlterConfigs, func(b *sarama.Broker, version int16) (*sarama.IncrementalAlterConfigsResponse, error) {
			request.Version = version
			return b.IncrementalAlterConfigs(request)
		})
		if err != nil {
			return err
		}
		for _, r := range answer.Resources {
			if r.Name == group {
				return kafka.ErrorOf(sarama.KError(r.ErrorCode), &r.ErrorMsg)
			}
		}
		return kafka.ErrNotInResponse
	})
	return a.wrap(err, "cannot set the configuration of group %q", group)
}

// GroupConfigs are a group's configurations by name, those that it has from the cluster included. A cluster may leave out
// what is not set for the group itself.
func (a *Admin) GroupConfigs(ctx context.Context, group string) (map[string]string, error) {
	configs := map[string]string{}
	err := a.session(ctx, a.config.Brokers, func(s *kafka.Session) error {
		request := &sarama.DescribeConfigsRequest{Resources: []*sarama.ConfigResource{{Type: groupResource, Name: group}}}
		answer, err := kafka.Send(ctx, s, kafka.DescribeConfigs, func(b *sarama.Broker, version int16) (*sarama.DescribeConfigsResponse, error) {
			request.Version = version
			return b.DescribeConfigs(request)
		})
		if err != nil {
			return err
		}
		for _, r := range answer.Resources {
			if err := kafka.ErrorOf(sarama.KError(r.ErrorCode), &r.ErrorMsg); err != nil {
				return err
			}
			for _, c := range r.Configs {
				configs[c.Name] = c.Value
			}
		}
		return nil
	})
	return configs, a.wrap(err, "cannot read the configuration of group %q", group)
}
