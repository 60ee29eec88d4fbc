//go:build unix

package cli

import (
	"strings"
	"testing"
)

// The tour of the built program: its last step opened directly and verified, and the end by a key.
func TestTourOnTheScreen(t *testing.T) {
	t.Parallel()
	p := startBuilt(t, "demo", "--step", "fetch", "--auto")
	p.waitFor(`fetch\s+20 of 20`, `✓ verified`, `patient: .*, fetches [0-9.]+/s`)
	p.press("\x7f") // backspace
	p.waitFor(`state\s+19 of 20`, `✓ verified`)
	p.press("T")
	p.wait("the tour has ended, and the lab keeps running", func() bool { return !strings.Contains(p.screen(), "19 of 20") })
	p.press("q")
	if code := p.waitEnd(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
	p.expectRestored()
}
