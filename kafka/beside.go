package kafka

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// beside runs functions beside each other. A panic in one of them is raised again by Wait: in a goroutine of its own it
// would end the program on the spot, with the terminal as the screen left it.
type beside struct {
	running sync.WaitGroup
	mutex   sync.Mutex
	panics  []string
}

// Go runs f in a goroutine.
func (b *beside) Go(f func()) {
	b.running.Go(func() {
		defer func() {
			if reason := recover(); reason != nil {
				b.mutex.Lock()
				b.panics = append(b.panics, fmt.Sprintf("%v\n%s", reason, debug.Stack()))
				b.mutex.Unlock()
			}
		}()
		f()
	})
}

// Wait returns when every function has, or panics with the first panic among them.
func (b *beside) Wait() {
	b.running.Wait()
	if len(b.panics) > 0 {
		panic(b.panics[0])
	}
}
