package kafka

import (
	"syscall"
)

// What the system says of a connection that nobody takes. package syscall has ECONNREFUSED here too, a number of its own
// that Windows never tells.
const connectionRefused = syscall.Errno(10061) // WSAECONNREFUSED

// connectionLost is what it says of one that the other side has closed.
var connectionLost = []error{syscall.WSAECONNRESET, syscall.WSAECONNABORTED}
