package ui

import (
	"testing"
	"time"

	"regroup/model"
	"regroup/ui/uitest"
)

func TestStormsAreTold(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		atDesk(t, size[0], size[1], Options{}, func(d desk) {
			d.show(uitest.Payments())
			d.sees("in the title, in the list and below it", "1 storm", "now  9 in 10m: storm", "STORMS", "9 in 10m, usually 1 a day", "184,330↑", "◐ Preparing", "LAG▾")
			if size[0] >= 120 {
				d.sees("and why, and what moved in vain", "27 moved (9 necessary)", "max.poll.interval.ms exceeded", "▰▰▰▰▰")
			}
			calm := uitest.Payments()
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
	g := uitest.StableGroup("ledger", 1, 1, 0, func(g *model.GroupView) { g.RebalancedAt = uitest.Before(6 * 24 * time.Hour) })
	never := uitest.StableGroup("unknown", 1, 1, 0)
	atDesk(t, 140, 20, Options{}, func(d desk) {
		d.show(uitest.ViewOfGroups(g, never))
		d.sees("its age", "5  6d", "5  –")
		d.Press(":", "s", "o", "r", "t", "space", "r", "e", "b", "a", "l", "a", "n", "c", "e", "enter")
		d.Wait(3 * time.Second)
		d.sees("it sorts before what is unknown", "▸ ledger")
	})
}
