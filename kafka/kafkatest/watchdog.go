package kafkatest

import (
	"fmt"
	"io"
	"os/exec"
	"sync"
)

// A watchdog is a shell that knows the processes of one cluster and waits for the end of its input. The input ends
// when the test binary does, however that comes about (a clean end, a panic, a time limit, SIGKILL): the shell
// then kills what still runs and removes the cluster's files. A clean end takes the same way.
type watchdog struct {
	shell *exec.Cmd
	mutex sync.Mutex // a line must not be cut by another
	input io.WriteCloser
}

// A java that was just killed may still hold files open or be writing one, hence the second try.
const watchdogScript = `
alive=
while read -r what pid; do
  case $what in
  started) alive="$alive $pid" ;;
  ended)
    rest=
    for one in $alive; do [ "$one" = "$pid" ] || rest="$rest $one"; done
    alive=$rest
    ;;
  esac
done
[ -z "$alive" ] || kill -9 $alive 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf -- "$1" 2>/dev/null && break
  sleep 0.2
done
`

// newWatchdog starts a watchdog that owns the directory dir.
func newWatchdog(dir string) (*watchdog, error) {
	shell := exec.Command("sh", "-c", watchdogScript, "watchdog", dir)
	apart(shell)
	input, err := shell.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the watchdog: %w", err)
	}
	if err := shell.Start(); err != nil {
		return nil, fmt.Errorf("start the watchdog: %w", err)
	}
	return &watchdog{shell: shell, input: input}, nil
}

func (w *watchdog) started(pid int) { w.tell("started", pid) }
func (w *watchdog) ended(pid int)   { w.tell("ended", pid) }

func (w *watchdog) tell(what string, pid int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	// It fails only after close: the shell then kills the processes it knows, and the error has no reader.
	_, _ = fmt.Fprintln(w.input, what, pid)
}

// close ends every process and removes the files; it returns when that is done.
func (w *watchdog) close() {
	w.mutex.Lock()
	_ = w.input.Close()
	w.mutex.Unlock()
	_ = w.shell.Wait()
}
