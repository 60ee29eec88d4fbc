package ui

import (
	"testing"
	"time"

	"regroup/model"
	"regroup/ui/text"
)

func TestStormsAreTold(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		atDesk(t, size[0], size[1], Options{}, func(d desk) {
			d.show(payments())
			d.sees("in the title, in the list and below it", "1 storm", "now  9 in 10m: storm", "STORMS", "9 in 10m, usually 1 a day", "184,330↑", "◐ Joining", "LAG▾")
			if size[0] >= 120 {
				d.sees("and why, and what moved in vain", "27 moved, 9 had to", "poll took too long", "▰▰▰▰▰")
			}
			calm := payments()
			for _, g := range calm.Groups {
				g.Storm = model.Storm{Recent: 1, Usual: model.Some(0.5)}
			}
			d.show(calm)
			d.misses("it is over", "storm", "STORMS")
		})
	}
}

// When regroup has seen no rebalance, it may still know of one.
func TestARebalanceBeforeRegroupRan(t *testing.T) {
	g := stableGroup("ledger", 1, 1, 0, func(g *model.GroupView) { g.RebalancedAt = before(6 * 24 * time.Hour) })
	never := stableGroup("unknown", 1, 1, 0)
	atDesk(t, 140, 20, Options{}, func(d desk) {
		d.show(viewOfGroups(g, never))
		d.sees("its age", "5  6d", "5  –")
		d.Press(":", "s", "o", "r", "t", "space", "r", "e", "b", "a", "l", "a", "n", "c", "e", "enter")
		d.Wait(calm)
		d.sees("it sorts before what is unknown", "▸ ledger")
	})
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
