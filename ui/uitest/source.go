package uitest

import (
	"sync"
	"testing"

	"regroup/model"
)

// Source is a source of views whose views the test makes. It satisfies ui.Source.
type Source struct {
	views chan *model.View
	once  sync.Once

	mu        sync.Mutex
	focused   []string
	refreshed int
}

// NewSource makes a source that ends with the test.
func NewSource(tb testing.TB) *Source {
	s := &Source{views: make(chan *model.View, 1)}
	tb.Cleanup(s.End)
	return s
}

// Show hands the program a view; settle the driver to see it. A view that was not fetched yet is replaced.
func (s *Source) Show(v *model.View) {
	select {
	case <-s.views:
	default:
	}
	s.views <- v
}

// End ends the source, as when it is closed.
func (s *Source) End() { s.once.Do(func() { close(s.views) }) }

// Views is where the program gets the views.
func (s *Source) Views() <-chan *model.View { return s.views }

// Focus notes what the program asks for.
func (s *Source) Focus(group string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.focused = append(s.focused, group)
}

// Refresh counts.
func (s *Source) Refresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refreshed++
}

// Focused is what Focus was called with, in order.
func (s *Source) Focused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.focused...)
}

// Refreshed is how often Refresh was called.
func (s *Source) Refreshed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refreshed
}
