//go:build !windows

package cli

import "syscall"

// pipeClosed is what writing to a pipe says whose reader has gone.
var pipeClosed = []error{syscall.EPIPE}
