package ui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/uitest"
)

// atGroups is the program with many groups on its screen, without a terminal around it.
func atGroups(b *testing.B, n int) (*App, *model.View) {
	source := uitest.NewSource(b)
	a := New(Options{Source: source})
	a.started, a.now = uitest.BubbleStart, uitest.BubbleStart
	a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	v := uitest.Many(n)
	a.handle(viewMsg{view: v, at: uitest.BubbleStart})
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
	a.handle(viewMsg{view: v, at: uitest.BubbleStart})
	l := a.work()()
	b.Run("view", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			a.handle(viewMsg{view: v, at: uitest.BubbleStart})
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
