package track

import (
	"testing"

	"regroup/model"
	. "regroup/model/modeltest"
)

// What a crash adds to the lag it adds from the moment on at which the member stopped: the session timeout is in it.
func TestTheLagOfACrashBeginsWithTheCrash(t *testing.T) {
	calm := func(seconds float64, end, commit int64) *model.Snapshot {
		return Poll(seconds, WithOffsets(Classic("A:0", "B:1"), end, commit, end))
	}
	tr, _ := observe(
		calm(0, 100, 90), calm(3, 200, 190), calm(6, 300, 300), // A commits for the last time
		calm(9, 340, 300), calm(12, 380, 300), calm(15, 420, 300),
		Poll(16, WithOffsets(Classic("B:0,1"), 430, 300, 430)), Poll(18, WithOffsets(Classic("B:0,1"), 450, 300, 450)),
		Poll(21, WithOffsets(Classic("B:0,1"), 470, 470, 470)), Poll(24, WithOffsets(Classic("B:0,1"), 480, 480, 480)),
	)
	r := tr.View().Group("g").LastRebalance()
	if r.Cost.LagAdded != model.Some[int64](150) {
		t.Errorf("the lag grew from 0 to 150 while nobody read, and %s is told", r.Cost.LagAdded)
	}
	left, _ := observe(
		calm(0, 100, 90), calm(3, 200, 190), calm(6, 300, 280), Poll(7, WithOffsets(Classic("A:0,1"), 310, 280, 280)),
		Poll(9, WithOffsets(Classic("A:0,1"), 330, 280, 330)), Poll(12, WithOffsets(Classic("A:0,1"), 340, 340, 340)),
	)
	if r := left.View().Group("g").LastRebalance(); !r.Cost.LagAdded.Known() || r.Cost.LagAdded.Or(0) < 0 {
		t.Errorf("B left, and %s is told", r.Cost.LagAdded)
	}
}
