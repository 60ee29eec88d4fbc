package ui

import (
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/uitest"
)

// many is a view of n groups, with a lag of its own each and a rebalance each tenth.
func many(n int) *model.View {
	groups := make([]*model.GroupView, n)
	for i := range groups {
		groups[i] = stableGroup(fmt.Sprintf("team-%02d.service-%05d", i%37, i), 3, 10, int64(i*7919%100_003))
		if i%10 == 0 {
			rebalanced(time.Duration(i)*time.Second, 4, 5, func(r *model.Rebalance) { r.Joined = []model.MemberRef{ref(3)} })(groups[i])
		}
	}
	v := viewOfGroups(groups...)
	if extra := len(v.Rebalances) - model.RebalancesKept; extra > 0 {
		v.Rebalances = v.Rebalances[extra:]
	}
	return v
}

// atGroups is the program with many groups on its screen, without a terminal around it.
func atGroups(b *testing.B, n int) (*App, *model.View) {
	source := uitest.NewSource(b)
	a := New(Options{Source: source})
	a.started, a.now = bubbleStart, bubbleStart
	a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	v := many(n)
	a.handle(viewMsg{view: v, at: bubbleStart})
	a.handle(a.work()())
	b.ReportAllocs()
	b.ResetTimer()
	return a, v
}

func BenchmarkView10000Groups(b *testing.B) {
	a, _ := atGroups(b, 10_000)
	for b.Loop() {
		a.View()
	}
}

// A view and the listing that a command made of it; making the listing is measured by itself.
func BenchmarkUpdate10000Groups(b *testing.B) {
	a, v := atGroups(b, 10_000)
	l := makeListing(v, "", groupOrder{byLag, true}, listing{}, bubbleStart)
	b.Run("view", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			a.handle(viewMsg{view: v, at: bubbleStart})
		}
	})
	b.Run("listing", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			a.Update(l)
		}
	})
	b.Run("key", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			a.Update(tea.KeyPressMsg{Code: tea.KeyPgDown})
		}
	})
}

// What the command takes, off the loop that handles messages.
func BenchmarkListing10000Groups(b *testing.B) {
	v := many(10_000)
	b.ReportAllocs()
	for b.Loop() {
		makeListing(v, "service-1", groupOrder{byLag, true}, listing{}, bubbleStart)
	}
}
