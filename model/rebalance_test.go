package model

import "testing"

func TestSupersededWords(t *testing.T) {
	exact := func(n int32) Generation { return Generation{Number: n, Kind: GenerationExact} }
	member := Assignment{{Topic: "t"}: 1}
	for _, c := range []struct {
		from, to   Generation
		superseded int
		before     Assignment
		want       string
	}{
		{exact(5), exact(7), 1, member, "generation 6 was superseded before SyncGroup"},
		{exact(5), exact(9), 3, member, "generations 6–8 were superseded before SyncGroup"},
		{exact(5), exact(9), 2, member, "2 generations were superseded before SyncGroup"},                                     // one of three is not accounted for
		{Generation{Number: 2, Kind: GenerationCounted}, exact(9), 1, member, "a generation was superseded before SyncGroup"}, // which one is unknown
		{exact(5), exact(7), 1, nil, ""}, // the group was empty: nobody was affected
		{exact(5), exact(6), 0, member, ""},
	} {
		r := &Rebalance{From: c.from, To: c.to, Superseded: c.superseded, Before: c.before}
		if got := r.SupersededWords(); got != c.want {
			t.Errorf("%v → %v, %d superseded: %q, want %q", c.from, c.to, c.superseded, got, c.want)
		}
	}
}

func TestMoveWords(t *testing.T) {
	tp := func(n int32) TopicPartition { return TopicPartition{Topic: "t", Partition: n} }
	owned := func(owners ...Slot) Assignment {
		a := Assignment{}
		for n, owner := range owners {
			if owner != Nobody {
				a[tp(int32(n))] = owner
			}
		}
		return a
	}
	for _, c := range []struct {
		why           string
		before, after Assignment
		stickiness    Maybe[Stickiness]
		want          string
	}{
		{"the same assignment", owned(1, 1, 2), owned(1, 1, 2), Some(Stickiness{}), "no partitions moved"},
		{"all moves are necessary: no word of it", owned(1, 1, 1, 1), owned(1, 1, 2, 2), Some(Stickiness{2, 2}), "2 of 4 moved"},
		{"more than necessary", owned(1, 1, 2, 2), owned(2, 3, 3, 2), Some(Stickiness{3, 1}), "3 of 4 moved (1 necessary)"},
		{"a first assignment is no move", nil, owned(1, 1, 2, 2), None[Stickiness](), "4 partitions assigned"},
		{"a topic grew", owned(1, 2), owned(2, 2, 1), Some(Stickiness{1, 0}), "1 of 3 moved (0 necessary), 1 partition assigned"},
		{"the last member left", owned(1, 1), nil, None[Stickiness](), "2 partitions unassigned"},
		{"the first of two cooperative rebalances", owned(1, 1, 1), owned(1, 1, Nobody), Some(Stickiness{1, 1}), "1 partition unassigned"},
	} {
		r := &Rebalance{Before: c.before, After: c.after, Moves: Moves(c.before, c.after), Stickiness: c.stickiness}
		if got := r.MoveWords(); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}
