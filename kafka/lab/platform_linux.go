package lab

import (
	"os/exec"
	"syscall"
)

// separate keeps the terminal's signals from the child, and lets the kernel kill it when the program is gone.
func separate(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
