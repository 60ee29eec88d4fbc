package track

import (
	"slices"
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"
)

// Each case is a list of observations and the events expected of them: what a person would read in the feed.
func TestGenerationsAreWrittenAsTheyAreKnown(t *testing.T) {
	for _, test := range []struct {
		is   model.Generation
		want string
	}{
		{model.Generation{}, "–"},
		{model.Generation{Number: 7, Kind: model.GenerationExact}, "7"},
		{model.Generation{Number: 0, Kind: model.GenerationExact}, "0"}, // created, and never rebalanced
		{model.Generation{Number: 2, Kind: model.GenerationCounted}, "≈2"},
		{model.Generation{Number: 0, Kind: model.GenerationCounted}, "–"}, // nothing was counted yet: it may be the hundredth
	} {
		if got := test.is.String(); got != test.want {
			t.Errorf("%+v is written as %q, want %q", test.is, got, test.want)
		}
	}
}

func TestRebalancesSeenByPolling(t *testing.T) {
	for _, c := range []struct {
		reason       string
		observations []model.Observation
		want         []string
	}{
		{
			"what is there when regroup first looks is not news",
			[]model.Observation{Poll(0, Classic("A:0,1", "B:2,3")), Poll(1, Classic("A:0,1", "B:2,3"))},
			nil,
		},
		{
			"a rebalance that fell between two polls shows by its result",
			[]model.Observation{Poll(0, Classic("A:0,1", "B:2,3")), Poll(1, Classic("A:0,1", "B:2", "C:3"))},
			[]string{"member_joined C joined: C on 10.0.0.1", "rebalance C joined, 1 of 4 moved"},
		},
		{
			"one that was seen under way",
			[]model.Observation{
				Poll(0, Classic("A:0,1", "B:2,3")),
				Poll(1, Rebalancing(model.StatePreparingRebalance, "A", "B", "C")),
				Poll(2, Rebalancing(model.StateCompletingRebalance, "A", "B", "C")),
				Poll(3, Classic("A:0,1", "B:2", "C:3")),
			},
			[]string{
				"state Stable → PreparingRebalance", "member_joined C joined: C on 10.0.0.1", "rebalance_began a rebalance began",
				"state PreparingRebalance → CompletingRebalance",
				"state CompletingRebalance → Stable", "rebalance C joined, 1 of 4 moved",
			},
		},
		{
			"one that changed nothing, but was seen under way",
			[]model.Observation{Poll(0, Classic("A:0")), Poll(1, Rebalancing(model.StatePreparingRebalance, "A")), Poll(2, Classic("A:0"))},
			[]string{
				"state Stable → PreparingRebalance", "rebalance_began a rebalance began",
				"state PreparingRebalance → Stable", "rebalance no partitions moved",
			},
		},
		{
			"a member that left takes its partitions to others",
			[]model.Observation{Poll(0, Classic("A:0,1", "B:2,3")), Poll(1, Classic("A:0,1,2,3"))},
			[]string{"member_left B left: B on 10.0.0.1", "rebalance B left, 2 of 4 moved"},
		},
		{
			"the last member left: nobody owns anything",
			[]model.Observation{Poll(0, Classic("A:0,1")), Poll(1, Classic())},
			[]string{"state Stable → Empty", "member_left A left: A on 10.0.0.1", "rebalance A left, 2 partitions unassigned"},
		},
		{
			"an empty group stays empty",
			[]model.Observation{Poll(0, Classic()), Poll(1, Classic())},
			nil,
		},
		{
			"the assignment changed, the members did not",
			[]model.Observation{Poll(0, Classic("A:0,1", "B:2,3")), Poll(1, Classic("A:0,2", "B:1,3"))},
			[]string{"rebalance 2 of 4 moved (0 necessary)"},
		},
		{
			"a member that came and went between two settled states is in no rebalance, but it was there",
			[]model.Observation{Poll(0, Classic("A:0")), Poll(1, Rebalancing(model.StatePreparingRebalance, "A", "B")), Poll(2, Classic("A:0"))},
			[]string{
				"state Stable → PreparingRebalance", "member_joined B joined: B on 10.0.0.1", "rebalance_began a rebalance began",
				"state PreparingRebalance → Stable", "member_left B left: B on 10.0.0.1", "rebalance no partitions moved",
			},
		},
		{
			"a static member back under another member id neither joined nor left",
			[]model.Observation{Poll(0, Classic("A!:0", "B!:1")), Poll(1, Classic("A!/2:0", "B!:1"))},
			[]string{"rebalance A restarted, no partitions moved"},
		},
		{
			"a dynamic member back under another member id is another member",
			[]model.Observation{Poll(0, Classic("A:0", "B:1")), Poll(1, Classic("A/2:0", "B:1"))},
			[]string{"member_left A left: A on 10.0.0.1", "member_joined C joined: A on 10.0.0.1", "rebalance C joined, A left, 1 of 2 moved"},
		},
		{
			"seen first in the middle of a rebalance: what was before is not known, so there is nothing to compare with",
			[]model.Observation{Poll(0, Rebalancing(model.StatePreparingRebalance, "A")), Poll(1, Classic("A:0")), Poll(2, Classic("A:0", "B:1"))},
			[]string{
				"state PreparingRebalance → Stable",
				"member_joined B joined: B on 10.0.0.1", "rebalance B joined, 1 partition assigned",
			},
		},
		{
			"a group that appears while regroup looks: nobody owned anything before",
			[]model.Observation{Poll(0), Poll(1, Classic("A:0,1"))},
			[]string{"group_appeared the group appeared", "member_joined A joined: A on 10.0.0.1", "rebalance A joined, 2 partitions assigned"},
		},
		{
			"a group that only commits appears without a rebalance",
			[]model.Observation{Poll(0), Poll(1, model.Group{ID: "g", State: model.StateEmpty, MembersKnown: true, OffsetsKnown: true})},
			[]string{"group_appeared the group appeared"},
		},
		{
			"a group that appears in a partial snapshot",
			[]model.Observation{Poll(0), Partial(Poll(1, Classic("A:0")))},
			[]string{"group_appeared the group appeared", "member_joined A joined: A on 10.0.0.1", "rebalance A joined, 1 partition assigned"},
		},
		{
			"an assignment that cannot be read: its partitions did not move to nobody",
			[]model.Observation{Poll(0, Classic("A:0,1", "B:2,3")), Poll(1, Classic("A:0,1", "B:?"))},
			nil,
		},
		{
			"a member that cannot be read joined: what it took is not known, what others lost to others is",
			[]model.Observation{Poll(0, Classic("A:0,1", "B:2")), Poll(1, Classic("A:0", "B:1", "C:?"))},
			[]string{"member_joined C joined: C on 10.0.0.1", "rebalance C joined, 1 of 3 moved"},
		},
		{
			"the coordinator moved, the members are the same",
			[]model.Observation{Poll(0, CoordinatedBy(1, Classic("A:0"))), Poll(1, CoordinatedBy(2, Classic("A:0")))},
			[]string{"coordinator_moved the coordinator is broker 2 now, it was broker 1"},
		},
		{
			"the coordinator moved in the middle of a rebalance that the new one knows nothing of",
			[]model.Observation{
				Poll(0, CoordinatedBy(1, Classic("A:0"))),
				Poll(1, CoordinatedBy(1, Rebalancing(model.StatePreparingRebalance, "A"))),
				Poll(2, CoordinatedBy(2, Classic("A:0"))),
			},
			[]string{
				"state Stable → PreparingRebalance", "rebalance_began a rebalance began",
				"state PreparingRebalance → Stable", "coordinator_moved the coordinator is broker 2 now, it was broker 1",
			},
		},
		{
			"many members at once are counted, not listed",
			[]model.Observation{Poll(0, Classic()), Poll(1, Classic("A:0", "B:1", "C:2", "D:3", "E:", "F:"))},
			[]string{
				"state Empty → Stable",
				"member_joined A joined: A on 10.0.0.1", "member_joined B joined: B on 10.0.0.1", "member_joined C joined: C on 10.0.0.1",
				"member_joined D joined: D on 10.0.0.1", "member_joined E joined: E on 10.0.0.1", "member_joined F joined: F on 10.0.0.1",
				"rebalance A, B, C, D, 2 more joined, 4 partitions assigned",
			},
		},
		{
			"a rebalance is over when it has been told: another address of a member is none",
			[]model.Observation{
				Poll(0, Classic("A:0")), Poll(1, Rebalancing(model.StatePreparingRebalance, "A")), Poll(2, Classic("A:0")), Poll(3, elsewhere(Classic("A:0"))),
			},
			[]string{
				"state Stable → PreparingRebalance", "rebalance_began a rebalance began",
				"state PreparingRebalance → Stable", "rebalance no partitions moved",
			},
		},
		{
			"a share group has states and members, and no owners",
			[]model.Observation{Poll(0, share("A:0")), Poll(1, share("A:0", "B:0"))},
			[]string{"member_joined B joined: B on 10.0.0.1"},
		},
	} {
		_, events := observe(c.observations...)
		if got := Lines(events); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.reason, got, c.want)
		}
	}
}

func share(members ...string) model.Group {
	g := Classic(members...)
	g.Type = model.TypeShare
	return g
}

func elsewhere(g model.Group) model.Group {
	g.Members[0].Host = "10.0.0.99"
	return g
}

func TestGenerations(t *testing.T) {
	exact := func(n int32) model.Generation { return model.Generation{Number: n, Kind: model.GenerationExact} }
	counted := func(n int32) model.Generation { return model.Generation{Number: n, Kind: model.GenerationCounted} }
	type step struct {
		from, to model.Generation
		atLeast  int
	}
	for _, c := range []struct {
		reason       string
		observations []model.Observation
		want         []step
		now          model.Generation
	}{
		{
			"not told: counted from 0 at the first look",
			[]model.Observation{Poll(0, Classic("A:0"))}, nil, counted(0),
		},
		{
			"each rebalance seen counts one",
			[]model.Observation{Poll(0, Classic("A:0")), Poll(1, Classic("A:0", "B:1")), Poll(2, Classic("A:0,1"))},
			[]step{{counted(0), counted(1), 1}, {counted(1), counted(2), 1}}, counted(2),
		},
		{
			"any number may have passed in a gap: at least one did",
			[]model.Observation{Poll(0, Classic("A:0")), Poll(600, Classic("B:0"))},
			[]step{{counted(0), counted(1), 1}}, counted(1),
		},
		{
			"a static restart takes no new generation (KIP-345), so it is not counted",
			[]model.Observation{Poll(0, Classic("A!:0")), Poll(1, Classic("A!/2:0"))},
			[]step{{counted(0), counted(0), 0}}, counted(0),
		},
		{
			"unless a rebalance was seen",
			[]model.Observation{Poll(0, Classic("A!:0")), Poll(1, Rebalancing(model.StatePreparingRebalance, "A!")), Poll(2, Classic("A!/2:0"))},
			[]step{{counted(0), counted(1), 1}}, counted(1),
		},
		{
			"told: every generation is a rebalance, even if nothing came of it",
			[]model.Observation{Poll(0, Generation(4, Classic("A:0"))), Poll(1, Generation(5, Classic("A:0"))), Poll(2, Generation(5, Classic("A:0")))},
			[]step{{exact(4), exact(5), 1}}, exact(5),
		},
		{
			"told: how many fell into a gap",
			[]model.Observation{Poll(0, Generation(4, Classic("A:0"))), Poll(60, Generation(9, Classic("A:0", "B:1")))},
			[]step{{exact(4), exact(9), 5}}, exact(9),
		},
		{
			"told, seen under way: the generation grows when the members have joined, the rebalance ends when they have their assignments",
			[]model.Observation{
				Poll(0, Generation(4, Classic("A:0"))), Poll(1, Generation(4, Rebalancing(model.StatePreparingRebalance, "A", "B"))),
				Poll(2, Generation(5, Rebalancing(model.StateCompletingRebalance, "A", "B"))), Poll(3, Generation(5, Classic("A:0", "B:1"))),
			},
			[]step{{exact(4), exact(5), 1}}, exact(5),
		},
		{
			"told: the last member left, which is a generation too",
			[]model.Observation{Poll(0, Generation(4, Classic("A:0"))), Poll(1, Generation(5, Classic()))},
			[]step{{exact(4), exact(5), 1}}, exact(5),
		},
		{
			"told: a group that appears begins with generation 0",
			[]model.Observation{Poll(0), Poll(1, Generation(2, Classic("A:0")))},
			[]step{{exact(0), exact(2), 2}}, exact(2),
		},
		{
			"told: a consumer group of Kafka 4.3 has epoch 2 with its first member",
			[]model.Observation{Poll(0), Poll(1, consumer(model.StateStable, 2, "A:0>0"))},
			[]step{{exact(1), exact(2), 1}}, exact(2),
		},
		{
			"told: a consumer group of Kafka 3.9 has epoch 1 with its first member",
			[]model.Observation{Poll(0), Poll(1, consumer(model.StateStable, 1, "A:0>0"))},
			[]step{{exact(0), exact(1), 1}}, exact(1),
		},
		{
			"told: a member at epoch 1 was there before epoch 2",
			[]model.Observation{Poll(0), Poll(1, at("12", consumer(model.StateReconciling, 2, "A:0,1>0", "B:>1"))), Poll(2, at("22", consumer(model.StateStable, 2, "A:0", "B:1")))},
			[]step{{exact(0), exact(2), 2}}, exact(2),
		},
		{
			"told: a static restart within one generation",
			[]model.Observation{Poll(0, Generation(4, Classic("A!:0"))), Poll(1, Generation(4, Classic("A!/2:0")))},
			[]step{{exact(4), exact(4), 0}}, exact(4),
		},
		{
			"told: a smaller one is a group that was deleted and made again",
			[]model.Observation{Poll(0, Generation(40, Classic("A:0"))), Poll(1, Generation(1, Classic("B:0")))},
			[]step{{exact(40), exact(1), 1}}, exact(1),
		},
		{
			"told only later: no rebalance by that",
			[]model.Observation{Poll(0, Classic("A:0")), Poll(1, Generation(17, Classic("A:0"))), Poll(2, Generation(18, Classic("A:0")))},
			[]step{{exact(17), exact(18), 1}}, exact(18),
		},
		{
			"no longer told: counted on from the last one known",
			[]model.Observation{
				Poll(0, Generation(4, Classic("A:0"))), Poll(1, Classic("A:0", "B:1")), Poll(2, Classic("A:0", "B:1")), Poll(3, Classic("A:0", "B:1")),
				Poll(4, Classic("A:0", "B:1")), Poll(5, Classic("A:0", "B:1")),
			},
			[]step{{exact(4), counted(5), 1}}, counted(5),
		},
		{
			"not told once, because it changed while the source looked: the next look tells, and it is one rebalance",
			[]model.Observation{Poll(0, Generation(4, Classic("A:0"))), Poll(1, Classic("A:0", "B:1")), Poll(2, Generation(5, Classic("A:0", "B:1")))},
			[]step{{exact(4), exact(5), 1}}, exact(5),
		},
		{
			"not told once, at the end of a rebalance that changed nothing",
			[]model.Observation{
				Poll(0, Generation(4, Classic("A:0"))), Poll(1, Generation(5, Rebalancing(model.StateCompletingRebalance, "A"))),
				Poll(2, Classic("A:0")), Poll(3, Generation(5, Classic("A:0"))),
			},
			[]step{{exact(4), exact(5), 1}}, exact(5),
		},
		{
			"a group that never had members has no generation",
			[]model.Observation{Poll(0, model.Group{ID: "g", State: model.StateEmpty, MembersKnown: true, OffsetsKnown: true})}, nil, model.Generation{},
		},
	} {
		tr, _ := observe(c.observations...)
		g := tr.View().Group("g")
		var got []step
		for _, r := range g.Rebalances {
			got = append(got, step{r.From, r.To, r.AtLeast})
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: rebalances %v, want %v", c.reason, got, c.want)
		}
		if g.Generation != c.now {
			t.Errorf("%s: generation %s, want %s", c.reason, g.Generation, c.now)
		}
	}
}

func TestMomentsOfARebalance(t *testing.T) {
	took := func(s *model.Snapshot) *model.Snapshot { s.Took = 100 * time.Millisecond; return s }
	tr, _ := observe(
		took(Poll(0, Classic("A:0,1"))), took(Poll(1, Classic("A:0,1"))),
		took(Poll(2, Rebalancing(model.StatePreparingRebalance, "A", "B"))), took(Poll(3, Rebalancing(model.StatePreparingRebalance, "A", "B"))),
		took(Poll(4, Classic("A:0", "B:1"))),
		took(Poll(6, Classic("A:0,1"))),
	)
	g := tr.View().Group("g")
	seen, missed := g.Rebalances[0], g.Rebalances[1]
	if want := (model.Moment{NotBefore: Second(1), NotAfter: Second(2.1)}); seen.Began != want {
		t.Errorf("began %v, want after the last poll that saw it settled, and before the answers of the first that did not: %v", seen.Began, want)
	}
	// The poll at 3 s may have seen a group whose leader had synced a moment before, and whose record was not everywhere yet.
	if want := (model.Moment{NotBefore: Second(2.9), NotAfter: Second(4.1)}); seen.Ended != want {
		t.Errorf("ended %v, want %v", seen.Ended, want)
	}
	if want := (model.Moment{NotBefore: Second(4), NotAfter: Second(6.1)}); missed.Began != want || missed.Ended != want {
		t.Errorf("one between two polls: began %v, ended %v; want both within %v", missed.Began, missed.Ended, want)
	}
	if atLeast, atMost := seen.Began.Until(seen.Ended); atLeast != 800*time.Millisecond || atMost != model.Some(3100*time.Millisecond) {
		t.Errorf("lasted %s to %s, want 800 ms to 3.1 s", atLeast, atMost)
	}
	if !g.StateSince.Equal(Second(4)) {
		t.Errorf("stable since %s, want the poll at 4 s", g.StateSince)
	}
}

func TestPreviousOwnersDuringARebalance(t *testing.T) {
	withPrevious := func(g model.Group) model.Group { // what 4.3.1 answers
		g.Members[0].AssignmentKnown, g.Members[0].Assignment = true, Partitions("0,1")
		g.Members[1].AssignmentKnown, g.Members[1].Assignment = true, Partitions("2,3")
		g.Members[2].AssignmentKnown = true
		return g
	}
	withEmpty := func(g model.Group) model.Group { // what older brokers answer
		for i := range g.Members {
			g.Members[i].AssignmentKnown = true
		}
		return g
	}
	untold := func(g model.Group) model.Group { return g }
	for reason, answer := range map[string]func(model.Group) model.Group{
		"previous assignments in the answer": withPrevious, "empty assignments in the answer": withEmpty, "no metadata at all": untold,
	} {
		tr, _ := observe(
			Poll(0, Classic("A:0,1", "B:2,3")),
			Poll(1, answer(Rebalancing(model.StatePreparingRebalance, "A", "B", "C"))),
		)
		g := tr.View().Group("g")
		for i, want := range []string{"A", "A", "B", "B"} {
			p := g.Partitions[i]
			if p.Owner.String() != want || !p.OwnerPrevious || !p.Subscribed {
				t.Errorf("%s: partition %d: owner %s, previous %t, subscribed %t; want %s, as previous", reason, i, p.Owner, p.OwnerPrevious, p.Subscribed, want)
			}
		}
		b, c := g.Member(2), g.Member(3)
		if !b.AssignmentKnown || !b.AssignmentPrevious || !slices.Equal(b.Assignment, Partitions("2,3")) {
			t.Errorf("%s: B shows %v (known %t, previous %t), want 2 and 3 as before", reason, b.Assignment, b.AssignmentKnown, b.AssignmentPrevious)
		}
		if c == nil || c.AssignmentKnown || c.AssignmentProblem == "" || g.Joining != 1 {
			t.Errorf("%s: C is %+v, %d joining; want one that joins, without an assignment and with the reason", reason, c, g.Joining)
		}
		if !g.RebalancingSince.Equal(Second(1)) || g.Assignor != "range" {
			t.Errorf("%s: unsettled since %s, assignor %q", reason, g.RebalancingSince, g.Assignor)
		}

		tr.Observe(Poll(2, Classic("A:0", "B:2,3", "C:1")))
		g = tr.View().Group("g")
		if p := g.Partitions[1]; p.Owner.String() != "C" || p.OwnerPrevious || p.MovedFrom.String() != "A" || !p.MovedAt.Equal(Second(2)) {
			t.Errorf("%s: afterwards partition 1 is %+v", reason, p)
		}
		if p := g.Partitions[0]; !p.MovedAt.IsZero() {
			t.Errorf("%s: partition 0 stayed and shows a move at %s", reason, p.MovedAt)
		}
		if g.Rebalancing() || g.Joining != 0 || g.Member(1).AssignmentPrevious {
			t.Errorf("%s: settled again, but unsettled since %s, %d joining", reason, g.RebalancingSince, g.Joining)
		}
	}
}

func TestFirstLookInTheMiddleOfARebalance(t *testing.T) {
	g := Rebalancing(model.StateCompletingRebalance, "A", "B")
	g.Members[0].AssignmentKnown, g.Members[0].Assignment = true, Partitions("0")
	g.Members[1].AssignmentKnown = true // an empty one: of an older broker, or of a member that joins now
	tr, _ := observe(Poll(0, g))
	v := tr.View().Group("g")
	if a := v.Member(1); !a.AssignmentPrevious || !slices.Equal(a.Assignment, Partitions("0")) {
		t.Errorf("A shows %+v, want what the broker still knows, as previous", a)
	}
	if b := v.Member(2); b.AssignmentKnown {
		t.Errorf("B shows a known assignment %v, but an empty one says nothing in the middle of a rebalance", b.Assignment)
	}
	if p := v.Partitions[0]; p.Owner.String() != "A" || !p.OwnerPrevious {
		t.Errorf("partition 0: owner %s, previous %t", p.Owner, p.OwnerPrevious)
	}
}

func TestOwnershipSpans(t *testing.T) {
	tr, _ := observe(
		Poll(0, Classic("A:0,1")), Poll(1, Classic("A:0,1")),
		Poll(2, Rebalancing(model.StatePreparingRebalance, "A", "B")), Poll(3, Rebalancing(model.StateCompletingRebalance, "A", "B")),
		Poll(4, Classic("A:0", "B:1")), Poll(5, Classic("A:0,1")),
	)
	spans := tr.View().Group("g").Ownership
	want := []struct {
		at        float64
		unsettled bool
		owners    string
	}{{0, false, "AA"}, {2, true, "AA"}, {4, false, "AB"}, {5, false, "AA"}}
	if len(spans) != len(want) {
		t.Fatalf("spans %v, want %d", spans, len(want))
	}
	for i, w := range want {
		s := spans[i]
		owners := s.Owners[model.TopicPartition{Topic: "t", Partition: 0}].String() + s.Owners[model.TopicPartition{Topic: "t", Partition: 1}].String()
		if !s.From.Equal(Second(w.at)) || s.Rebalancing != w.unsettled || owners != w.owners {
			t.Errorf("span %d: from %s, unsettled %t, owners %s; want %v", i, s.From, s.Rebalancing, owners, w)
		}
	}
}
