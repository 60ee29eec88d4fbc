package group

import (
	"slices"
	"testing"

	"regroup/ui/kit"

	"pgregory.net/rapid"
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
		for _, at := range slices.Concat([]kit.Rect{r.title, r.banner}, r.panes[:]) {
			if at.Empty() {
				continue
			}
			if at.X < 0 || at.Y < 0 || at.X+at.W > width || at.Y+at.H > height {
				t.Fatalf("%+v is outside of %d×%d", at, width, height)
			}
			for y := at.Y; y < at.Y+at.H; y++ {
				for x := at.X; x < at.X+at.W; x++ {
					if taken[[2]int{x, y}] {
						t.Fatalf("two parts stand at %d,%d: %+v", x, y, r)
					}
					taken[[2]int{x, y}] = true
				}
			}
		}
		if height >= 8 && width > 2*kit.Margin && r.panes[focus].Empty() {
			t.Fatalf("the pane with the focus has no room in %d×%d: %+v", width, height, r)
		}
	})
}

func TestLayoutGivesAllTheyNeedWhereThereIsRoom(t *testing.T) {
	need := groupNeeds{members: 5, strip: 6, partitions: 6, rebalance: 6, events: 6}
	r := layoutGroup(120, 38, need, panePartitions)
	for p, want := range map[pane]int{paneMembers: 6, paneStrip: 6, panePartitions: 6, paneRebalance: 6, paneEvents: 6} {
		if r.panes[p].H != want {
			t.Errorf("pane %d has %d lines, want %d", p, r.panes[p].H, want)
		}
	}
}
