//go:build !windows

package kafka

import (
	"syscall"
)

// What the system says of a connection that nobody takes.
const connectionRefused = syscall.ECONNREFUSED

// connectionLost is what it says of one that the other side has closed.
var connectionLost = []error{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED}
