package forecast_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"regroup/kafka/forecast"
	"regroup/model"
	"regroup/model/whatif"
)

// owning is a group whose members own partitions of the topic t as written: AAB assigns 0 and 1 to A, 2 to B. Their
// client ids are a, b, c …, and their member ids begin with them.
func owning(assignor, owners string) *model.GroupView {
	g := &model.GroupView{
		ID: "g", Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable, Assignor: assignor, MembersKnown: true,
		Generation: model.Generation{Number: 3, Kind: model.GenerationExact},
	}
	for i, letter := range owners {
		lane := model.Slot(letter - 'A' + 1)
		tp := model.TopicPartition{Topic: "t", Partition: int32(i)} //nolint:gosec // a short word
		for model.Slot(len(g.Members)) < lane {
			client := string(rune('a' + len(g.Members)))
			g.Members = append(g.Members, model.MemberView{
				MemberRef:    model.MemberRef{Slot: model.Slot(len(g.Members) + 1), ClientID: client, MemberID: client + "-7f3a"},
				Subscription: []string{"t"}, AssignmentKnown: true,
			})
		}
		m := &g.Members[lane-1]
		m.Assignment = append(m.Assignment, tp)
		g.Partitions = append(g.Partitions, model.PartitionView{TopicPartition: tp, Owner: lane, Subscribed: true})
	}
	return g
}

func inWord(a model.Assignment) string {
	var b strings.Builder
	for _, tp := range a.Partitions() {
		b.WriteString(a[tp].String())
	}
	return b.String()
}

func TestForecast(t *testing.T) {
	for _, tc := range []struct {
		why  string
		q    whatif.WhatIf
		want string // certainty, moved, and the outcomes
	}{
		{"the client id determines the order", whatif.WhatIf{Group: owning("range", "AABB"), Joining: []string{"ab"}}, "exact {1 1} AACB"},
		{"an unknown id may sort anywhere", whatif.WhatIf{Group: owning("range", "AABB"), Joining: []string{""}}, "outcomes {1 3} AABC AACB CCAB"},
		{"two unknown members are interchangeable",
			whatif.WhatIf{Group: owning("range", "AA"), Joining: []string{"", ""}}, "outcomes {1 2} AB BA BC"},
		{"with equal client ids, the UUID decides", whatif.WhatIf{Group: owning("range", "AAA"), Joining: []string{"a"}}, "outcomes {1 2} AAB BBA"},
		{"the partitions of a leaving member are reassigned", whatif.WhatIf{Group: owning("roundrobin", "ABC"), Leaving: []model.Slot{2}}, "exact {2 2} ACA"},
		{"partitions are assigned in the order of their numbers, ten after two",
			whatif.WhatIf{Group: owning("roundrobin", "ABABABABABA")}, "exact {0 0} ABABABABABA"},
		{"sarama sorts them as text", whatif.WhatIf{Group: owning("roundrobin", "ABABABABABA"), SaramaLeads: true}, "exact {8 8} ABBABABABAA"},
		{"no unnecessary move", whatif.WhatIf{Group: owning("sticky", "AABB"), SaramaLeads: true}, "exact {0 0} AABB"},
		{"an added partition goes to the member with the fewest", whatif.WhatIf{Group: owning("cooperative-sticky", "AAB"), Adding: map[string]int32{"t": 1}, SaramaLeads: true},
			"exact {0 0} AABB"},
		{"no member is left", whatif.WhatIf{Group: owning("range", "AB"), Leaving: []model.Slot{1, 2}}, "exact {2 2} "},
	} {
		t.Run(tc.why, func(t *testing.T) {
			f, err := forecast.Compute(tc.q)
			if err != nil {
				t.Fatal(err)
			}
			var outcomes []string
			for _, o := range f.Outcomes {
				outcomes = append(outcomes, inWord(o.After))
			}
			if got := fmt.Sprint(f.Certainty, f.Moved, " ", strings.Join(outcomes, " ")); got != strings.Replace(tc.want, " {", "{", 1) {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// TestForecastIsHonest: what cannot be computed is not presented as certain.
func TestForecastIsHonest(t *testing.T) {
	server := owning("uniform", "AAABBB")
	server.Type = model.TypeConsumer
	f, err := forecast.Compute(whatif.WhatIf{Group: server, Joining: []string{"c"}})
	if err != nil {
		t.Fatal(err)
	}
	if f.Certainty != whatif.CertaintyExample || f.Moved.Least != 2 || f.Members[2].After != (whatif.Span{Least: 2, Most: 2}) || f.Stops.Scope == whatif.StopsAll {
		t.Errorf("a broker's assignor: %+v", f)
	}
	f, err = forecast.Compute(whatif.WhatIf{Group: server, Adding: map[string]int32{"t": 2}})
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(f.Notes, " "); strings.Contains(notes, "Members detect") || !strings.Contains(notes, "The coordinator detects") {
		t.Errorf("who detects new partitions of a consumer group: %s", notes)
	}
	f, err = forecast.Compute(whatif.WhatIf{Group: owning("sticky", "AAAABBBB"), Joining: []string{"c"}})
	if err != nil {
		t.Fatal(err)
	}
	if f.Certainty != whatif.CertaintyExample || f.Members[0].After != (whatif.Span{Least: 2, Most: 3}) || f.Moved.Least != 2 {
		t.Errorf("ties that another client than sarama's breaks: %+v", f)
	}
	var word strings.Builder
	for i := range 26 {
		word.WriteRune('A' + rune(i))
	}
	f, err = forecast.Compute(whatif.WhatIf{Group: owning("range", word.String()), Joining: slices.Repeat([]string{""}, 9)})
	if err != nil {
		t.Fatal(err)
	}
	if !f.Sampled || f.Certainty != whatif.CertaintyOutcomes {
		t.Errorf("nine of whom nothing is known among 26: sampled %v, %v", f.Sampled, f.Certainty)
	}
	_, err = forecast.Compute(whatif.WhatIf{Group: owning("by-weather", "AB")})
	if err == nil || !strings.Contains(err.Error(), `assignor "by-weather"`) {
		t.Errorf("an assignor of somebody's own: %v", err)
	}
	late := owning("range", "AB")
	late.Partitions = late.Partitions[:1]
	if _, err = forecast.Compute(whatif.WhatIf{Group: late}); err == nil || !strings.Contains(err.Error(), "The number of partitions of topic") {
		t.Errorf("a partition that no poll has listed: %v", err)
	}
}

func BenchmarkForecast(b *testing.B) {
	for _, assignor := range forecast.Assignors() {
		b.Run(assignor, func(b *testing.B) {
			g := owning(assignor, strings.Repeat("ABCDEFGHIJKLMNOPQRSTUVWXY", 40))
			for b.Loop() {
				if _, err := forecast.Compute(whatif.WhatIf{Group: g, Joining: []string{""}, SaramaLeads: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
