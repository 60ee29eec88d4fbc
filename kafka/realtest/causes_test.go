package realtest

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"regroup/kafka/kafkatest"
	"regroup/model"
)

// scenario produces one cause for real.
type scenario struct {
	cause model.Cause
	name  string // what is done
	play  func(*stage)
}

// stage is a group of its own in which a scene is played.
type stage struct {
	testing.TB
	c            *kafkatest.Cluster
	w            *watcher
	java         *kafkatest.JavaMembers
	scene        scenario
	group, topic string // the topic has stagePartitions
	round        int    // varies timeouts and assignors
	found        *ledger
	ends         []func() // what the scene has started, to be ended with it
	later        []func() // compares verdicts with the truth, when polls have had time to see what became of topics
}

const stagePartitions = 4

// scenesSwitch is the environment variable that chooses scenes, by a pattern of "cause: name".
const scenesSwitch = "REGROUP_TEST_SCENES"

// Cleanup keeps what is to be ended for the end of the scene: members of scenes that are over would take the machine from
// those that are played.
func (s *stage) Cleanup(end func()) { s.ends = append(s.ends, end) }

// end ends what the scene has started, the newest first.
func (s *stage) end() {
	for i := len(s.ends) - 1; i >= 0; i-- {
		s.ends[i]()
	}
}

// pick varies a setting from round to round.
func pick[T any](s *stage, of ...T) T { return of[s.round%len(of)] }

// member is a name that is used once.
func (s *stage) member(name string) string { return s.group + "-" + name }

// kcat starts a member that commits every second unless it is reported otherwise.
func (s *stage) kcat(name string, settings ...string) *kafkatest.Process {
	s.Helper()
	return s.c.Kcat(s, s.kcatArguments(name, settings...)...)
}

func (s *stage) kcatArguments(name string, settings ...string) []string {
	arguments := []string{"-X", "client.id=" + s.member(name), "-X", "heartbeat.interval.ms=500", "-X", "session.timeout.ms=6000",
		"-X", "auto.commit.interval.ms=1000", "-X", "topic.metadata.refresh.interval.ms=1000", "-X", "auto.offset.reset=earliest"}
	topic := s.topic
	for _, setting := range settings {
		if value, is := strings.CutPrefix(setting, "topic="); is {
			topic = value
			continue
		}
		arguments = append(arguments, "-X", setting)
	}
	return append(arguments, "-G", s.group, topic)
}

// javaMember starts a member of the Java client.
func (s *stage) javaMember(name, topics string, settings ...string) {
	s.Helper()
	s.java.Start(s, s.member(name), topics, append([]string{
		"group.id=" + s.group, "heartbeat.interval.ms=500", "session.timeout.ms=6000", "metadata.max.age.ms=1000", "auto.commit.interval.ms=1000",
	}, settings...)...)
}

// newProtocol makes a member of the Java client one of the consumer protocol, which does not know all settings.
func (s *stage) javaConsumer(name, topics string) {
	s.Helper()
	s.java.Start(s, s.member(name), topics, "group.id="+s.group, "group.protocol=consumer", "metadata.max.age.ms=1000", "auto.commit.interval.ms=1000")
}

func (s *stage) franz(name string, change ...func(*goMember)) goMember {
	m := goMember{
		Name: s.member(name), Group: s.group, Topics: []string{s.topic}, SessionTimeout: 6 * time.Second, CommitInterval: time.Second,
	}
	for _, change := range change {
		change(&m)
	}
	return m
}

// quiet is for how long a group's coordinator must have had nothing to tell before its rebalances are taken to be over: a
// cooperative rebalance has a second half.
const quiet = 1500 * time.Millisecond

// settled waits until the group has had a number of members for a while, and what its coordinator wrote is reported.
func (s *stage) settled(members int) {
	s.Helper()
	kafkatest.Eventually(s, func() string {
		events := s.log()
		if len(events) == 0 {
			return "the log has nothing about group " + s.group
		}
		newest := events[len(events)-1]
		if !newest.Kind.Completed() && newest.Kind != kafkatest.Bumped || time.Since(newest.At) < quiet {
			return fmt.Sprintf("group %s is not quiet yet: %s of generation %d", s.group, newest.Kind, newest.Generation)
		}
		v, _ := s.w.now()
		g := v.Group(s.group)
		switch {
		case g == nil:
			return "there is no group " + s.group
		case len(g.Members) != members || g.Generation.Number < newest.Generation || g.Rebalancing():
			return fmt.Sprintf("group %s has generation %d in the log and should have %d members: %s", s.group, newest.Generation, members, describe(g))
		}
		return ""
	})
}

// log is what the coordinators reported of this group's generations.
func (s *stage) log() (events []kafkatest.LogEvent) {
	for _, e := range s.c.LogEvents(s, s.group) {
		if e.Group == s.group && e.Kind != kafkatest.Departed {
			events = append(events, e)
		}
	}
	return events
}

// newest is the newest generation that the log says was completed, or bumped to.
func (s *stage) newest() (generation int32) {
	for _, e := range s.log() {
		if e.Kind.Completed() || e.Kind == kafkatest.Bumped {
			generation = max(generation, e.Generation)
		}
	}
	return generation
}

// because does something that is the cause of the next rebalance, waits until the group is stable with a number of
// members, and enters what was reported of it, and of the rebalances that followed from it.
func (s *stage) because(members int, act func()) {
	s.Helper()
	s.known()
	before := s.newest()
	act()
	kafkatest.Eventually(s, func() string {
		if s.newest() == before {
			return fmt.Sprintf("group %s does not rebalance: %s", s.group, s.scene.name)
		}
		return ""
	})
	s.settled(members)
	after := s.newest()
	s.later = append(s.later, func() { s.enter(before, after) })
}

// known waits until regroup has watched the group for long enough to know that records arrive: only then does silence tell
// something of a member.
func (s *stage) known() {
	s.Helper()
	kafkatest.Eventually(s, func() string {
		v, _ := s.w.now()
		if g := v.Group(s.group); g != nil && g.ProduceRate.Or(0) <= 0 {
			return "it is not known yet that records arrive for group " + s.group
		}
		return ""
	})
}

// enter compares the verdicts over the generations after before, up to after, with the truth.
func (s *stage) enter(before, after int32) {
	s.Helper()
	of := chronicles(s, s.c, s.group)[s.group]
	first := true
	for _, r := range s.rebalances() {
		number := r.To.Exact().Or(-1)
		if number <= before || number > after {
			continue
		}
		reason := of.preparing[max(before, r.From.Exact().Or(-1))].Reason
		if truth := s.truth(reason, first); truth != "" {
			s.found.enter(finding{truth, s.scene.name, r.Verdict, fmt.Sprintf("%s %s → %s %s (log: %s)", s.group, r.From, r.To, r.Summary(), reason)})
		}
		first = false
	}
	if first {
		s.Errorf("group %s: %s, and no rebalance was reported:\n%s", s.group, s.scene.name, s.w.story(s.group))
	}
}

// rebalances are the group's as they are reported now: more may be known than at once. A group that is empty and has no offsets
// may have been removed by its coordinator meanwhile.
func (s *stage) rebalances() []*model.Rebalance {
	v, _ := s.w.now()
	if g := v.Group(s.group); g != nil {
		return g.Rebalances
	}
	return slices.DeleteFunc(slices.Clone(v.Rebalances), func(r *model.Rebalance) bool { return r.Group != s.group })
}

// reported are words of the log's reason by which a cause is recognised; what is not here has no words of its own.
var reported = map[model.Cause]string{
	model.CauseMemberJoined:    "Adding new member",
	model.CauseMemberLeft:      "LeaveGroup",
	model.CauseMaxPollExceeded: "LeaveGroup",
	model.CauseRemovedByAdmin:  "LeaveGroup",
	model.CauseSessionTimeout:  "heartbeat expiration",
}

// truth is why a rebalance really began: what the scene did, or what the log says of those that followed. "" is not known
// well enough to judge by.
func (s *stage) truth(reason string, first bool) model.Cause {
	byAsking := strings.Contains(reason, "re-joining") || strings.Contains(reason, "Updating metadata") || strings.Contains(reason, "selectedProtocol")
	switch words := reported[s.scene.cause]; {
	case first && (reason == "" || words == "" && byAsking || words != "" && strings.Contains(reason, words)):
		return s.scene.cause
	case first:
		return "" // the machine was too busy for the scene: something else came in between
	case strings.Contains(reason, "cached metadata has changed") && s.scene.cause.IsTopicChange():
		return s.scene.cause // once more: what a topic becomes is not known to all brokers at once
	case strings.Contains(reason, reported[model.CauseMemberJoined]):
		return model.CauseMemberJoined
	case strings.Contains(reason, reported[model.CauseSessionTimeout]):
		return model.CauseSessionTimeout
	case byAsking && !first && strings.Contains(s.assignor(), "cooperative"):
		return model.CauseSecondCooperative
	}
	return ""
}

func (s *stage) assignor() string {
	v, _ := s.w.now()
	if g := v.Group(s.group); g != nil {
		return g.Assignor
	}
	return ""
}

// restarted has a static member come back, for which there is no rebalance.
func (s *stage) restarted(members int, instance string, act func()) {
	s.Helper()
	before, seen := s.newest(), len(s.w.happened(model.RebalanceCompleted, s.group))
	act()
	var card *model.Rebalance
	kafkatest.Eventually(s, func() string {
		for _, e := range s.w.happened(model.RebalanceCompleted, s.group)[seen:] {
			if slices.ContainsFunc(e.Rebalance.Restarted, func(m model.MemberRef) bool { return m.InstanceID == instance }) {
				card = e.Rebalance
				return ""
			}
		}
		return fmt.Sprintf("static member %s is not reported to have come back:\n%s", instance, s.w.story(s.group))
	})
	s.settled(members)
	if now := s.newest(); now != before { // it took longer than its session, or subscribes otherwise
		s.later = append(s.later, func() { s.enter(before, now) })
		return
	}
	if card.AtLeast != 0 {
		s.Errorf("group %s: a static member came back within generation %d, reported are %d rebalances", s.group, before, card.AtLeast)
	}
	s.found.enter(finding{s.scene.cause, s.scene.name, card.Verdict, s.group + ": " + card.Summary()})
}

// Every cause is produced for real, by consumers of other libraries, with timeouts and assignors that vary.
func TestCauses(t *testing.T) {
	c := kafkatest.Shared(t)
	if !long() && os.Getenv(scenesSwitch) == "" {
		t.Skip("it needs a machine to itself, on which nobody is slow who is not meant to be: run it with " + longSwitch + "=1")
	}
	rounds, enough := 1, 1
	if long() {
		rounds, enough = 14, 10
	}
	found := &ledger{}
	for round := range rounds {
		if round > 0 && len(found.lacking(enough)) == 0 {
			break
		}
		t.Run(fmt.Sprintf("round %d", round+1), func(t *testing.T) { playAll(t, c, round, enough, found) })
	}
	t.Logf("\n%s\n%s", found.table(), found.scenesTable())
	right, produced := 0, make(map[model.Cause]int)
	for _, f := range found.findings {
		produced[f.truth]++
		if f.right() {
			right++
			continue
		}
		t.Logf("wrong: %s is said to be %s (%s: %s), when %s: %s", f.truth, f.verdict.Cause, f.verdict.Confidence, f.verdict.Evidence, f.scene, f.words)
		if f.verdict.Confidence == model.Certain {
			t.Errorf("%s was said to be certain, and it was %s, when %s: %s", f.verdict.Cause, f.truth, f.scene, f.words)
		}
	}
	if total := len(found.findings); total == 0 || right*100 < total*95 {
		t.Errorf("%d of %d verdicts are right", right, total)
	}
	for _, cause := range causes {
		if produced[cause] < enough {
			t.Errorf("%s was produced %d times, want %d", cause, produced[cause], enough)
		}
	}
	if long() && !t.Failed() {
		writeVerdicts(t, found, right)
	}
}

// allRounds is how many rounds play every scene, so that timeouts and assignors vary; those after them play what there is
// not enough of.
const allRounds = 3

// programme is what a round plays.
func programme(round int, lacking []model.Cause) (chosen []scenario) {
	wanted := regexp.MustCompile(os.Getenv(scenesSwitch))
	for _, scene := range scenes {
		if wanted.MatchString(fmt.Sprintf("%s: %s", scene.cause, scene.name)) && (round < allRounds || slices.Contains(lacking, scene.cause)) {
			chosen = append(chosen, scene)
		}
	}
	if len(chosen) == 0 { // what lacks has no scene of its own: cooperative members join once more after others' scenes
		return scenes
	}
	return chosen
}

// playAll plays every scene once, side by side.
func playAll(t *testing.T, c *kafkatest.Cluster, round, enough int, found *ledger) {
	prefix := fmt.Sprintf("causes%d-", round)
	java := c.JavaMembers(t)
	topics := make(map[string]int32)
	var stages []*stage
	for i, scene := range programme(round, found.lacking(enough)) {
		name := fmt.Sprintf("%s%d", prefix, i)
		topics[name] = stagePartitions
		stages = append(stages, &stage{TB: t, c: c, java: java, scene: scene, group: name, topic: name, round: round, found: found})
	}
	for _, s := range stages {
		if s.scene.cause == model.CauseSubscriptionChanged || s.scene.cause == model.CauseTopicDeleted {
			s.createTopic() // long before
		}
	}
	admin := c.Admin(t)
	created, err := admin.CreateTopics(t.Context(), stagePartitions, 3, nil, slices.Collect(maps.Keys(topics))...)
	kafkatest.Must(t, err)
	kafkatest.Must(t, created.Error())
	w := watch(t, c, prefix)
	produce(t, c, 100*time.Millisecond, topics)
	compareClocks(t, c, prefix, stages[0].topic)
	const together = 8 // so many that the machine does not drown: what is slow there is taken for stuck by Kafka, too
	turns, done := make(chan struct{}, together), make(chan struct{})
	for _, s := range stages {
		s.w = w
		go func() {
			defer func() { done <- struct{}{} }()
			turns <- struct{}{}
			defer func() { <-turns }()
			defer s.end()
			s.scene.play(s)
		}()
	}
	for range stages {
		<-done
	}
	over := time.Now().Add(10 * time.Second)
	w.until(t, func(v *model.View) string {
		if v.PolledAt.Before(over) {
			return "polls may not have seen yet what became of topics"
		}
		return ""
	})
	for _, s := range stages {
		for _, compare := range s.later {
			compare()
		}
	}
	if t.Failed() {
		for _, s := range stages {
			t.Logf("%s (%s): %s was reported as:\n%s", s.scene.cause, s.scene.name, s.group, w.story(s.group))
		}
	}
}
