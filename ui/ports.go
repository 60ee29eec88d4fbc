// Package ui is what a person sees: a bubbletea program that draws views of the model and turns keys into actions.
// It never asks a broker for anything.
package ui

import (
	"regroup/model"
)

// Source hands the screen its views.
type Source interface {
	// Views delivers the newest view. It holds at most one: a screen that is slow skips views, it never lags behind.
	// It is closed when the source has ended.
	Views() <-chan *model.View
	// Focus asks that this group be looked at more often than the rest; "" asks for none. It does not block.
	Focus(group string)
	// Refresh asks for a poll now. It does not block.
	Refresh()
}
