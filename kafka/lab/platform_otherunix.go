//go:build unix && !linux

package lab

import (
	"os/exec"
	"syscall"
)

// separate puts the child into a process group of its own. That keeps the terminal's signals from it; and should the
// program end while the child is stopped, the kernel sends SIGHUP and SIGCONT to the group, which has lost its parent.
func separate(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
