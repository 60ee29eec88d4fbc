//go:build !windows

package cli

import "syscall"

// pipeClosed is the error of writing to a pipe without a reader.
var pipeClosed = []error{syscall.EPIPE}
