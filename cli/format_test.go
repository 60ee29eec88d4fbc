package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/exp/golden"

	"regroup/model"
)

// sampleGroups are one group with everything that is hard to write, and the kinds of groups that have little.
func sampleGroups() []*groupReport {
	tp := func(topic string, partition int32) model.TopicPartition {
		return model.TopicPartition{Topic: topic, Partition: partition}
	}
	offsets := func(topic string, n int32, owner model.Slot, committed, start, end, lag model.Maybe[int64], flag model.LagFlag) model.PartitionView {
		return model.PartitionView{
			TopicPartition: tp(topic, n), Owner: owner,
			PartitionOffsets: model.PartitionOffsets{Committed: committed, LogStart: start, LogEnd: end, Lag: lag, Flag: flag},
		}
	}
	some, none := model.Some[int64], model.None[int64]()
	groups := []*model.GroupView{
		{
			ID: "1consumer", Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable, Coordinator: model.Some[int32](2),
			Assignor: "range", Generation: model.Generation{Number: 5, Kind: model.GenerationExact}, MembersKnown: true, Idle: 1,
			Members: []model.MemberView{
				{MemberRef: model.MemberRef{Slot: 1, MemberID: "consumer-2-b", ClientID: "consumer-2", Host: "10.0.0.6"}, AssignmentKnown: true,
					Assignment: []model.TopicPartition{tp("myorders", 0)}},
				{MemberRef: model.MemberRef{Slot: 2, MemberID: "consumer-1-a", InstanceID: "static-1", ClientID: "consumer-1", Host: "10.0.0.5"}, AssignmentKnown: true,
					Assignment: []model.TopicPartition{tp("myorders", 1), tp("myorders", 2)}},
				{MemberRef: model.MemberRef{Slot: 3, MemberID: "consumer-3-c", ClientID: "consumer-3", Host: "10.0.0.7"}, AssignmentProblem: "cannot decode"},
			},
			Partitions: []model.PartitionView{
				offsets("gone", 0, model.Nobody, some(7), none, none, none, model.LagTopicMissing),
				offsets("myorders", 0, 1, some(10), some(0), some(12), some(2), model.LagPlain),
				offsets("myorders", 1, 2, none, some(0), some(4), none, model.LagNoCommit),
				offsets("myorders", 2, 2, some(9), some(0), some(4), some(0), model.LagBeyondEnd),
				offsets("myorders", 3, model.Nobody, none, some(0), some(4), none, model.LagNoCommit), // subscribed: not a row
			},
			Lag: some(2), LagIncomplete: true,
		},
		{ID: "empty", Type: model.TypeConsumer, State: model.StateEmpty, Coordinator: model.Some[int32](1), MembersKnown: true,
			Generation: model.Generation{Number: 3, Kind: model.GenerationCounted},
			Partitions: []model.PartitionView{offsets("myorders", 0, model.Nobody, some(3), some(0), some(3), some(0), model.LagPlain)}, Lag: some(0)},
		{ID: "evil\x1b[31m\n,=\"\u202e\u009b", Type: model.TypeClassic, State: model.StateStable, MembersKnown: true,
			Members:    []model.MemberView{{MemberRef: model.MemberRef{Slot: 1, MemberID: "=cmd|'/c calc'!A1", ClientID: "@SUM(A1)", Host: "h"}, AssignmentKnown: true}},
			Partitions: []model.PartitionView{offsets("+topic", 0, 1, some(1), some(0), some(1), some(0), model.LagPlain)}, Lag: some(0)},
		{ID: "shares", Type: model.TypeShare, State: model.StateStable, Coordinator: model.Some[int32](3)},
		{ID: "unread"},
	}
	var reports []*groupReport
	for _, g := range groups {
		reports = append(reports, reportGroup(g))
	}
	return reports
}

func TestFormats(t *testing.T) {
	for _, format := range formats {
		t.Run("groups-"+format, func(t *testing.T) {
			var out bytes.Buffer
			if err := writeGroups(&out, format, sampleGroups()); err != nil {
				t.Fatal(err)
			}
			golden.RequireEqual(t, out.Bytes())
		})
		t.Run("describe-"+format, func(t *testing.T) {
			var out, notes bytes.Buffer
			if err := writeDescriptions(&out, &notes, format, sampleGroups()); err != nil {
				t.Fatal(err)
			}
			golden.RequireEqual(t, []byte(out.String()+"--- stderr ---\n"+notes.String()))
		})
	}
}

// An assignment that cannot be decoded is unknown, and not empty.
func TestNoteOnOpaqueMembers(t *testing.T) {
	for _, c := range []struct {
		why     string
		members []model.MemberView
		want    string
	}{
		{"all is known, and it is nothing", []model.MemberView{{AssignmentKnown: true}}, "neither commits nor assigned"},
		{"one of two is garbage, by a library that put an escape in its message",
			[]model.MemberView{{AssignmentKnown: true}, {AssignmentProblem: "cannot decode: \x1b[31m"}}, `1 of 2 (cannot decode: \x1b[31m)`},
	} {
		view := &model.GroupView{ID: "g", Type: model.TypeClassic, State: model.StateStable, MembersKnown: true, OffsetsKnown: true, Members: c.members}
		if note := noteOn(reportGroup(view)); !strings.Contains(note, c.want) {
			t.Errorf("%s: %q, want %q in it", c.why, note, c.want)
		}
	}
}

// A group whose commits could not be read has no list of partitions, where one that has none has an empty one.
func TestWithoutOffsetsThereIsNoListOfPartitions(t *testing.T) {
	empty := &model.GroupView{ID: "g", Type: model.TypeClassic, State: model.StateEmpty, MembersKnown: true}
	if r := reportGroup(empty); r.Partitions != nil {
		t.Errorf("not read: %v", r.Partitions)
	}
	empty.OffsetsKnown = true
	if r := reportGroup(empty); r.Partitions == nil || len(r.Partitions) > 0 {
		t.Errorf("there are none: %v", r.Partitions)
	}
}

// Whatever a group is called, an output has as many lines as rows, and nothing in it that a terminal obeys.
func TestOutputHasNoControlCharacters(t *testing.T) {
	for _, format := range formats {
		var out, notes bytes.Buffer
		if err := writeDescriptions(&out, &notes, format, sampleGroups()); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() + notes.String() {
			if r != '\n' && unicode.Is(unicode.C, r) {
				t.Errorf("%s: %U in the output", format, r)
			}
		}
	}
}

func TestJSONSaysTheNamesAsTheyAre(t *testing.T) {
	var out bytes.Buffer
	want := sampleGroups()
	if err := writeJSON(&out, want); err != nil {
		t.Fatal(err)
	}
	var got []groupReport
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if got[i].Group != want[i].Group {
			t.Errorf("group %d is %q, want %q", i, got[i].Group, want[i].Group)
		}
	}
}

func TestEmptyOutputs(t *testing.T) {
	for format, want := range map[string]string{
		formatTable: "GROUP TYPE STATE MEMBERS PARTITIONS LAG COORDINATOR ASSIGNOR\n",
		formatJSON:  "[]\n",
		formatCSV:   "group,type,state,members,partitions,lag,lag_incomplete,coordinator,assignor,generation,idle,unowned,protocol_type\n",
	} {
		var out bytes.Buffer
		if err := writeGroups(&out, format, nil); err != nil || out.String() != want {
			t.Errorf("%s: %q (%v), want %q", format, out.String(), err, want)
		}
	}
}

func TestCSVIsReadableAndRunsNothing(t *testing.T) {
	var out bytes.Buffer
	if err := writeDescriptions(&out, &out, formatCSV, sampleGroups()); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		for _, cell := range record {
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Errorf("%q is a formula to a spreadsheet", cell)
			}
		}
	}
}
