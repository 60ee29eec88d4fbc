package kafkatest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// clockLibraries are where Debian's package libfaketime has its library, by architecture.
const clockLibraries = "/usr/lib/*/faketime/libfaketime.so.1"

var errNoClock = errors.New("faketime is not installed")

// RequireClock lets the test go on only where brokers can be given another clock.
func RequireClock(t testing.TB) {
	t.Helper()
	Require(t)
	if _, err := clockLibrary(); err != nil {
		skip, fail := gate(os.Getenv(Switch), "", []string{"faketime"})
		if fail != "" {
			t.Fatal(fail)
		}
		t.Skip(skip)
	}
}

func clockLibrary() (string, error) {
	found, err := filepath.Glob(clockLibraries)
	if err != nil || len(found) == 0 {
		return "", errNoClock
	}
	return found[0], nil
}

// setClock sets the wall clock of a program that was not started yet. The clock that measures durations stays as it is.
// FORCE_MONOTONIC_FIX=0: a mend for old C libraries that makes every timed wait of a Java program end at once.
func setClock(command *exec.Cmd, ahead time.Duration) error {
	if ahead == 0 {
		return nil
	}
	library, err := clockLibrary()
	if err != nil {
		return fmt.Errorf("set the clock of %s: %w", command.Path, err)
	}
	command.Env = append(os.Environ(), "LD_PRELOAD="+library, fmt.Sprintf("FAKETIME=%+.3fs", ahead.Seconds()),
		"FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_FORCE_MONOTONIC_FIX=0")
	return nil
}
