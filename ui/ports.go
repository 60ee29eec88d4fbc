// Package ui is the terminal program: it draws views of the model and turns keys into actions. It never sends a request.
package ui

import (
	"regroup/model"
)

// Source delivers views to the screen.
type Source interface {
	// Views delivers the newest view. It holds at most one: a screen that is slow skips views, it never lags behind.
	// It is closed when the source has ended.
	Views() <-chan *model.View
	// Focus requests that this group be polled more often; "" is none. It does not block.
	Focus(group string)
	// Refresh requests a poll. It does not block.
	Refresh()
}
