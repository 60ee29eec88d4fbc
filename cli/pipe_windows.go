package cli

import "syscall"

// pipeClosed is what writing to a pipe says whose reader has gone; package syscall's EPIPE is a number that Windows never
// tells.
var pipeClosed = []error{syscall.ERROR_BROKEN_PIPE, syscall.Errno(232)} // 232 is ERROR_NO_DATA
