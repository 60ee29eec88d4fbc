package events_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/exp/golden"

	"regroup/cli/events"
	"regroup/model"
)

var instant = time.Date(2026, 3, 14, 12, 4, 31, 123_456_789, time.UTC)

func after(d time.Duration) time.Time { return instant.Add(d) }

func exactly(d time.Duration) model.Moment { return model.Exactly(after(d)) }

func partition(n int32) model.TopicPartition {
	return model.TopicPartition{Topic: "myorders", Partition: n}
}

var (
	memberA = model.MemberRef{Slot: 1, MemberID: "consumer-1-71f3", ClientID: "consumer-1", Host: "10.0.0.5"}
	memberC = model.MemberRef{Slot: 3, MemberID: "consumer-3-0a4e", ClientID: "consumer-3", Host: "10.0.0.7"}
	static  = model.MemberRef{Slot: 2, MemberID: "pod-2-99aa", InstanceID: "pod-2", ClientID: "consumer-2", Host: "10.0.0.6"}
)

// recorded is a rebalance of which everything is known.
func recorded() *model.Rebalance {
	return &model.Rebalance{
		Group: "1consumer", Type: model.TypeClassic, AtLeast: 1, Superseded: 1,
		From: model.Generation{Number: 4, Kind: model.GenerationExact}, To: model.Generation{Number: 6, Kind: model.GenerationExact},
		Began: model.Moment{NotBefore: after(-3025 * time.Millisecond), NotAfter: after(-3 * time.Second)}, JoinEnded: exactly(-12 * time.Millisecond), Ended: exactly(0),
		Recorded: after(-2 * time.Minute), SeenAt: after(5 * time.Millisecond),
		Before: model.Assignment{partition(0): 1, partition(1): 2, partition(2): 2},
		After:  model.Assignment{partition(0): 1, partition(1): 2, partition(2): 3},
		Joined: []model.MemberRef{memberC}, Restarted: []model.MemberRef{static},
		Moves:        []model.Move{{TopicPartition: partition(2), From: 2, To: 3}},
		MembersAfter: 3, AssignorBefore: "range", AssignorAfter: "range", LeaderBefore: 1, LeaderAfter: 1,
		Verdict: model.Verdict{Cause: model.CauseMemberJoined, Confidence: model.Certain, Evidence: "C joined, no member left"},
		Also:    []model.Verdict{{Cause: model.CauseMemberRestarted, Confidence: model.Certain, Evidence: "B rejoined with its group.instance.id under a new member id"}},
		Cost: model.Cost{
			Pauses: []model.Pause{{
				TopicPartition: partition(2), AtLeast: 3 * time.Second,
				Stopped: model.Moment{NotAfter: after(-3 * time.Second)}, Started: model.Moment{NotBefore: after(0)},
			}},
			CostTotals: model.CostTotals{PausedAtLeast: 3 * time.Second, ConsumerTimeLost: 9 * time.Second},
		},
		Stickiness: model.Some(model.Stickiness{Moved: 1, Necessary: 1}),
	}
}

// polled is one of which only polling saw something.
func polled() *model.Rebalance {
	seen := model.Moment{NotBefore: after(-2 * time.Second), NotAfter: after(-time.Second)}
	return &model.Rebalance{
		Group: "audit", AtLeast: 2,
		From: model.Generation{Number: 1, Kind: model.GenerationCounted}, To: model.Generation{Number: 3, Kind: model.GenerationCounted},
		Began: seen, Ended: seen, SeenAt: instant,
		Left:   []model.MemberRef{memberA},
		Before: model.Assignment{partition(0): 1},
		Moves:  []model.Move{{TopicPartition: partition(0), From: 1, To: model.Nobody}, {TopicPartition: partition(1), From: model.Nobody, To: 2}},
		After:  model.Assignment{partition(1): 2},
	}
}

// paid is a rebalance whose cost is known to the end.
func paid() *model.Rebalance {
	r := recorded()
	r.Cost = model.Cost{
		Pauses: []model.Pause{{
			TopicPartition: partition(2), AtLeast: 3 * time.Second, AtMost: model.Some(4 * time.Second), Resumed: true,
			Stopped:  model.Moment{NotBefore: after(-3500 * time.Millisecond), NotAfter: after(-3 * time.Second)},
			Started:  model.Moment{NotBefore: after(0), NotAfter: after(500 * time.Millisecond)},
			LagAdded: model.Some[int64](290), Reprocessed: model.Some[int64](12),
		}},
		CostTotals: model.CostTotals{
			PausedAtLeast: 3 * time.Second, PausedAtMost: model.Some(4 * time.Second),
			LagAdded: model.Some[int64](290), Reprocessed: model.Some[int64](12), ConsumerTimeLost: 9*time.Second + 1234567*time.Nanosecond, Complete: true,
		},
	}
	return r
}

// rejudged is the rebalance after a poll found a topic that its members had begun to read.
func rejudged() *model.Rebalance {
	r := recorded()
	r.Verdict = model.Verdict{Cause: model.CauseTopicCreated, Confidence: model.Likely, Evidence: "topic myorders-2 was created"}
	return r
}

// samples are events of every kind that has a line, each with a description.
var samples = []struct {
	name  string
	event model.Event
}{
	{"rebalance-from-records", model.Event{At: after(5 * time.Millisecond), Kind: model.RebalanceCompleted, Group: "1consumer", Rebalance: recorded()}},
	{"rebalance-from-polls", model.Event{At: instant, Kind: model.RebalanceCompleted, Group: "audit", Rebalance: polled()}},
	{"rebalance-of-which-nothing-is-known", model.Event{At: instant, Kind: model.RebalanceCompleted, Group: "g", Rebalance: &model.Rebalance{Group: "g"}}},
	{"cause", model.Event{At: after(5 * time.Second), Kind: model.VerdictRevised, Group: "1consumer", Rebalance: rejudged(), Detail: "topic created: topic myorders-2 was created"}},
	{"cost", model.Event{At: after(4 * time.Second), Kind: model.CostKnown, Group: "1consumer", Rebalance: paid()}},
	{"state", model.Event{At: instant, Kind: model.StateChanged, Group: "1consumer", From: model.StateStable, To: model.StatePreparingRebalance}},
	{"state-unknown", model.Event{At: instant, Kind: model.StateChanged, Group: "1consumer", To: model.StateStable}},
	{"group-appeared", model.Event{At: instant, Kind: model.GroupAppeared, Group: "new"}},
	{"group-gone", model.Event{At: instant, Kind: model.GroupGone, Group: "old"}},
	{"coordinator-moved", model.Event{At: instant, Kind: model.CoordinatorMoved, Group: "1consumer", Broker: model.Some[int32](0), Detail: "broker 0 coordinates it now, before that broker 2"}},
	{"source-lost", model.Event{At: instant, Kind: model.SourceLost, Broker: model.Some[int32](2), Detail: "broker 2 (10.0.0.2:9092) does not answer: connection refused"}},
	{"source-found", model.Event{At: instant, Kind: model.SourceFound, Group: "audit", Detail: "OffsetFetch works again"}},
	{"lag-alert", model.Event{At: instant, Kind: model.LagAlerted, Group: "audit", Detail: "lag is 1200, threshold 1000",
		Alert: &model.LagAlert{Reason: model.AlertLag, Lag: model.Some[int64](1200), Threshold: 1000, Since: after(-3 * time.Second)}}},
	{"lag-alert-over", model.Event{At: instant, Kind: model.LagAlerted, Group: "audit", Detail: "no longer stalled",
		Alert: &model.LagAlert{Reason: model.AlertStalled, Threshold: 1000, Since: after(-time.Minute), Over: true}}},
	{"hostile-names", model.Event{At: instant, Kind: model.GroupAppeared, Group: "\x1b[31mred\u202e\u0085\n\x7f"}},
}

// What scripts read: a line of JSON an event.
func TestJSON(t *testing.T) {
	for _, sample := range samples {
		t.Run(sample.name, func(t *testing.T) {
			golden.RequireEqual(t, events.AppendJSON(nil, &sample.event))
		})
	}
	t.Run("dropped", func(t *testing.T) { golden.RequireEqual(t, events.AppendDroppedJSON(nil, 17)) })
}

// What people read: a line an event.
func TestTable(t *testing.T) {
	here := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = here })
	var table []byte
	for _, sample := range samples {
		table = events.AppendRow(table, &sample.event)
	}
	golden.RequireEqual(t, events.AppendDroppedRow(table, 17))
}

// Whatever names a cluster has, an event is one line, and nothing in it is obeyed by a terminal.
func TestLinesAreLines(t *testing.T) {
	for _, sample := range samples {
		for _, line := range []string{string(events.AppendJSON(nil, &sample.event)), string(events.AppendRow(nil, &sample.event))} {
			if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
				t.Errorf("%s is not one line: %q", sample.name, line)
			}
			if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return unicode.Is(unicode.C, r) }) {
				t.Errorf("%s has a control character: %q", sample.name, line)
			}
		}
	}
}

// An event without a line gives no output, and one without its rebalance no panic.
func TestNoLine(t *testing.T) {
	for _, e := range []model.Event{{Kind: model.MemberJoined}, {Kind: model.RebalanceBegan}, {Kind: model.RebalanceCompleted}, {Kind: model.CostKnown}, {Kind: model.LagAlerted}, {Kind: "of a later version"}} {
		if got := events.AppendJSON(nil, &e); got != nil {
			t.Errorf("%s: %s", e.Kind, got)
		}
		if got := events.AppendRow(nil, &e); got != nil {
			t.Errorf("%s: %s", e.Kind, got)
		}
	}
}

func rebalanced(r *model.Rebalance) []model.Event {
	return []model.Event{{At: r.SeenAt, Kind: model.RebalanceCompleted, Group: r.Group, Rebalance: r}}
}
