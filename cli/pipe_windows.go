package cli

import "syscall"

// pipeClosed are the errors of writing to a pipe without a reader. Windows never returns package syscall's EPIPE.
var pipeClosed = []error{syscall.ERROR_BROKEN_PIPE, syscall.Errno(232)} // 232 is ERROR_NO_DATA
