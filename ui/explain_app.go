package ui

import (
	tea "charm.land/bubbletea/v2"

	"regroup/ui/explain"
)

// follow has an explanation that is open follow the cursor of the screen, after a key or the mouse, or the screen itself,
// after another has come on top. What views change does not move it.
func (a *App) follow(msg tea.Msg) {
	if a.explain == nil {
		return
	}
	switch msg.(type) {
	case tea.KeyPressMsg, tea.MouseClickMsg, tea.MouseWheelMsg:
		a.explain.follow(a)
	default:
		if a.explain.screen != a.top().Screen {
			a.explain.follow(a)
		}
	}
}

// explainContext is what explanations are made of.
func (a *App) explainContext() explain.Context {
	c := explain.Context{View: a.view, Now: a.frame().Now, Feed: a.feed()}
	switch c.Feed {
	case explain.Connecting:
		c.Since = a.started
	case explain.Held:
		c.Since = a.paused
	case explain.Live, explain.Late, explain.Silent:
		c.Since = a.lastAnswer()
	}
	return c
}
