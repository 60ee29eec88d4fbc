package cli

import (
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"regroup/cli/recording"
)

// Sessions on a real cluster, recorded by watch while consumers of other makers joined, left, were killed and restarted:
// they give the same events again, byte for byte, as often as one asks. When regroup learns to see more in them, what is
// expected changes (go test -update), and the difference shows what it has learnt.
func TestRecordings(t *testing.T) {
	recordings, err := filepath.Glob("testdata/recordings/*.regroup")
	must(t, err)
	if len(recordings) == 0 {
		t.Fatal("there is no recording")
	}
	for _, path := range recordings {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".regroup"), func(t *testing.T) {
			first := runCLI(t, "replay", "-o", "json", path)
			first.expect(t, exitOK)
			golden.RequireEqual(t, first.stdout)
			for range 3 {
				if again := runCLI(t, "replay", "-o", "json", path); again.stdout != first.stdout {
					t.Errorf("played again, it gives\n%s\nand before\n%s", again.stdout, first.stdout)
				}
			}
		})
	}
}

// What is published says nothing of the machine that it was recorded on.
func TestRecordingsTellNothingOfTheMachine(t *testing.T) {
	recordings, err := filepath.Glob("testdata/recordings/*.regroup")
	must(t, err)
	address := regexp.MustCompile(`\d+\.\d+\.\d+\.\d+`)
	for _, path := range recordings {
		r, err := recording.Open(path)
		must(t, err)
		for {
			_, o, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
			for _, text := range textsIn(o) {
				for _, found := range address.FindAllString(text, -1) {
					if found != "127.0.0.1" {
						t.Fatalf("%s holds the address %s", path, found)
					}
				}
				if strings.ContainsAny(text, `/\`) && !strings.HasPrefix(text, "/127.") {
					t.Fatalf("%s holds a path: %q", path, text)
				}
			}
		}
		must(t, r.Close())
	}
}
