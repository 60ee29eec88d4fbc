package admin

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

	"regroup/kafka"
	"regroup/kafka/kafkatest/fake"
)

func newAdmin(t *testing.T, config kafka.Config) *Admin {
	t.Helper()
	admin, err := New(config)
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
	cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders"))
	client := fake.NewClient(t, cluster)
	dynamic := fake.NewJoiner(t, client, "dynamic", "orders").Alone(nil)
	static := fake.NewJoiner(t, client, "static", "orders")
	static.Instance = kmsg.StringPtr("till-1")
	static.Alone(nil)
	admin := newAdmin(t, fake.Config(cluster))

	err := admin.RemoveMembers(t.Context(), "dynamic", []Removal{{MemberID: dynamic.ID}, {MemberID: "nobody"}})
	if !errors.Is(err, sarama.ErrUnknownMemberId) || !strings.Contains(err.Error(), `member "nobody": it is not a member of the group`) || strings.Contains(err.Error(), dynamic.ID) {
		t.Errorf("only the one that is not there is an error: %v", err)
	}
	if left := membersOf(cluster, "dynamic"); len(left) != 0 {
		t.Errorf("still there: %v", left)
	}
	if err := admin.RemoveMembers(t.Context(), "static", []Removal{{MemberID: static.ID, InstanceID: "till-1"}}); err != nil {
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
		cluster := fake.NewCluster(t)
		cluster.ControlKey(kafka.LeaveGroup.Key, func(req kmsg.Request) (kmsg.Response, error, bool) {
			leave := req.(*kmsg.LeaveGroupRequest)
			answer := leave.ResponseKind().(*kmsg.LeaveGroupResponse)
			answer.Members = append(answer.Members, kmsg.LeaveGroupResponseMember{MemberID: leave.Members[0].MemberID, ErrorCode: code})
			return answer, nil, true
		})
		return cluster
	}
	secured := fake.NewCluster(t, kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser(kafka.MechanismPlain, "root", "root"),
		kfake.User(kafka.MechanismPlain, "bob", "bob", kfake.ACL{Resource: kmsg.ACLResourceTypeGroup, Name: "billing",
			Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationDescribe, Allow: true}))
	fake.NewJoiner(t, fake.NewClient(t, secured, kgo.SASL(plain.Auth{User: "root", Pass: "root"}.AsMechanism())), "billing", "orders").Alone(nil)
	bob := fake.Config(secured)
	bob.SASL = kafka.SASLConfig{Mechanism: kafka.MechanismPlain, Username: "bob", Password: "bob"}
	for _, test := range []struct {
		name   string
		config kafka.Config
		is     error
		want   string
	}{
		{"no such member", fake.Config(answering(25)), sarama.ErrUnknownMemberId, `cannot remove member "m" from group "billing": member "m": it is not a member of the group`},
		{"its instance id is another's by now", fake.Config(answering(82)), sarama.ErrFencedInstancedId, "another process has taken its place"},
		{"before LeaveGroup v3", fake.Config(fake.NewCluster(t, kfake.MaxVersions(kversion.V2_3_0()))), nil, "does not offer this request"},
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
	cluster := fake.NewCluster(t, kfake.SeedTopics(1, "orders"))
	heartbeat := kmsg.NewPtrConsumerGroupHeartbeatRequest()
	heartbeat.Group, heartbeat.MemberID, heartbeat.RebalanceTimeoutMillis = "modern", "m", 30_000
	heartbeat.SubscribedTopicNames, heartbeat.Topics = []string{"orders"}, []kmsg.ConsumerGroupHeartbeatRequestTopic{}
	if answer, err := heartbeat.RequestWith(t.Context(), fake.NewClient(t, cluster)); err != nil || answer.ErrorCode != 0 {
		t.Fatal(err, answer)
	}
	err := newAdmin(t, fake.Config(cluster)).RemoveMembers(t.Context(), "modern", []Removal{{MemberID: "m"}})
	if !errors.Is(err, errNotRemovable) {
		t.Error(err)
	}
	err = newAdmin(t, fake.Config(cluster)).RemoveMembers(t.Context(), "modern", []Removal{{MemberID: "other"}})
	if !errors.Is(err, sarama.ErrUnknownMemberId) {
		t.Error(err)
	}
}
