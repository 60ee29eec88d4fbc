package lab

import (
	"os/exec"
	"runtime"
)

// starter starts processes from one operating system thread that lives until stop. On Linux a child is killed when the
// thread that forked it ends (PR_SET_PDEATHSIG), and the Go runtime ends threads as it likes.
type starter struct {
	requests chan startRequest
	stopped  chan struct{}
}

type startRequest struct {
	command *exec.Cmd
	result  chan<- error
}

func newStarter() *starter {
	s := &starter{requests: make(chan startRequest), stopped: make(chan struct{})}
	go func() {
		defer close(s.stopped)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for r := range s.requests {
			r.result <- r.command.Start()
		}
	}()
	return s
}

// start starts the command. It must not be called after stop.
func (s *starter) start(command *exec.Cmd) error {
	result := make(chan error, 1)
	s.requests <- startRequest{command, result}
	return <-result
}

// stop must be called only when every child that was started has ended.
func (s *starter) stop() {
	close(s.requests)
	<-s.stopped
}
