package explain

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"regroup/model"
	"regroup/ui/subject"
)

var now = time.Date(2025, 3, 4, 3, 0, 0, 0, time.UTC)

func before(seconds float64) time.Time {
	return now.Add(-time.Duration(seconds * float64(time.Second)))
}

// constants are the values of the constants of a string type in the package model.
func constants(t *testing.T, typeName string) []string {
	t.Helper()
	files, err := filepath.Glob("../../model/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, is := n.(*ast.ValueSpec)
			if !is || len(spec.Values) == 0 {
				return true
			}
			if name, is := spec.Type.(*ast.Ident); !is || name.Name != typeName {
				return true
			}
			for _, v := range spec.Values {
				literal, is := v.(*ast.BasicLit)
				if !is || literal.Kind != token.STRING {
					continue
				}
				value, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, value)
			}
			return true
		})
	}
	return values
}

// Every state, cause, flag … of the model has an explanation.
func TestEveryConstantHasWords(t *testing.T) {
	for typeName, c := range map[string]struct {
		least int // constants that exist at least: the test would find none if they were declared in another way
		has   func(string) bool
	}{
		"GroupState": {9, func(s string) bool {
			state := model.GroupState(s)
			return stateTitles[state] != "" && stateWords[state] != nil
		}},
		"Cause": {14, func(s string) bool {
			return causeTexts[model.Cause(s)].words != "" && len(causeTexts[model.Cause(s)].actions) > 0
		}},
		"Confidence": {3, func(s string) bool { return confidences[model.Confidence(s)] != "" }},
		"LabState":   {8, func(s string) bool { return labStateWords[model.LabState(s)] != nil }},
		"TailState": {7, func(s string) bool {
			return tailTexts[model.TailState(s)].title != "" && tailTexts[model.TailState(s)].words != ""
		}},
		"EventKind": {18, func(s string) bool { return eventTexts[model.EventKind(s)].title != "" }},
		"LagFlag": {8, func(s string) bool {
			text, known := flags[model.LagFlag(s)]
			return known && (s == "" || text.words != "" && len(text.actions) > 0)
		}},
		"MemberState": {5, func(s string) bool { _, known := memberStates[model.MemberState(s)]; return known }},
		"Trend": {5, func(s string) bool {
			g := group()
			g.Trend = model.Trend(s)
			return s == "" || strings.Join(lagPage(Context{}, g).Sentences, " ") != strings.Join(lagPage(Context{}, group()).Sentences, " ")
		}},
	} {
		values := constants(t, typeName)
		if len(values) < c.least {
			t.Errorf("only %d constants of type %s were found: %q", len(values), typeName, values)
		}
		for _, value := range values {
			if !c.has(value) {
				t.Errorf("%s %q has no words", typeName, value)
			}
		}
		if typeName != "Trend" && c.has("Limbo") {
			t.Errorf("a %s that does not exist has words: this test cannot fail", typeName)
		}
	}
	for feed := Connecting; feed <= Recording; feed++ {
		if feedTexts[feed].title == "" {
			t.Errorf("feed %d has no words", feed)
		}
	}
	for kind := subject.State; kind <= subject.Tail; kind++ {
		if (subject.Subject{Kind: kind, Name: "x", Slot: 1}).Label() == "" {
			t.Errorf("kind %d has no label", kind)
		}
	}
}

// Every setting that a page names has a meaning.
func TestEverySettingHasAMeaning(t *testing.T) {
	named := map[string]bool{}
	note := func(names ...string) {
		for _, name := range names {
			named[name] = true
		}
	}
	for _, c := range causeTexts {
		note(c.settings...)
	}
	for _, f := range flags {
		note(f.settings...)
	}
	for _, e := range eventTexts {
		note(e.settings...)
	}
	for classic, server := range serverSettings {
		note(classic, server)
	}
	for name := range named {
		if entryOf(name).meaning == "" {
			t.Errorf("%s has no meaning", name)
		}
	}
}

func tp(n int32) model.TopicPartition { return model.TopicPartition{Topic: "orders", Partition: n} }

func member(lane model.Slot, owns ...model.TopicPartition) model.MemberView {
	return model.MemberView{
		MemberRef:       model.MemberRef{Slot: lane, MemberID: "id-" + lane.String(), ClientID: fmt.Sprintf("consumer-%d", lane)},
		AssignmentKnown: true, Assignment: owns,
	}
}

// group has three members and four partitions, without problems.
func group() *model.GroupView {
	g := &model.GroupView{
		ID: "billing", Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable, Assignor: "range", MembersKnown: true,
		Generation: model.Generation{Number: 5, Kind: model.GenerationExact}, Coordinator: model.Some[int32](2),
		Members: []model.MemberView{member(1, tp(0), tp(1)), member(2, tp(2)), member(3, tp(3))}, Lag: model.Some[int64](120),
		ProduceRate: model.Some(10.0), ConsumeRate: model.Some(16.0), Behind: model.Some(3 * time.Second),
	}
	for i, owner := range []model.Slot{1, 1, 2, 3} {
		g.Partitions = append(g.Partitions, model.PartitionView{
			TopicPartition: tp(int32(i)), Owner: owner, Subscribed: true, PartitionOffsets: model.PartitionOffsets{
				Committed: model.Some[int64](970), LogEnd: model.Some[int64](1000), Lag: model.Some[int64](30),
				CommittedAt: before(4), ProduceRate: model.Some(10.0), ConsumeRate: model.Some(16.0),
			},
		})
	}
	return g
}

func killed() model.LabConsumer {
	return model.LabConsumer{
		Name: "consumer-3", Group: "billing", State: model.LabKilled, Since: before(6.2), MemberID: "id-C", Owns: []model.TopicPartition{tp(3)},
		Settings: model.ConsumerSettings{SessionTimeout: 10 * time.Second, HeartbeatInterval: 3 * time.Second, MaxPollInterval: 30 * time.Second},
	}
}

// live is a running lab consumer.
func live() model.LabConsumer {
	d := killed()
	d.State = model.LabRunning
	d.Settings.SessionTimeout, d.Settings.HeartbeatInterval, d.Settings.MaxPollRecords = 6*time.Second, 2*time.Second, 50
	return d
}

func viewOf(g *model.GroupView, demo ...model.LabConsumer) *model.View {
	v := &model.View{At: now, PolledAt: now, Interval: time.Second, Groups: []*model.GroupView{g}, GenerationsExact: true, Tail: model.TailStatus{State: model.TailOn}}
	if len(demo) > 0 {
		v.Lab = &model.LabSnapshot{At: now, Consumers: demo}
	}
	return v
}

func wordsOf(p Page) string {
	words := p.Title + "\n" + strings.Join(p.Sentences, "\n") + "\n" + strings.Join(p.Actions, "\n")
	for _, s := range p.Settings {
		words += "\n" + s.Name + " = " + s.Value
	}
	return words
}

func TestWords(t *testing.T) {
	timedOut := &model.Rebalance{
		Group: "billing", Type: model.TypeClassic, AtLeast: 1, Ended: model.Exactly(before(9)), Left: []model.MemberRef{{Slot: 4, ClientID: "consumer-4"}},
		Verdict: model.Verdict{Cause: model.CauseSessionTimeout, Confidence: model.Likely, Evidence: "the last commit for D's 2 partitions was 45 s earlier"},
	}
	perhapsLeft := &model.Rebalance{
		Group: "billing", Type: model.TypeClassic, AtLeast: 1, Ended: model.Exactly(before(9)), Left: []model.MemberRef{{Slot: 4, ClientID: "consumer-4"}},
		Verdict: model.Verdict{Cause: model.CauseMemberLeft, Confidence: model.Possible, Evidence: "the last commit for D's 2 partitions was 45 s earlier; no new records to commit, so that is weak evidence"},
	}
	emptied := &model.Rebalance{
		Group: "billing", Type: model.TypeClassic, AtLeast: 1, Began: model.Exactly(before(9.1)), JoinEnded: model.Exactly(before(9)), Ended: model.Exactly(before(9)),
		Before: model.Assignment{tp(3): 4}, Left: []model.MemberRef{{Slot: 4, ClientID: "consumer-4"}}, Verdict: timedOut.Verdict,
	}
	for _, c := range []struct {
		why     string
		subject subject.Subject
		change  func(*model.GroupView, *model.View)
		demo    *model.LabConsumer
		want    []string
	}{
		{"a possible cause is not presented as a fact", subject.Subject{Kind: subject.Why, Rebalance: perhapsLeft}, nil, nil,
			[]string{"member left, perhaps", "Possible: another cause leaves the same trace.", "A crash looks the same", "session.timeout.ms"}},
		{"a crash is counted down", subject.Subject{Kind: subject.Consumer, Name: "consumer-3"}, nil, ref(killed()),
			[]string{"Heartbeats stopped 6.2s ago; after 10s the coordinator removes it from the group, and the leader reassigns orders-3.",
				"Its last heartbeat was sent up to 3s before that, so the session timeout is in 0.8–3.8s.", "session.timeout.ms = 10s", "heartbeat.interval.ms = 3s"}},
		{"the same from the member's row", subject.Subject{Kind: subject.Member, Group: "billing", Slot: 3}, nil, ref(killed()),
			[]string{"Member C (consumer-3), killed", "Heartbeats stopped 6.2s ago; after 10s"}},
		{"the same from its partition", subject.Subject{Kind: subject.Partition, Group: "billing", Partition: tp(3)}, nil, ref(killed()),
			[]string{"C (consumer-3) owns it and is killed: no active consumer.", "Heartbeats stopped 6.2s ago"}},
		{"an unknown time is not invented", subject.Subject{Kind: subject.Consumer, Name: "consumer-3"}, nil,
			ref(func() model.LabConsumer { c := killed(); c.Since = time.Time{}; return c }()), []string{"removes it 10s after its last heartbeat", "¬ago"}},
		{"an unknown session timeout ends nevertheless", subject.Subject{Kind: subject.Consumer, Name: "consumer-3"}, nil,
			ref(func() model.LabConsumer { c := killed(); c.Settings.SessionTimeout = 0; return c }()),
			[]string{"at its session timeout, which is unknown for this group", "¬had not joined"}},
		{"the coordinator has removed the member", subject.Subject{Kind: subject.Consumer, Name: "consumer-3"}, func(g *model.GroupView, _ *model.View) { g.Members = g.Members[:2] }, ref(killed()),
			[]string{"has removed it from the group", "its partitions were reassigned", "¬Heartbeats stopped"}},
		{"without another member there is no takeover", subject.Subject{Kind: subject.Consumer, Name: "consumer-3"}, func(g *model.GroupView, _ *model.View) { g.Members = g.Members[2:] }, ref(killed()),
			[]string{"there is no other member to take over orders-3"}},
		{"an unknown session timeout", subject.Subject{Kind: subject.Member, Group: "billing", Slot: 1}, nil, nil,
			[]string{"The session timeout of this member is unknown: it is in the record that the coordinator writes at the next rebalance.",
				"session.timeout.ms = default 45s", "Its last commit was 4s ago."}},
		{"a known session timeout", subject.Subject{Kind: subject.Member, Group: "billing", Slot: 1},
			func(g *model.GroupView, _ *model.View) { g.Members[0].SessionTimeout = model.Some(45 * time.Second) }, nil,
			[]string{"If its heartbeats stop for 45s, the coordinator removes it, and the leader reassigns its partitions.", "session.timeout.ms = 45s", "¬is unknown"}},
		{"the broker sets the session timeout of a consumer group", subject.Subject{Kind: subject.Member, Group: "billing", Slot: 1},
			func(g *model.GroupView, _ *model.View) { g.Type, g.Assignor = model.TypeConsumer, "uniform" }, nil,
			[]string{"group.consumer.session.timeout.ms = default 45s", "regroup does not read broker settings", "¬\nsession.timeout.ms"}},
		{"a former member", subject.Subject{Kind: subject.Member, Group: "billing", Slot: 4},
			func(g *model.GroupView, _ *model.View) { g.Rebalances = []*model.Rebalance{timedOut} }, nil,
			[]string{"D (consumer-4) is no longer in the group", "It left or was removed 9s ago: session timeout."}},
		{"a cause and the setting that governs it", subject.Subject{Kind: subject.Why, Rebalance: timedOut}, func(g *model.GroupView, _ *model.View) {
			g.Members[0].SessionTimeout = model.Some(45 * time.Second)
		}, nil, []string{"the last commit for D's 2 partitions was 45 s earlier", "Likely: another cause", "session.timeout.ms = 45s"}},
		{"a join waits for the longest max.poll.interval.ms", subject.Subject{Kind: subject.State, Group: "billing"}, func(g *model.GroupView, _ *model.View) {
			g.State, g.RebalancingSince = model.StatePreparingRebalance, before(2.3)
			g.Members[1].RebalanceTimeout = model.Some(5 * time.Minute)
		}, nil, []string{"for 2.3s", "at most 5m, the longest max.poll.interval.ms", "each keeps consuming until its next heartbeat tells it to rejoin, and then consumes nothing", "max.poll.interval.ms = 5m"}},
		{"an incremental group keeps consuming", subject.Subject{Kind: subject.State, Group: "billing"}, func(g *model.GroupView, _ *model.View) {
			g.State, g.RebalancingSince, g.Assignor = model.StatePreparingRebalance, before(2.3), "cooperative-sticky"
		}, nil, []string{"members keep consuming the partitions that they own", "¬consumes nothing"}},
		{"members of an unknown protocol may keep consuming", subject.Subject{Kind: subject.State, Group: "billing"}, func(g *model.GroupView, _ *model.View) {
			g.State, g.RebalancingSince, g.Assignor = model.StatePreparingRebalance, before(2.3), "by-region"
		}, nil, []string{"Whether by-region is eager or incremental is unknown: members may keep consuming the partitions that they own", "¬members keep consuming", "¬consumes nothing"}},
		{"their partitions as well, after the join", subject.Subject{Kind: subject.Partition, Group: "billing", Partition: tp(2)}, func(g *model.GroupView, _ *model.View) {
			g.State, g.RebalancingSince, g.Assignor, g.Partitions[2].OwnerPrevious = model.StateCompletingRebalance, before(1), "by-region", true
		}, nil, []string{"and may keep consuming it: whether by-region is eager or incremental is unknown", "¬paused"}},
		{"Kafka Streams is incremental", subject.Subject{Kind: subject.State, Group: "billing"}, func(g *model.GroupView, _ *model.View) {
			g.State, g.RebalancingSince, g.Assignor = model.StatePreparingRebalance, before(2.3), "stream"
		}, nil, []string{"With stream (incremental), members keep consuming the partitions that they own"}},
		{"pending revocation", subject.Subject{Kind: subject.Convergence, Group: "billing"}, func(g *model.GroupView, _ *model.View) {
			g.Type, g.State, g.RebalancingSince = model.TypeConsumer, model.StateReconciling, before(1.2)
			for i := range g.Members {
				g.Members[i].TargetKnown, g.Members[i].Target = true, g.Members[i].Assignment
			}
			g.Members[0].Target, g.Members[0].PendingRevocation = []model.TopicPartition{tp(0)}, []model.TopicPartition{tp(1)}
			g.Members[1].Target = []model.TopicPartition{tp(1), tp(2)}
		}, nil, []string{"B (consumer-2) is waiting for orders-1, which A still owns: it must revoke"}},
		{"a member that was polled after its group is not presented as converged", subject.Subject{Kind: subject.Member, Group: "billing", Slot: 1},
			func(g *model.GroupView, _ *model.View) {
				g.Type, g.Members[0].Epoch = model.TypeConsumer, model.Some[int32](6)
			}, nil,
			[]string{"Its member epoch is 6; the known group epoch is older.", "¬equal to the group epoch"}},
		{"a falling lag reaches 0", subject.Subject{Kind: subject.Lag, Group: "billing"}, func(g *model.GroupView, _ *model.View) { g.Trend = model.TrendFalling }, nil,
			[]string{"Lag 120", "In the last 10s, 10/s were produced and 16/s committed", "reaches 0 in about 20s"}},
		{"a wavering lag has no forecast", subject.Subject{Kind: subject.Lag, Group: "billing"}, func(g *model.GroupView, _ *model.View) {
			g.Trend, g.ConsumeRate = model.TrendFalling, model.Some(10.3)
		}, nil, []string{"↓: lag is falling", "¬reaches 0"}},
		{"a single other member takes over", subject.Subject{Kind: subject.Consumer, Name: "consumer-3"}, func(g *model.GroupView, _ *model.View) { g.Members = g.Members[1:] }, ref(killed()),
			[]string{"removes it from the group, and B takes over orders-3."}},
		{"in a consumer group the coordinator reassigns", subject.Subject{Kind: subject.Member, Group: "billing", Slot: 1},
			func(g *model.GroupView, _ *model.View) { g.Type, g.Assignor = model.TypeConsumer, "uniform" }, nil,
			[]string{"the coordinator reassigns its partitions", "¬leader"}},
		{"in an eager rebalance a partition is consumed until its owner rejoins", subject.Subject{Kind: subject.Partition, Group: "billing", Partition: tp(2)}, func(g *model.GroupView, _ *model.View) {
			g.State, g.RebalancingSince, g.Partitions[2].OwnerPrevious = model.StatePreparingRebalance, before(1), true
		}, nil, []string{"It keeps consuming until its next heartbeat tells it to rejoin", "¬no active consumer"}},
		{"and not after the join", subject.Subject{Kind: subject.Partition, Group: "billing", Partition: tp(2)}, func(g *model.GroupView, _ *model.View) {
			g.State, g.RebalancingSince, g.Partitions[2].OwnerPrevious = model.StateCompletingRebalance, before(1), true
		}, nil, []string{"it is paused until the leader's assignment arrives", "¬keeps consuming"}},
		{"nor by a former member", subject.Subject{Kind: subject.Partition, Group: "billing", Partition: tp(2)}, func(g *model.GroupView, _ *model.View) {
			g.State, g.RebalancingSince, g.Partitions[2].OwnerPrevious = model.StatePreparingRebalance, before(1), true
			g.Members = slices.Delete(g.Members, 1, 2)
		}, nil, []string{"is no longer a member: no active consumer until the rebalance completes", "¬keeps consuming"}},
		{"no active consumer", subject.Subject{Kind: subject.Member, Group: "billing"}, nil, ref(killed()),
			[]string{"Not consumed: orders-3", "orders-3: no active consumer. The process of C has stopped, and the coordinator waits for the session timeout.", "¬unassigned", "¬still paused"}},
		{"still paused", subject.Subject{Kind: subject.Member, Group: "billing"}, func(g *model.GroupView, _ *model.View) {
			g.Rebalances = []*model.Rebalance{{Cost: model.Cost{Pauses: []model.Pause{{TopicPartition: tp(3), LagAdded: model.Some[int64](3)}}}}}
		}, nil, []string{"orders-3: still paused. Assigned to C, and no commit was observed since.", "¬unassigned", "¬no active consumer"}},
		{"unassigned", subject.Subject{Kind: subject.Member, Group: "billing"}, func(g *model.GroupView, _ *model.View) {
			g.Partitions[3].Owner, g.Members[2].Assignment = model.Nobody, nil
		}, nil, []string{"orders-3: unassigned, although members subscribe to the topic and the group is stable.", "¬no active consumer", "¬still paused"}},
		{"a partition without a commit since its assignment", subject.Subject{Kind: subject.Partition, Group: "billing", Partition: tp(3)}, func(g *model.GroupView, _ *model.View) {
			g.Rebalances = []*model.Rebalance{{Cost: model.Cost{Pauses: []model.Pause{{TopicPartition: tp(3), LagAdded: model.Some[int64](3)}}}}}
		}, nil, []string{"C (consumer-3) owns it and has not committed since: it is still paused.", "¬only consumer"}},
		{"an unreadable assignment may contain it", subject.Subject{Kind: subject.Partition, Group: "billing", Partition: tp(3)}, func(g *model.GroupView, _ *model.View) {
			g.Partitions[3].Owner, g.Members[2].Assignment, g.Members[2].AssignmentKnown = model.Nobody, nil, false
		}, nil, []string{"Its owner is unknown", "¬No active consumer", "¬nassigned"}},
		{"no advice to delete the offsets of a group that has just lost its last member", subject.Subject{Kind: subject.Partition, Group: "billing", Partition: tp(3)},
			func(g *model.GroupView, _ *model.View) {
				g.State, g.Members, g.Rebalances = model.StateEmpty, nil, []*model.Rebalance{emptied}
				g.Partitions[3].Owner, g.Partitions[3].Subscribed = model.Nobody, false
			}, nil, []string{"the group has no members. The last owner was D (consumer-4), until 9s ago: session timeout.", "Start a consumer of the group", "¬--delete-offsets"}},
		{"no join in an empty group", subject.Subject{Kind: subject.Took, Rebalance: emptied}, nil, nil,
			[]string{"no member was left to join, so there was no leader", "¬JoinGroup", "¬the leader computed"}},
		{"observed by polls only, but exact", subject.Subject{Kind: subject.Took, Rebalance: emptied}, nil, nil, []string{"¬observed by polls only"}},
		{"the lab knows the settings of its consumers", subject.Subject{Kind: subject.State, Group: "billing"}, nil, ref(live()),
			[]string{"session.timeout.ms = 6s", "heartbeat.interval.ms = 2s", "max.poll.interval.ms = 30s", "¬default"}},
		{"and of a partition's owner", subject.Subject{Kind: subject.Partition, Group: "billing", Partition: tp(3)}, nil, ref(live()), []string{"max.poll.records = 50", "¬default 500"}},
		{"a member's own timeout is more than a default", subject.Subject{Kind: subject.Lag, Group: "billing"}, func(g *model.GroupView, _ *model.View) {
			g.Trend, g.Members[1].RebalanceTimeout = model.TrendStalled, model.Some(20*time.Second)
		}, nil, []string{"max.poll.interval.ms = 20s", "max.poll.records = default 500"}},
		{"a consumer group has no join that waits", subject.Subject{Kind: subject.Convergence, Group: "billing"}, func(g *model.GroupView, _ *model.View) { g.Type = model.TypeConsumer }, nil,
			[]string{"Converged", "No partition is moving.", "¬Converging", "¬join"}},
		{"unmeasured traffic of the tail is not 0", subject.Subject{Kind: subject.Tail}, nil, nil, []string{"¬0 bytes"}},

		{"an unknown lag is not 0", subject.Subject{Kind: subject.Lag, Group: "billing"}, func(g *model.GroupView, _ *model.View) { g.Lag = model.None[int64]() }, nil,
			[]string{"Lag unknown", "¬Lag 0", "auto.offset.reset = default latest"}},
		{"deleted by retention", subject.Subject{Kind: subject.Partition, Group: "billing", Partition: tp(2)}, func(g *model.GroupView, _ *model.View) {
			g.Partitions[2].Flag = model.LagBelowStart
		}, nil, []string{"commit below log start", "records were deleted before the group consumed them", "retention.ms"}},
		{"an empty group keeps its offsets", subject.Subject{Kind: subject.State, Group: "billing"}, func(g *model.GroupView, _ *model.View) {
			g.State, g.Members = model.StateEmpty, nil
		}, nil, []string{"since when is unknown", "offsets.retention.minutes = default 7 days", "--reset-offsets"}},
		{"a storm and the advice", subject.Subject{Kind: subject.Storm, Group: "billing"}, func(g *model.GroupView, _ *model.View) {
			g.Storm = model.Storm{Active: true, Recent: 18, Usual: model.Some(0.3)}
			g.Rebalances = []*model.Rebalance{timedOut, timedOut}
		}, nil, []string{"18 rebalances in 10m: a storm", "is 2 an hour", "2× session timeout", "Find out what happened to the process"}},
		{"no storm", subject.Subject{Kind: subject.Storm, Group: "billing"}, func(g *model.GroupView, _ *model.View) { g.Storm = model.Storm{Recent: 2} }, nil,
			[]string{"It is not a storm", "at least 10 rebalances in 10m"}},
		{"counted, and why", subject.Subject{Kind: subject.Exactness}, func(_ *model.GroupView, v *model.View) {
			v.GenerationsExact, v.Tail = false, model.TailStatus{State: model.TailRefused, Reason: "TOPIC_AUTHORIZATION_FAILED"}
		}, nil, []string{"Generations are counted ≈", "READ on __consumer_offsets is refused", "TOPIC_AUTHORIZATION_FAILED", "kafka-acls.sh"}},
		{"a group that is not listed", subject.Subject{Kind: subject.State, Group: "other"}, nil, nil, []string{"The cluster does not list this group"}},
	} {
		t.Run(c.why, func(t *testing.T) {
			g := group()
			v := viewOf(g)
			if c.demo != nil {
				v = viewOf(g, *c.demo)
			}
			if c.change != nil {
				c.change(g, v)
			}
			words := wordsOf(Of(Context{View: v, Now: now, Feed: Live, Since: now}, c.subject))
			for _, want := range c.want {
				if rest, not := strings.CutPrefix(want, "¬"); not == strings.Contains(words, rest) {
					t.Errorf("want %q in:\n%s", want, words)
				}
			}
		})
	}
}

func ref[T any](v T) *T { return &v }

// Every subject has a title and a sentence, every setting a meaning, and there is no formatting error, whatever is unknown.
func TestEverySubjectHasAPage(t *testing.T) {
	bare := &model.GroupView{ID: "billing"}
	r := &model.Rebalance{Group: "billing"}
	full := group()
	full.Rebalances = []*model.Rebalance{r}
	views := []*model.View{viewOf(bare), viewOf(full, killed()), {}}
	for _, state := range constants(t, "GroupState") {
		for _, kind := range []model.GroupType{model.TypeUnknown, model.TypeClassic, model.TypeConsumer, model.TypeShare, model.TypeStreams} {
			g := group()
			g.State, g.Type, g.RebalancingSince = model.GroupState(state), kind, before(1)
			views = append(views, viewOf(g))
		}
	}
	for _, state := range constants(t, "LabState") {
		d := killed()
		d.State = model.LabState(state)
		views = append(views, viewOf(group(), d))
	}
	for _, v := range append(views, nil) {
		for kind := subject.State; kind <= subject.Tail; kind++ {
			for feed := Connecting; feed <= Recording; feed++ {
				for lane := model.Nobody; lane <= 3; lane += 3 {
					s := subject.Subject{Kind: kind, Group: "billing", Slot: lane, Partition: tp(3), Rebalance: r, Event: &model.Event{Kind: model.GroupGone, At: now}, Name: "consumer-3"}
					p := Of(Context{View: v, Now: now, Feed: feed, Since: before(3)}, s)
					words := wordsOf(p)
					if p.Title == "" || len(p.Sentences) == 0 || strings.Contains(words, "%!") || strings.Contains(words, "  ") || strings.Contains(words, "..") {
						t.Fatalf("kind %d of %+v:\n%s", kind, v, words)
					}
					for _, setting := range p.Settings {
						if setting.Meaning == "" {
							t.Errorf("kind %d: %s has no meaning", kind, setting.Name)
						}
					}
				}
			}
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		500 * time.Millisecond: "500ms", 10 * time.Second: "10s", 90 * time.Second: "1m30s", 5 * time.Minute: "5m", time.Hour: "1h", 100 * time.Minute: "1h40m",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}
