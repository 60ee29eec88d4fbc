package compare

import (
	"fmt"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"regroup/model"
	"regroup/ui/uitest"
)

func TestCompareFrames(t *testing.T) {
	for _, size := range uitest.FrameSizes {
		t.Run(fmt.Sprintf("%dx%d", size.Width, size.Height), func(t *testing.T) {
			golden.RequireEqual(t, uitest.Look(t, New(nil), uitest.ComparedView(), size.Width, size.Height).Frame().Text()+"\n")
		})
	}
}

func TestCompare(t *testing.T) {
	uitest.Look(t, New(nil), uitest.ComparedView(), 120, 38).Has("2 of 4 moved   4 of 4 stopped", "1 of 4 moved   1 of 4 stopped", "2 partitions kept", "3 partitions kept", "never paused")
	uitest.Look(t, New(nil), &model.View{}, 80, 22).Has("no rebalance since regroup started")
	uitest.Look(t, New(nil), nil, 80, 22).Has("no rebalance since regroup started")
	v := uitest.ComparedView()
	v.Tour = &model.TourStatus{Step: "assignors", Began: uitest.SceneNow}
	uitest.Look(t, New([]string{"range"}), v, 120, 38).Has("range", "no rebalance yet")
	w := uitest.Look(t, New(nil), uitest.ComparedView(), 80, 8)
	w.Press("down", "down", "up")
}

// Under an assignor that regroup does not know, what kept its owner may have stopped or not.
func TestCompareOfAnUnknownProtocolShowsARange(t *testing.T) {
	v := uitest.ComparedView()
	g := v.Groups[2]
	g.Assignor, g.Rebalances[0].AssignorBefore, g.Rebalances[0].AssignorAfter = "by-region", "by-region", "by-region"
	v.Groups = v.Groups[2:]
	uitest.Look(t, New(nil), v, 120, 38).Has("by-region (eager or incremental: unknown)", "2–4 of 4 stopped   longest 1.8–2.6s", "2 partitions kept", "≤1.9s", "¬never paused", "¬all of it")
}

// A partition whose owner crashed is not read long before its rebalance begins: the mark of that is far to the right.
func TestCompareMarksTheBeginningWhereverItIs(t *testing.T) {
	v := uitest.ComparedView()
	r := v.Groups[2].Rebalances[0]
	r.Cost.Pauses[0].Stopped = model.Moment{NotBefore: uitest.SceneNow.Add(-40 * time.Second), NotAfter: uitest.SceneNow.Add(-40 * time.Second)}
	uitest.Look(t, New(nil), v, 80, 22).Has("start ↑ ", "¬began2").Has("SIDE BY SIDE ── pauses of the partitions ──")
}

// On a large cluster only what happened last is compared: nobody reads a thousand, and drawing them takes too long.
func TestCompareOfManyShowsTheLast(t *testing.T) {
	v := uitest.ComparedView()
	for i := range 40 {
		g, r := *v.Groups[2], *v.Groups[2].Rebalances[0]
		g.ID, r.SeenAt = fmt.Sprintf("g%02d", i), r.SeenAt.Add(time.Duration(i)*time.Second)
		g.Rebalances = []*model.Rebalance{&r}
		v.Groups = append(v.Groups, &g)
	}
	uitest.Look(t, New(nil), v, 120, 100).Has("the 12 groups that rebalanced last", "g28", "g39", "¬g27", "¬cooperative")
}
