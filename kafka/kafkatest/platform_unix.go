//go:build unix

package kafkatest

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

const (
	terminate = syscall.SIGTERM
	suspend   = syscall.SIGSTOP
	resume    = syscall.SIGCONT
)

// apart gives the command a process group of its own: a Ctrl-C at the terminal is for the test binary alone, and a
// consumer must not take it for a wish to leave.
func apart(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// lock waits until no other process holds the file.
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = file.Close() }, nil
}
