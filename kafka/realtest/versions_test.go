package realtest

import (
	"testing"

	"regroup/kafka/kafkatest"
)

// Older brokers lack requests that newer ones have: batched OffsetFetch (3.0), group types (3.8), ConsumerGroupDescribe.
func TestOlderReleases(t *testing.T) {
	for _, c := range []struct {
		why, version, shown string
		properties          map[string]string
		scene               scene
	}{
		{
			why: "the first release of KIP-848, switched on", version: "3.9.1", shown: "3.9",
			properties: map[string]string{"group.coordinator.rebalance.protocols": "classic,consumer"},
			scene:      scene{prefix: "old-", consumerGroups: true},
		},
		{
			why: "offsets are fetched group by group, and groups have no type", version: "2.8.1", shown: "2.8",
			scene: scene{prefix: "old-"},
		},
	} {
		t.Run(c.version, func(t *testing.T) {
			cluster := kafkatest.Start(t, kafkatest.Options{Version: c.version, Brokers: 1, Properties: c.properties})
			c.scene.setUp(t, cluster)
			view := c.scene.compare(t, cluster)
			if view.Cluster.Version != c.shown {
				t.Errorf("the release is shown as %q, want %q", view.Cluster.Version, c.shown)
			}
			inTheMiddle(t, cluster, "middle-")
		})
	}
}
