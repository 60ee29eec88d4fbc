package embedded

import (
	"context"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// The heartbeat interval of groups with the consumer protocol, as a group has it and as the cluster has it.
const (
	groupHeartbeat   = "consumer.heartbeat.interval.ms"
	clusterHeartbeat = "group.consumer.heartbeat.interval.ms"
)

// sawConfigs notes the heartbeat interval that a group sets. It runs on kfake's own goroutine, so it must not ask kfake
// for anything.
func (k *keeper) sawConfigs(request kmsg.Request) {
	alter, ok := request.(*kmsg.IncrementalAlterConfigsRequest)
	if !ok || alter.ValidateOnly {
		return
	}
	for _, resource := range alter.Resources {
		if resource.ResourceType != kmsg.ConfigResourceTypeGroupConfig {
			continue
		}
		for _, config := range resource.Configs {
			if config.Name != groupHeartbeat || config.Op != kmsg.IncrementalAlterConfigOpSet || config.Value == nil {
				continue
			}
			if ms, err := strconv.Atoi(*config.Value); err == nil && ms > 0 {
				k.wantPulse(time.Duration(ms) * time.Millisecond)
			}
		}
	}
}

// wantPulse leaves the interval for the keeper's goroutine; one that it has not taken yet is out of date.
func (k *keeper) wantPulse(interval time.Duration) {
	select {
	case <-k.pulse:
	default:
	}
	k.pulse <- interval // there is room: only kfake's goroutine sends
}

// setPulse makes the interval the cluster's. Members learn it with the answer to their next heartbeat.
func (k *keeper) setPulse(ctx context.Context, interval time.Duration) {
	value := strconv.FormatInt(interval.Milliseconds(), 10)
	config := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	config.Name, config.Op, config.Value = clusterHeartbeat, kmsg.IncrementalAlterConfigOpSet, &value
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType = kmsg.ConfigResourceTypeBroker
	resource.Configs = append(resource.Configs, config)
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	request.Resources = append(request.Resources, resource)
	_, _ = request.RequestWith(ctx, k.client) // the members go on with the interval of before
}
