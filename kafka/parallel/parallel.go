// Package parallel runs functions in goroutines and raises their panics in the goroutine that waits for them.
package parallel

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// Group runs functions in parallel. A panic in one of them is raised again by Wait: in a goroutine of its own it would
// end the program on the spot, with the terminal in raw mode. The zero value is ready for use.
type Group struct {
	running sync.WaitGroup
	mutex   sync.Mutex
	panics  []string
}

// Go runs f in a goroutine.
func (g *Group) Go(f func()) {
	g.running.Go(func() {
		defer func() {
			if reason := recover(); reason != nil {
				g.mutex.Lock()
				g.panics = append(g.panics, fmt.Sprintf("%v\n%s", reason, debug.Stack()))
				g.mutex.Unlock()
			}
		}()
		f()
	})
}

// GoOr runs f in a goroutine and calls panicked if f panics, so that the functions that run beside it can be ended.
func (g *Group) GoOr(f, panicked func()) {
	g.Go(func() {
		returned := false
		defer func() {
			if !returned {
				panicked()
			}
		}()
		f()
		returned = true
	})
}

// Wait returns when every function has returned, or panics with the first panic among them.
func (g *Group) Wait() {
	g.running.Wait()
	if len(g.panics) > 0 {
		panic(g.panics[0])
	}
}

// Notify wakes the goroutine that receives from a channel of capacity 1, now or the next time it receives.
func Notify(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default: // a notification is already pending
	}
}
