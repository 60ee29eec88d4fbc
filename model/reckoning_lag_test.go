package model

import "testing"

// What a crash adds to the lag it adds from the moment on at which the member stopped: the session timeout is in it.
func TestTheLagOfACrashBeginsWithTheCrash(t *testing.T) {
	calm := func(seconds float64, end, commit int64) *Snapshot {
		return poll(seconds, withOffsets(classic("A:0", "B:1"), end, commit, end))
	}
	tr, _ := observe(
		calm(0, 100, 90), calm(3, 200, 190), calm(6, 300, 300), // A commits for the last time
		calm(9, 340, 300), calm(12, 380, 300), calm(15, 420, 300),
		poll(16, withOffsets(classic("B:0,1"), 430, 300, 430)), poll(18, withOffsets(classic("B:0,1"), 450, 300, 450)),
		poll(21, withOffsets(classic("B:0,1"), 470, 470, 470)), poll(24, withOffsets(classic("B:0,1"), 480, 480, 480)),
	)
	r := tr.View().Group("g").LastRebalance()
	if r.Cost.LagAdded != Some[int64](150) {
		t.Errorf("the lag grew from 0 to 150 while nobody read, and %s is told", r.Cost.LagAdded)
	}
	left, _ := observe(
		calm(0, 100, 90), calm(3, 200, 190), calm(6, 300, 280), poll(7, withOffsets(classic("A:0,1"), 310, 280, 280)),
		poll(9, withOffsets(classic("A:0,1"), 330, 280, 330)), poll(12, withOffsets(classic("A:0,1"), 340, 340, 340)),
	)
	if r := left.View().Group("g").LastRebalance(); !r.Cost.LagAdded.Known() || r.Cost.LagAdded.Or(0) < 0 {
		t.Errorf("B left, and %s is told", r.Cost.LagAdded)
	}
}
