package lab

import (
	"errors"
	"os/exec"
	"syscall"
)

var errNoPause = errors.New("windows has no SIGSTOP")

// lacks lists the actions that this platform does not support.
func lacks() []string { return []string{"pause and resume: windows has no SIGSTOP"} }

// askToLeave sends a command, as there is no SIGTERM.
func (p *process) askToLeave() error { return p.send(command{Command: commandLeave}) }
func (p *process) pause() error      { return errNoPause }
func (p *process) resume() error     { return errNoPause }

// killed is always false: TerminateProcess leaves an exit code, as a failure does.
func (p *process) killed() bool { return false }

// separate keeps Ctrl-C and Ctrl-Break from the child.
func separate(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
