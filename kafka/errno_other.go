//go:build !windows

package kafka

import (
	"syscall"
)

// connectionRefused is the system's error where nothing is listening.
const connectionRefused = syscall.ECONNREFUSED

// connectionLost is its errors of a connection that the other side has closed.
var connectionLost = []error{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED}
