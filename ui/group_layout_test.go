package ui

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"regroup/model"
)

func TestLayoutNeverOverlaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(1, 250).Draw(t, "width"), rapid.IntRange(1, 90).Draw(t, "height")
		lines := rapid.IntRange(2, 220)
		need := groupNeeds{
			banner: rapid.IntRange(0, 3).Draw(t, "banner"), members: lines.Draw(t, "members"), strip: lines.Draw(t, "strip"),
			partitions: lines.Draw(t, "partitions"), rebalance: lines.Draw(t, "rebalance"), events: lines.Draw(t, "events"),
		}
		focus := pane(rapid.IntRange(0, int(paneCount)-1).Draw(t, "focus"))
		r := layoutGroup(width, height, need, focus)
		taken := map[[2]int]bool{}
		for _, at := range slices.Concat([]rect{r.title, r.banner}, r.panes[:]) {
			if at.empty() {
				continue
			}
			if at.x < 0 || at.y < 0 || at.x+at.w > width || at.y+at.h > height {
				t.Fatalf("%+v is outside of %d×%d", at, width, height)
			}
			for y := at.y; y < at.y+at.h; y++ {
				for x := at.x; x < at.x+at.w; x++ {
					if taken[[2]int{x, y}] {
						t.Fatalf("two parts stand at %d,%d: %+v", x, y, r)
					}
					taken[[2]int{x, y}] = true
				}
			}
		}
		if height >= 8 && width > 2*margin && r.panes[focus].empty() {
			t.Fatalf("the pane with the focus has no room in %d×%d: %+v", width, height, r)
		}
	})
}

func TestLayoutGivesAllTheyNeedWhereThereIsRoom(t *testing.T) {
	need := groupNeeds{members: 5, strip: 6, partitions: 6, rebalance: 6, events: 6}
	r := layoutGroup(120, 38, need, panePartitions)
	for p, want := range map[pane]int{paneMembers: 6, paneStrip: 6, panePartitions: 6, paneRebalance: 6, paneEvents: 6} {
		if r.panes[p].h != want {
			t.Errorf("pane %d has %d lines, want %d", p, r.panes[p].h, want)
		}
	}
}

func TestPartitionsInWords(t *testing.T) {
	tps := func(topic string, numbers ...int32) []model.TopicPartition {
		var all []model.TopicPartition
		for _, n := range numbers {
			all = append(all, model.TopicPartition{Topic: topic, Partition: n})
		}
		return all
	}
	for _, c := range []struct {
		tps       []model.TopicPartition
		oneTopic  bool
		want, why string
	}{
		{nil, true, "", "nothing"},
		{tps("a", 3), true, "3", "one"},
		{tps("a", 0, 1), true, "0,1", "two are no range"},
		{tps("a", 0, 1, 2, 3, 7), true, "0-3,7", "a range and one more"},
		{tps("a", 7, 2, 1, 0), true, "0-2,7", "whatever their order"},
		{slices.Concat(tps("a", 0, 1), tps("b", 1)), false, "a 0,1 b 1", "by topic"},
		{tps("\x1b", 0), false, `\x1b 0`, "a name sends no escapes"},
	} {
		if got := list(c.tps, c.oneTopic); got != c.want {
			t.Errorf("%v is %q, want %q: %s", c.tps, got, c.want, c.why)
		}
	}
	for _, c := range []struct {
		tps   []model.TopicPartition
		one   bool
		width int
		want  string
		why   string
	}{
		{tps("a", 0, 1), true, 10, " 0   1 ", "a chip each"},
		{tps("a", 0, 1, 2), true, 7, " 0-2 ", "a chip a range"},
		{tps("a", 0, 2, 4, 6, 8, 10, 12), true, 12, " 0,2,4,… … 7", "as many as fit, and how many there are"},
		{slices.Concat(tps("a", 0), tps("b", 1, 2)), false, 20, "a  0  b  1,2 ", "by topic"},
		{tps("a", 0), true, 0, "", "no room"},
	} {
		if got := chips(frameOf(nil, 1, 1).theme, 1, c.tps, c.one, c.width).String(); got != c.want {
			t.Errorf("%v in %d cells is %q, want %q: %s", c.tps, c.width, got, c.want, c.why)
		}
	}
}
