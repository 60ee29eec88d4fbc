package realtest

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// groupOn finds a name of a group that broker id coordinates.
func groupOn(t testing.TB, c *kafkatest.Cluster, prefix string, id int32) string {
	t.Helper()
	admin := c.Admin(t)
	var name string
	kafkatest.Eventually(t, func() string {
		var names []string
		for i := range 30 {
			names = append(names, fmt.Sprintf("%s%d", prefix, i))
		}
		for _, found := range admin.FindGroupCoordinators(t.Context(), names...) {
			if found.Err == nil && found.NodeID == id && (name == "" || found.Name < name) {
				name = found.Name
			}
		}
		if name == "" {
			return fmt.Sprintf("broker %d coordinates none of %s", id, names)
		}
		return ""
	})
	return name
}

// setSessionTimeout sets for how long the coordinator waits for members of a group of the consumer protocol: there it is
// not the members that decide.
func setSessionTimeout(t testing.TB, c *kafkatest.Cluster, group, milliseconds string) {
	t.Helper()
	setting := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	setting.Name, setting.Value = "consumer.session.timeout.ms", &milliseconds
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType, resource.ResourceName = kmsg.ConfigResourceTypeGroupConfig, group
	resource.Configs = append(resource.Configs, setting)
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	request.Resources = append(request.Resources, resource)
	answer, err := request.RequestWith(t.Context(), c.Client(t))
	kafkatest.Must(t, err)
	kafkatest.Must(t, kerr.ErrorForCode(answer.Resources[0].ErrorCode))
}

// movedFrom waits until groups of a broker are live at another coordinator.
func movedFrom(id int32, groups ...string) func(*model.View) string {
	return func(v *model.View) string {
		for _, group := range groups {
			g := v.Group(group)
			if g == nil || !g.StaleSince.IsZero() || g.Coordinator == model.Some(id) || !g.Coordinator.Known() {
				return fmt.Sprintf("group %s is not live at a coordinator other than %d", group, id)
			}
		}
		return ""
	}
}

// silent waits for a broker to be missed, and for its groups to be shown as stale or at another coordinator: never as live there.
func silent(id int32) func(*model.View) string {
	return func(v *model.View) string {
		missed := false
		for _, b := range v.Brokers {
			missed = missed || b.ID == id && !b.Answered && b.Problem != ""
		}
		if !missed {
			return fmt.Sprintf("broker %d is not missed", id)
		}
		for _, g := range v.Groups {
			if g.Coordinator == model.Some(id) && g.StaleSince.IsZero() {
				return fmt.Sprintf("group %s of broker %d is shown as live", g.ID, id)
			}
		}
		return ""
	}
}
