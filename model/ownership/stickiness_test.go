package ownership

import (
	"maps"
	"slices"
	"testing"

	"regroup/model"
	. "regroup/model/modeltest"

	"pgregory.net/rapid"
)

// owning makes an assignment of the topic t: owning("AAB–") gives partitions 0 and 1 to A, 2 to B and 3 to nobody.
func owning(owners string) model.Assignment {
	a := model.Assignment{}
	for n, letter := range []rune(owners) {
		if letter != '–' {
			a[TpOf(int32(n))] = model.Slot(letter - 'A' + 1)
		}
	}
	return a
}

// inGroup makes members of these letters that subscribe to the topic t.
func inGroup(letters string) []model.MemberView {
	var members []model.MemberView
	for _, letter := range letters {
		members = append(members, Judged(model.Slot(letter-'A'+1)))
	}
	return members
}

func TestHowManyPartitionsHadToMove(t *testing.T) {
	for _, c := range []struct {
		why                         string
		before, after               string
		membersBefore, membersAfter string
		want                        model.Stickiness
	}{
		{"nothing happened", "AABB", "AABB", "AB", "AB", model.Stickiness{Moved: 0, Necessary: 0}},
		{"what a member that left had must move", "AABB", "AAAA", "AB", "A", model.Stickiness{Moved: 2, Necessary: 2}},
		{"a third member gets its share: one of four", "AABB", "AACB", "AB", "ABC", model.Stickiness{Moved: 1, Necessary: 1}},
		{"range passes one on so that the ranges stay whole: two would do", "AAABBB", "AABBCC", "AB", "ABC", model.Stickiness{Moved: 3, Necessary: 2}},
		{"round robin deals anew: one had to", "ABAB", "ABCA", "AB", "ABC", model.Stickiness{Moved: 2, Necessary: 1}},
		{"two swapped for nothing", "AABB", "BBAA", "AB", "AB", model.Stickiness{Moved: 4, Necessary: 0}},
		{"a rebalance that makes an uneven spread even", "AAAB", "AABB", "AB", "AB", model.Stickiness{Moved: 1, Necessary: 1}},
		{"an assignor that leaves it uneven, and moves what it need not", "AAAB", "AABA", "AB", "AB", model.Stickiness{Moved: 2, Necessary: 0}},
		{"new partitions had no owner", "AB", "ABAB", "AB", "AB", model.Stickiness{Moved: 0, Necessary: 0}},
		{"everybody is gone", "AABB", "––––", "AB", "", model.Stickiness{Moved: 4, Necessary: 4}},
		{"the first members", "––––", "AABB", "", "AB", model.Stickiness{Moved: 0, Necessary: 0}},
		{"the first half of a cooperative one: one is given up, for the newcomer", "AABB", "AA–B", "AB", "ABC", model.Stickiness{Moved: 1, Necessary: 1}},
		{"the second half: nothing moves that had an owner", "AA–B", "AACB", "ABC", "ABC", model.Stickiness{Moved: 0, Necessary: 0}},
		{"all are given up: as far as can be told the topic is gone", "AAAA", "––––", "A", "AB", model.Stickiness{Moved: 4, Necessary: 4}},
		{"a first half that gives up three where two would do", "AAAA", "A–––", "A", "AB", model.Stickiness{Moved: 3, Necessary: 2}},
		{"five between owners, three members: who has least gets them", "AAAAAAA", "AA–––––", "A", "ABC", model.Stickiness{Moved: 5, Necessary: 4}},
		{"one for one: what the one had is the other's", "AABB", "AACC", "AB", "AC", model.Stickiness{Moved: 2, Necessary: 2}},
	} {
		t.Run(c.why, func(t *testing.T) {
			got, known := Stickiness(owning(c.before), owning(c.after), inGroup(c.membersBefore), inGroup(c.membersAfter)).Get()
			if !known || got != c.want {
				t.Errorf("%s → %s: %+v (%v), want %+v", c.before, c.after, got, known, c.want)
			}
		})
	}
}

func TestStickinessOfADeletedTopicIsNotTheAssignorsFault(t *testing.T) {
	was := model.Assignment{TpOf(0): 2, TpOf(1): 2, {Topic: "u"}: 1, {Topic: "u", Partition: 1}: 1}
	now := model.Assignment{TpOf(0): 1, TpOf(1): 2}
	got, _ := Stickiness(was, now, inGroup("AB"), inGroup("AB")).Get()
	if got != (model.Stickiness{Moved: 3, Necessary: 3}) {
		t.Errorf("A had nothing else: %+v", got)
	}
}

func TestStickinessIsUnknownWhereNotEverybodyMayOwnEverything(t *testing.T) {
	other := inGroup("AB")
	other[1].Subscription = []string{"t", "u"}
	unread := inGroup("AB")
	unread[0].AssignmentKnown = false
	unsaid := inGroup("AB")
	unsaid[0].Subscription = nil
	for why, members := range map[string][]model.MemberView{
		"they subscribe to different topics": other, "an assignment cannot be read": unread, "a subscription is not known": unsaid,
	} {
		if got := Stickiness(owning("AABB"), owning("ABAB"), inGroup("AB"), members); got.Known() {
			t.Errorf("%s, and yet it says %+v", why, got)
		}
	}
}

// spread is how many partitions the members own, the least first.
func spread(a model.Assignment, members int) []int {
	sizes := make([]int, members)
	for _, owner := range a {
		sizes[owner-1]++
	}
	slices.Sort(sizes)
	return sizes
}

// fewestMoves tries every assignment with a spread like that of after.
func fewestMoves(before, after model.Assignment, members int) int {
	partitions := slices.SortedFunc(maps.Keys(after), model.TopicPartition.Compare)
	want, fewest := spread(after, members), len(before)+1
	trial := model.Assignment{}
	var try func(int)
	try = func(n int) {
		if n < len(partitions) {
			for lane := model.Slot(1); lane <= model.Slot(members); lane++ {
				trial[partitions[n]] = lane
				try(n + 1)
			}
			return
		}
		if !slices.Equal(spread(trial, members), want) {
			return
		}
		moved := 0
		for tp, was := range before {
			if trial[tp] != was {
				moved++
			}
		}
		fewest = min(fewest, moved)
	}
	try(0)
	return fewest
}

func TestNoAssignmentAsEvenMovesFewerThanNeeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.IntRange(1, 3).Draw(t, "members after")
		partitions := rapid.IntRange(1, 6).Draw(t, "partitions")
		before, after := model.Assignment{}, model.Assignment{}
		for n := range int32(partitions) {
			// 4 and 5 are members that left.
			if was := rapid.IntRange(0, 5).Draw(t, "was"); was != 0 {
				before[TpOf(n)] = model.Slot(was)
			}
			after[TpOf(n)] = model.Slot(rapid.IntRange(1, members).Draw(t, "is"))
		}
		got, known := Stickiness(before, after, inGroup("ABCDE"), inGroup("ABC"[:members])).Get()
		if !known {
			t.Fatal("everything is known")
		}
		if want := fewestMoves(before, after, members); got.Necessary != want {
			t.Fatalf("%v → %v: needed is %d, and %d do", before, after, got.Necessary, want)
		}
	})
}

func TestNeverMoreIsNeededThanMoved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := model.Assignment{}, model.Assignment{}
		for n := range int32(rapid.IntRange(0, 30).Draw(t, "partitions")) {
			if was := rapid.IntRange(0, 6).Draw(t, "was"); was != 0 {
				before[TpOf(n)] = model.Slot(was)
			}
			if is := rapid.IntRange(0, 4).Draw(t, "is"); is != 0 {
				after[TpOf(n)] = model.Slot(is)
			}
		}
		got := Stickiness(before, after, inGroup("ABCDEF"), inGroup("ABCD")).Or(model.Stickiness{Necessary: 1})
		if got.Necessary < 0 || got.Necessary > got.Moved || got.Moved > len(before) {
			t.Fatalf("%v → %v: %+v", before, after, got)
		}
	})
}
