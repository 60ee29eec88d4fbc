package lab

import (
	"os/exec"
	"syscall"
)

// separate keeps the terminal's signals from the child, and has the kernel kill it when the program ends.
func separate(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
