package kafka

import (
	"errors"
	"strings"
	"testing"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

func newAdmin(t *testing.T, config Config) *Admin {
	t.Helper()
	admin, err := NewAdmin(config)
	if err != nil {
		t.Fatal(err)
	}
	return admin
}

// membersOf are the ids of a group's members.
func membersOf(cluster *kfake.Cluster, group string) (ids []string) {
	for _, m := range cluster.GroupInfo(group).Members {
		ids = append(ids, m.MemberID)
	}
	return ids
}

func TestRemoveMembers(t *testing.T) {
	cluster := newCluster(t, kfake.SeedTopics(1, "orders"))
	client := newClient(t, cluster)
	dynamic := newJoiner(t, client, "dynamic", "orders").alone(nil)
	static := newJoiner(t, client, "static", "orders")
	static.instance = kmsg.StringPtr("till-1")
	static.alone(nil)
	admin := newAdmin(t, configOf(cluster))

	err := admin.RemoveMembers(t.Context(), "dynamic", []Removal{{MemberID: dynamic.id}, {MemberID: "nobody"}})
	if !errors.Is(err, sarama.ErrUnknownMemberId) || !strings.Contains(err.Error(), `member "nobody": it is not in the group`) || strings.Contains(err.Error(), dynamic.id) {
		t.Errorf("only the one that is not there is an error: %v", err)
	}
	if left := membersOf(cluster, "dynamic"); len(left) != 0 {
		t.Errorf("still there: %v", left)
	}
	if err := admin.RemoveMembers(t.Context(), "static", []Removal{{MemberID: static.id, InstanceID: "till-1"}}); err != nil {
		t.Error(err)
	}
	if left := membersOf(cluster, "static"); len(left) != 0 {
		t.Errorf("still there: %v", left)
	}
	if err := admin.RemoveMembers(t.Context(), "static", nil); err != nil {
		t.Errorf("nobody is to be removed: %v", err)
	}
}

func TestRemoveMembersSaysWhyNot(t *testing.T) {
	answering := func(code int16) *kfake.Cluster {
		cluster := newCluster(t)
		cluster.ControlKey(apiLeaveGroup.key, func(req kmsg.Request) (kmsg.Response, error, bool) {
			leave := req.(*kmsg.LeaveGroupRequest)
			answer := leave.ResponseKind().(*kmsg.LeaveGroupResponse)
			answer.Members = append(answer.Members, kmsg.LeaveGroupResponseMember{MemberID: leave.Members[0].MemberID, ErrorCode: code})
			return answer, nil, true
		})
		return cluster
	}
	secured := newCluster(t, kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser(MechanismPlain, "root", "root"),
		kfake.User(MechanismPlain, "bob", "bob", kfake.ACL{Resource: kmsg.ACLResourceTypeGroup, Name: "billing",
			Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationDescribe, Allow: true}))
	newJoiner(t, newClient(t, secured, kgo.SASL(plain.Auth{User: "root", Pass: "root"}.AsMechanism())), "billing", "orders").alone(nil)
	bob := configOf(secured)
	bob.SASL = SASLConfig{Mechanism: MechanismPlain, Username: "bob", Password: "bob"}
	for _, test := range []struct {
		name   string
		config Config
		is     error
		want   string
	}{
		{"no such member", configOf(answering(25)), sarama.ErrUnknownMemberId, `cannot remove member "m" from group "billing": member "m": it is not in the group`},
		{"its instance id is another's by now", configOf(answering(82)), sarama.ErrFencedInstancedId, "another process has taken its place"},
		{"before LeaveGroup v3", configOf(newCluster(t, kfake.MaxVersions(kversion.V2_3_0()))), nil, "does not offer this request"},
		{"DESCRIBE is not enough", bob, nil, `READ on group "billing" is not allowed for User:bob`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := newAdmin(t, test.config).RemoveMembers(t.Context(), "billing", []Removal{{MemberID: "m"}})
			if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v\nwanted: %s", err, test.want)
			}
		})
	}
}

// Kafka 4.3 removes them too; other coordinators say that they know no such member.
func TestACoordinatorThatRemovesNoMembersOfConsumerGroups(t *testing.T) {
	cluster := newCluster(t, kfake.SeedTopics(1, "orders"))
	heartbeat := kmsg.NewPtrConsumerGroupHeartbeatRequest()
	heartbeat.Group, heartbeat.MemberID, heartbeat.RebalanceTimeoutMillis = "modern", "m", 30_000
	heartbeat.SubscribedTopicNames, heartbeat.Topics = []string{"orders"}, []kmsg.ConsumerGroupHeartbeatRequestTopic{}
	if answer, err := heartbeat.RequestWith(t.Context(), newClient(t, cluster)); err != nil || answer.ErrorCode != 0 {
		t.Fatal(err, answer)
	}
	err := newAdmin(t, configOf(cluster)).RemoveMembers(t.Context(), "modern", []Removal{{MemberID: "m"}})
	if !errors.Is(err, errNotRemovable) {
		t.Error(err)
	}
	err = newAdmin(t, configOf(cluster)).RemoveMembers(t.Context(), "modern", []Removal{{MemberID: "other"}})
	if !errors.Is(err, sarama.ErrUnknownMemberId) {
		t.Error(err)
	}
}
