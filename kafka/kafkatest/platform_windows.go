package kafkatest

import (
	"os/exec"
	"syscall"
)

// The package compiles on windows, and [Require] says there that it cannot run.
const (
	terminate = syscall.SIGTERM
	suspend   = syscall.SIGTERM
	resume    = syscall.SIGTERM
)

func apart(*exec.Cmd) {}

func lock(string) (unlock func(), err error) { return func() {}, nil }
