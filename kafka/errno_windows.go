package kafka

import (
	"syscall"
)

// connectionRefused is the system's error where nothing is listening. syscall.ECONNREFUSED is another number here, which
// Windows never returns.
const connectionRefused = syscall.Errno(10061) // WSAECONNREFUSED

// connectionLost is its errors of a connection that the other side has closed.
var connectionLost = []error{syscall.WSAECONNRESET, syscall.WSAECONNABORTED}
