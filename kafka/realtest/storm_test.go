package realtest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"regroup/kafka/kafkatest"
)

// longSwitch is the environment variable that makes tests go on until there is enough to be said in numbers.
const longSwitch = "REGROUP_TEST_LONG"

func long() bool { return os.Getenv(longSwitch) == "1" }

// crowd is a group whose members come and go.
type crowd struct {
	group, topic string
	recruits     []recruit // how a member is started, in turn
	most         int       // members at a time
	random       *rand.Rand
	members      []*attendee
	started      int
}

// recruit starts a member of the given name.
type recruit func(t testing.TB, name, group, topic string) *attendee

// attendee is a member that is in a crowd.
type attendee struct {
	leave, kill func()
	pause       func() // nil where it cannot be
	resume      func()
}

func attend(t testing.TB, p *kafkatest.Process) *attendee {
	return &attendee{
		leave: func() { p.Leave(t) }, kill: func() { p.Kill(t) }, pause: func() { p.Pause(t) }, resume: func() { p.Resume(t) },
	}
}

// stir has a member join, leave or crash, at random.
func (c *crowd) stir(t testing.TB) {
	switch action := c.random.IntN(10); {
	case len(c.members) == 0 || action < 5 && len(c.members) < c.most:
		c.started++
		name := fmt.Sprintf("%s-m%d", c.group, c.started)
		c.members = append(c.members, c.recruits[c.started%len(c.recruits)](t, name, c.group, c.topic))
	case action < 8:
		c.drop(c.random.IntN(len(c.members))).leave()
	case action < 9 || c.members[0].pause == nil:
		c.drop(c.random.IntN(len(c.members))).kill()
	default: // frozen for longer than its session, then awake again
		m := c.members[0]
		m.pause()
		time.Sleep(time.Duration(500+c.random.IntN(3000)) * time.Millisecond)
		m.resume()
	}
}

func (c *crowd) drop(i int) *attendee {
	m := c.members[i]
	c.members = append(c.members[:i], c.members[i+1:]...)
	return m
}

// quick are the settings of a kcat that is missed soon.
func quick(assignor string) []string {
	return []string{
		"-X", "session.timeout.ms=1500", "-X", "heartbeat.interval.ms=300", "-X", "max.poll.interval.ms=4000",
		"-X", "partition.assignment.strategy=" + assignor, "-X", "auto.commit.interval.ms=500", "-X", "auto.offset.reset=earliest",
	}
}

// A storm over several groups at once, of consumers of three other libraries that join, leave, freeze and crash: every
// generation that the brokers' logs have is reported once and right, and by polls alone never too many.
func TestStorm(t *testing.T) {
	c := kafkatest.Shared(t)
	const prefix = "storm-"
	topics := map[string]int32{prefix + "a": 6, prefix + "b": 3}
	for topic, partitions := range topics {
		c.CreateTopic(t, topic, partitions)
	}
	produce(t, c, 50*time.Millisecond, topics)
	enough := 230
	if long() {
		enough = 2000
	}
	exact, counting := watch(t, c, prefix), watchWith(t, c, prefix, pollingOnly)
	compareClocks(t, c, prefix, prefix+"a", prefix+"b")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	crowds := stormCrowds(t, c, prefix, seed)
	began := time.Now()
	stop := make(chan struct{})
	ended := make(chan struct{}, len(crowds))
	for _, crowd := range crowds {
		go func() {
			defer func() { ended <- struct{}{} }()
			for {
				crowd.stir(t)
				select {
				case <-stop:
					return
				case <-time.After(time.Duration(50+crowd.random.IntN(700)) * time.Millisecond):
				}
			}
		}()
	}
	completed := func() (count int) {
		for _, of := range chronicles(t, c, prefix) {
			count += len(of.completed)
		}
		return count
	}
	for deadline := began.Add(time.Hour); completed() < enough && time.Now().Before(deadline) && !t.Failed(); {
		time.Sleep(time.Second)
	}
	close(stop)
	for range crowds {
		<-ended
	}
	var groups []string
	for _, crowd := range crowds {
		groups = append(groups, crowd.group)
		for _, m := range crowd.members {
			m.leave()
		}
	}
	awaitEmpty(t, c, groups)
	exact.untilReported(t, groups...)

	logs, truths := chronicles(t, c, prefix), readTruth(t, c, prefix)
	total, counted, superseded := 0, 0, 0
	for _, id := range groups {
		exact.compareExactly(t, id, logs[id], truths[id])
		counted += counting.compareCounts(t, id, logs[id])
		total += len(logs[id].completed)
		for number := range logs[id].stabilized {
			if _, completed := logs[id].completed[number]; !completed {
				superseded++
			}
		}
	}
	if counted == 0 {
		t.Error("polls alone reported of no rebalance at all")
	}
	t.Logf("%d generations of %d groups in %s, %d more superseded; polls alone counted %d", total, len(groups), time.Since(began).Round(time.Second), superseded, counted)
	for _, id := range groups {
		if t.Failed() {
			t.Logf("group %s was reported as:\n%s", id, exact.story(id))
		}
	}
	compareDurations(t, logs, exact, counting, groups)
}

// compareClocks has every coordinator write a few commits, so that regroup knows its clock: the first record ever read
// of a broker tells it only as well as it came quickly.
func compareClocks(t testing.TB, c *kafkatest.Cluster, prefix string, topics ...string) {
	t.Helper()
	for id := range int32(3) {
		group := groupOn(t, c, fmt.Sprintf("%sclock%d-", prefix, id+1), id+1)
		for offset := range int64(5) {
			for _, topic := range topics {
				commit(t, c, group, topic, map[int32]int64{0: offset})
			}
		}
	}
}

// stormCrowds are six groups: of kcat, of franz-go, mixed, of the Java client, and one of the consumer protocol.
func stormCrowds(t testing.TB, c *kafkatest.Cluster, prefix string, seed uint64) []*crowd {
	java := c.JavaMembers(t)
	kcats := func(assignor string) recruit {
		return func(t testing.TB, name, group, topic string) *attendee {
			return attend(t, c.Kcat(t, append([]string{"-X", "client.id=" + name}, append(quick(assignor), "-G", group, topic)...)...))
		}
	}
	franz := func(m goMember) recruit {
		return func(t testing.TB, name, group, topic string) *attendee {
			m.Name, m.Group, m.Topics = name, group, []string{topic}
			m.SessionTimeout, m.CommitInterval = 1500*time.Millisecond, 500*time.Millisecond
			return attend(t, m.start(t, c))
		}
	}
	javas := func(settings ...string) recruit {
		return func(t testing.TB, name, group, topic string) *attendee {
			java.Start(t, name, topic, append(settings, "group.id="+group, "auto.commit.interval.ms=500")...)
			leave := func() { java.Stop(t, name) }
			return &attendee{leave: leave, kill: leave} // killing one would kill all
		}
	}
	classic := []string{"session.timeout.ms=1500", "heartbeat.interval.ms=300"}
	var crowds []*crowd
	for i, recruits := range [][]recruit{
		{kcats("range")},
		{kcats("roundrobin")},
		{kcats("cooperative-sticky")},
		{kcats("cooperative-sticky"), franz(goMember{Balancers: []string{"cooperative-sticky"}})},
		{kcats("range"), javas(append(classic, "partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor")...)},
		{javas("group.protocol=consumer"), franz(goMember{Server: true})},
	} {
		topic := prefix + "a"
		if i%2 == 1 {
			topic = prefix + "b"
		}
		crowds = append(crowds, &crowd{
			group: fmt.Sprintf("%s%d", prefix, i), topic: topic, recruits: recruits, most: 4, random: rand.New(rand.NewPCG(seed, uint64(i))),
		})
	}
	return crowds
}

// awaitEmpty waits until the coordinators say that the groups are empty: also members that crashed have been missed.
func awaitEmpty(t testing.TB, c *kafkatest.Cluster, groups []string) {
	t.Helper()
	admin := c.Admin(t)
	kafkatest.Eventually(t, func() string {
		described, err := admin.ListGroups(t.Context())
		if err != nil {
			return err.Error()
		}
		for _, id := range groups {
			if state := described[id].State; state != "Empty" {
				return fmt.Sprintf("group %s is %s", id, state)
			}
		}
		return ""
	})
}
