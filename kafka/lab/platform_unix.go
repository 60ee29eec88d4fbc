//go:build unix

package lab

import "syscall"

// lacks lists the actions that this platform does not support.
func lacks() []string { return nil }

func (p *process) askToLeave() error { return p.signal(syscall.SIGTERM) }
func (p *process) pause() error      { return p.signal(syscall.SIGSTOP) }
func (p *process) resume() error     { return p.signal(syscall.SIGCONT) }

func (p *process) signal(s syscall.Signal) error { return p.command.Process.Signal(s) }

// killed reports whether SIGKILL ended it.
func (p *process) killed() bool {
	if p.state == nil {
		return false
	}
	status, ok := p.state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
