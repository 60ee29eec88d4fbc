package realtest

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"regroup/kafka"
	"regroup/kafka/kafkatest"
	"regroup/kafka/poll"
	"regroup/model"
)

// pollOnce polls once with a configuration.
func pollOnce(t *testing.T, config kafka.Config) *model.Snapshot {
	t.Helper()
	config.Timeout = 20 * time.Second // a busy machine
	poller, err := poll.New(config, poll.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := poller.Close(); err != nil {
			t.Errorf("close the poller: %v", err)
		}
	}()
	return poller.Poll(t.Context())
}

func problems(s *model.Snapshot) string {
	var lines []string
	for _, e := range s.Errs {
		lines = append(lines, e.Error())
	}
	return strings.Join(lines, "\n")
}

func TestAuthentication(t *testing.T) {
	c := kafkatest.Shared(t)
	c.CreateTopic(t, "secured", 1)
	commit(t, c, "secured", "secured", map[int32]int64{0: 0})
	trusted := kafka.TLSConfig{Enabled: true, CAFile: c.CA()}
	user := func(mechanism string, u kafkatest.User) kafka.SASLConfig {
		return kafka.SASLConfig{Mechanism: mechanism, Username: u.Name, Password: u.Password}
	}
	wrong := kafkatest.User{Name: kafkatest.Admin.Name, Password: "not-the-password"}
	stranger := kafkatest.User{Name: "unknown-user", Password: "secret"}
	for _, test := range []struct {
		why    string
		config kafka.Config
		says   []string // words of the error; none is success
	}{
		{why: "PLAIN", config: kafka.Config{Brokers: c.SASL(t), SASL: user(kafka.MechanismPlain, kafkatest.Admin)}},
		{why: "SCRAM-SHA-256", config: kafka.Config{Brokers: c.SASL(t), SASL: user(kafka.MechanismScramSHA256, kafkatest.Admin)}},
		{why: "SCRAM-SHA-512", config: kafka.Config{Brokers: c.SASL(t), SASL: user(kafka.MechanismScramSHA512, kafkatest.Admin)}},
		{why: "TLS", config: kafka.Config{Brokers: c.TLS(t), TLS: trusted}},
		{why: "TLS, unverified because the user says so", config: kafka.Config{Brokers: c.TLS(t), TLS: kafka.TLSConfig{Enabled: true, SkipVerify: true}}},
		{why: "SCRAM-SHA-512 over TLS", config: kafka.Config{Brokers: c.SASLTLS(t), TLS: trusted, SASL: user(kafka.MechanismScramSHA512, kafkatest.Admin)}},
		{
			why:    "PLAIN, wrong password",
			config: kafka.Config{Brokers: c.SASL(t), SASL: user(kafka.MechanismPlain, wrong)},
			says:   []string{"authentication", "User:admin", "PLAIN", "password"},
		},
		{
			why:    "SCRAM, wrong password",
			config: kafka.Config{Brokers: c.SASL(t), SASL: user(kafka.MechanismScramSHA256, wrong)},
			says:   []string{"authentication", "User:admin", "SCRAM-SHA-256", "password"},
		},
		{
			why:    "SCRAM, unknown user",
			config: kafka.Config{Brokers: c.SASL(t), SASL: user(kafka.MechanismScramSHA512, stranger)},
			says:   []string{"authentication", "User:unknown-user", "SCRAM-SHA-512"},
		},
		{
			why:    "SASL wanted, none given",
			config: kafka.Config{Brokers: c.SASL(t)},
			says:   []string{"SASL"},
		},
		{
			why:    "SASL given, none wanted",
			config: kafka.Config{Brokers: c.Brokers(), SASL: user(kafka.MechanismPlain, kafkatest.Admin)},
			says:   []string{"SASL"},
		},
		{
			why:    "an authority that is not trusted",
			config: kafka.Config{Brokers: c.TLS(t), TLS: kafka.TLSConfig{Enabled: true}},
			says:   []string{"not trusted", "CA file"},
		},
		{
			why:    "another name in the certificate",
			config: kafka.Config{Brokers: c.TLS(t), TLS: kafka.TLSConfig{Enabled: true, CAFile: c.CA(), ServerName: "kafka.example"}},
			says:   []string{"another name", "kafka.example"},
		},
		{
			why:    "TLS against a plaintext port",
			config: kafka.Config{Brokers: c.Brokers(), TLS: trusted},
			says:   []string{"plaintext", "TLS"},
		},
		{
			why:    "plaintext against a TLS port",
			config: kafka.Config{Brokers: c.TLS(t)},
			says:   []string{"TLS on"},
		},
	} {
		t.Run(test.why, func(t *testing.T) {
			s := pollOnce(t, test.config)
			said := problems(s)
			if test.says == nil {
				if said != "" || len(s.Brokers) != 3 || !sees(s, "secured") {
					t.Errorf("want three brokers and the group; there are %d, and %d groups:\n%s", len(s.Brokers), len(s.Groups), said)
				}
				return
			}
			if said == "" {
				t.Error("it should not have worked")
			}
			for _, word := range append(test.says, test.config.Brokers[0]) {
				if !strings.Contains(said, word) {
					t.Errorf("the error does not say %q:\n%s", word, said)
				}
			}
			if password := test.config.SASL.Password; password != "" && strings.Contains(said, password) {
				t.Errorf("the error shows the password:\n%s", said)
			}
		})
	}
}

func sees(s *model.Snapshot, group string) bool {
	for i := range s.Groups {
		if s.Groups[i].ID == group {
			return s.Groups[i].OffsetsKnown
		}
	}
	return false
}

// Whoever may see a group but not the topic sees the group, and why the rest is unknown.
func TestAuthorization(t *testing.T) {
	c := kafkatest.Shared(t)
	const topic, group = "forbidden", "forbidden"
	c.CreateTopic(t, topic, 2)
	c.Produce(t, topic, 0, 5)
	admin := c.Admin(t)
	results, err := admin.CreateACLs(t.Context(), kadm.NewACLs().Allow("User:"+kafkatest.Guest.Name).Groups(group).
		ResourcePatternType(kadm.ACLPatternLiteral).Operations(kadm.OpDescribe))
	kafkatest.Must(t, err)
	for _, result := range results {
		kafkatest.Must(t, result.Err)
	}
	kcat(t, c, "member", group, topic)
	w := watch(t, c, group)
	w.untilStable(t, group, 1)

	config := kafka.Config{
		Brokers: c.SASL(t),
		SASL:    kafka.SASLConfig{Mechanism: kafka.MechanismPlain, Username: kafkatest.Guest.Name, Password: kafkatest.Guest.Password},
	}
	var seen *model.Group
	kafkatest.Eventually(t, func() string { // an ACL takes a moment to reach every broker
		s := pollOnce(t, config)
		for i := range s.Groups {
			if s.Groups[i].ID == group {
				seen = &s.Groups[i]
				return ""
			}
		}
		return "the group is not seen: " + problems(s)
	})
	if len(seen.Members) != 1 || len(seen.Members[0].Assignment) != 2 {
		t.Errorf("the group's member owns 2 partitions; seen was %+v", seen.Members)
	}
	if len(seen.Partitions) != 2 {
		t.Errorf("the group has 2 partitions, seen were %d", len(seen.Partitions))
	}
	for _, p := range seen.Partitions {
		if p.LogEnd.Known() || p.Committed.Known() {
			t.Errorf("%s: the offsets are not for this user, seen were %s of %s", p.TopicPartition, p.Committed, p.LogEnd)
		}
		for _, word := range []string{"not authorised", "DESCRIBE", topic, "User:guest"} {
			if !strings.Contains(p.Problem, word) {
				t.Errorf("%s: the problem %q does not say %q", p.TopicPartition, p.Problem, word)
			}
		}
	}
}
