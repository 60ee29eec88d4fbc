package kafkatest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Process is a running program of the cluster: a consumer that is not ours. It is killed at the end of its test.
type Process struct {
	name    string
	command *exec.Cmd
	output  string        // the path of what it wrote
	done    chan struct{} // closed when it has ended: then command.ProcessState is set
}

// launch starts a command whose output goes to a file.
func launch(dog *watchdog, name, output string, command *exec.Cmd) (*Process, error) {
	file, err := os.OpenFile(output, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer func() { _ = file.Close() }() // the process has its own
	if command.Stdout == nil {
		command.Stdout = file
	}
	command.Stderr = file
	apart(command)
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &Process{name: name, command: command, output: output, done: make(chan struct{})}
	dog.started(p.PID())
	go func() { // ends with the process
		_ = command.Wait() // how it ended is in command.ProcessState
		dog.ended(p.PID())
		close(p.done)
	}()
	return p, nil
}

// PID is the process id.
func (p *Process) PID() int { return p.command.Process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Running says whether the process has not ended yet; a paused one runs.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Output is what the process wrote so far, standard output and errors together.
func (p *Process) Output() string {
	text, err := os.ReadFile(p.output)
	if err != nil {
		return fmt.Sprintf("(the output of %s cannot be read: %v)", p.name, err)
	}
	return string(text)
}

// Leave asks the process to end (SIGTERM) and waits until it has: a consumer leaves its group first.
func (p *Process) Leave(t testing.TB) {
	t.Helper()
	p.signal(t, terminate)
	p.await(t)
}

// Kill ends the process at once (SIGKILL), paused or not; a consumer stays in its group until its session times out.
func (p *Process) Kill(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGKILL)
	p.await(t)
}

// Pause stops the process without ending it (SIGSTOP): no heartbeat, no poll, and its connections stay open.
func (p *Process) Pause(t testing.TB) {
	t.Helper()
	p.signal(t, suspend)
}

// Resume lets a paused process go on (SIGCONT).
func (p *Process) Resume(t testing.TB) {
	t.Helper()
	p.signal(t, resume)
}

func (p *Process) signal(t testing.TB, signal syscall.Signal) {
	t.Helper()
	if !p.Running() {
		t.Fatalf("%s to %s: it has ended already (%s):\n%s", signal, p.name, p.command.ProcessState, tail(p.Output(), 20))
	}
	if err := p.command.Process.Signal(signal); err != nil {
		t.Fatalf("%s to %s: %v", signal, p.name, err)
	}
}

func (p *Process) await(t testing.TB) {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(Patience):
		t.Fatalf("%s did not end within %s:\n%s", p.name, Patience, tail(p.Output(), 20))
	}
}

// end kills the process if it still runs, and waits for it; it does not matter if it has ended.
func (p *Process) end() {
	_ = p.command.Process.Kill() // fails if it has ended
	<-p.done
}

// run runs a command to its end and returns its standard output. What it wrote to standard error is in the error.
func run(ctx context.Context, dog *watchdog, name, complaints string, command *exec.Cmd) (string, error) {
	var output strings.Builder
	command.Stdout = &output
	p, err := launch(dog, name, complaints, command)
	if err != nil {
		return "", err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.end()
		return output.String(), fmt.Errorf("%s: %w\n%s", name, ctx.Err(), tail(p.Output(), 20))
	}
	if !command.ProcessState.Success() {
		return output.String(), fmt.Errorf("%s: %s\n%s%s", name, command.ProcessState, tail(output.String(), 20), tail(p.Output(), 20))
	}
	return output.String(), nil
}
