package phrase

import (
	"fmt"
	"testing"
	"time"

	"regroup/model"
	"regroup/ui/text"
	"regroup/ui/uitest"
)

func TestGenerationsInWords(t *testing.T) {
	counted := func(n int32) model.Generation { return model.Generation{Number: n, Kind: model.GenerationCounted} }
	for _, c := range []struct {
		r    model.Rebalance
		want string
	}{
		{model.Rebalance{From: uitest.Exact(4), To: uitest.Exact(5), AtLeast: 1}, "[]"},
		{model.Rebalance{From: counted(4), To: counted(5), AtLeast: 1}, "[generations counted by regroup since it started: a lower bound]"},
		{model.Rebalance{From: counted(4), To: counted(6), AtLeast: 2}, "[at least 2 rebalances between two polls: only their combined effect is known]"},
		{model.Rebalance{From: uitest.Exact(4), To: uitest.Exact(6), AtLeast: 2}, "[2 generations passed unseen: only their combined effect is known]"},
		{model.Rebalance{From: uitest.Exact(4), To: uitest.Exact(6), AtLeast: 2, Superseded: 1, Left: []model.MemberRef{{Slot: 1}}}, "[generation 5 was superseded before SyncGroup]"},
	} {
		if got := fmt.Sprint(GenerationWords(&c.r)); got != c.want {
			t.Errorf("%v → %v: %s, want %s", c.r.From, c.r.To, got, c.want)
		}
	}
}

func TestLasted(t *testing.T) {
	at := func(seconds float64) time.Time {
		return uitest.SceneNow.Add(time.Duration(seconds * float64(time.Second)))
	}
	between := func(a, b float64) model.Moment { return model.Moment{NotBefore: at(a), NotAfter: at(b)} }
	exactly := func(s float64) model.Moment { return model.Exactly(at(s)) }
	for _, c := range []struct {
		why      string
		from, to model.Moment
		want     string
	}{
		{"exact", exactly(0), exactly(3), "3.0s"},
		{"the beginning is between two polls", between(-0.024, 0), exactly(3), "≈3.0s"},
		{"both are between two polls", between(0, 1), between(3, 4), "2.0–4.0s"},
		{"the beginning was not observed", model.Moment{NotAfter: at(0)}, exactly(3), "≥3.0s"},
		{"the beginning is unknown", model.Moment{}, exactly(3), "–"},
		{"in progress", exactly(0), model.Moment{}, "–"},
		{"two clocks disagree", exactly(3), exactly(0), "0s"},
	} {
		if got := Lasted(c.from, c.to); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

func TestHowOftenUsually(t *testing.T) {
	const perDay = 1.0 / 144 // in a window of ten minutes
	for _, c := range []struct {
		perWindow float64
		want      string
	}{{12.4, "12"}, {3, "3"}, {1.5, "1.5"}, {0.5, "3 an hour"}, {0.17, "1 an hour"}, {5 * perDay, "5 a day"}, {perDay, "1 a day"}, {perDay / 9, "less than 1 a day"}, {0, "none"}} {
		if got := text.Often(c.perWindow, model.StormWindow); got != c.want {
			t.Errorf("%v in ten minutes is %q, want %q", c.perWindow, got, c.want)
		}
	}
}

func TestMeterDoublesWithEachCell(t *testing.T) {
	for _, c := range []struct {
		now, usual float64
		want       string
	}{{1, 1, "▰▱▱▱▱"}, {2, 1, "▰▰▱▱▱"}, {4, 1, "▰▰▰▱▱"}, {16, 1, "▰▰▰▰▰"}, {900, 1, "▰▰▰▰▰"}, {0, 1, "▰▱▱▱▱"}, {9, 0, "▰▰▰▰▰"}} {
		if full, empty := meter(c.now, c.usual); full+empty != c.want {
			t.Errorf("%v against %v is %s, want %s", c.now, c.usual, full+empty, c.want)
		}
	}
}
