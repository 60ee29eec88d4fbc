package ui

import (
	tea "charm.land/bubbletea/v2"

	"regroup/ui/explain"
)

// openExplain explains what is under the cursor.
func (a *App) openExplain() {
	a.help = nil
	a.explain = explain.Open(a.top().Screen, a.frame())
}

// follow moves an open explanation to the cursor of the screen after a key or the mouse, and to the new screen after another one
// was opened. A new view does not move it.
func (a *App) follow(msg tea.Msg) {
	if a.explain == nil {
		return
	}
	switch msg.(type) {
	case tea.KeyPressMsg, tea.MouseClickMsg, tea.MouseWheelMsg:
	default:
		if a.explain.Of(a.top().Screen) {
			return
		}
	}
	a.explain.Follow(a.top().Screen, a.frame())
}

// explainContext is the context of explanations.
func (a *App) explainContext() explain.Context {
	c := explain.Context{View: a.view, Now: a.frame().Now, Feed: a.feed()}
	switch c.Feed {
	case explain.Connecting:
		c.Since = a.started
	case explain.Paused:
		c.Since = a.paused
	case explain.Live, explain.Late, explain.Silent:
		c.Since = a.lastAnswer()
	}
	return c
}
