package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cutFile cuts bytes off the end of a file.
func cutFile(t *testing.T, path string, bytes int64) {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	must(t, os.Truncate(path, info.Size()-bytes))
}

// What goes wrong with a recording is said in words, and with the exit code that the help promises.
func TestReplayFailures(t *testing.T) {
	dir := t.TempDir()
	text, older, newer, cut := filepath.Join(dir, "text"), filepath.Join(dir, "older"), filepath.Join(dir, "newer"), taped(t, 300)
	must(t, os.WriteFile(text, []byte("brokers: [kafka:9092]\n"), 0o600))
	must(t, os.WriteFile(older, []byte("regroup recording 1\n"), 0o600))
	must(t, os.WriteFile(newer, []byte("regroup recording 3\n"), 0o600))
	cutFile(t, cut, 20)
	for _, c := range []struct {
		why  string
		args []string
		code int
		want []string
	}{
		{"no file is named", []string{"replay"}, exitUsage, []string{"takes one recording, but got 0"}},
		{"two are", []string{"replay", cut, cut}, exitUsage, []string{"one recording, but got 2"}},
		{"it is not there", []string{"replay", "-o", "json", dir + "/nonesuch"}, exitFailed, []string{"nonesuch", "no such file"}},
		{"it is something else", []string{"replay", "-o", "json", text}, exitFailed, []string{text, "not a regroup recording"}},
		{"it is of an older regroup", []string{"replay", "-o", "json", older}, exitFailed, []string{"version 1", "use the regroup that recorded it, or record again"}},
		{"it is of a newer regroup", []string{"replay", "-o", "json", newer}, exitFailed, []string{"version 3", "use a newer regroup"}},
		{"its end is missing", []string{"replay", "-o", "json", cut}, exitPartial, []string{"ends in the middle"}},
		{"a format of other commands", []string{"replay", "-o", "csv", cut}, exitUsage, []string{`--output is "csv"`}},
		{"no speed at all", []string{"replay", "--speed", "0x", cut}, exitUsage, []string{`--speed is "0x"`, "1x or 4x"}},
		{"a speed that is no number", []string{"replay", "--speed", "NaN", cut}, exitUsage, []string{`--speed is "NaN"`}},
		{"a screen in a pipe", []string{"replay", cut}, exitUsage, []string{"needs a terminal", "-o json"}},
	} {
		t.Run(c.why, func(t *testing.T) { runCLI(t, c.args...).expect(t, c.code, c.want...) })
	}
}

// What watch printed while it recorded is what the recording prints, byte for byte.
func TestRecordAndReplay(t *testing.T) {
	noneLeft(t)
	brokers := sampleCluster(t)
	path := filepath.Join(t.TempDir(), "session.regroup")
	w := startWatch(t, append(brokers, "--record", path, "--lag-alert", "2")...)
	member(t, brokers, "group", "first")
	member(t, brokers, "group", "second")
	w.until("a rebalance with two members", func(l line) bool { return l.Type == "rebalance" && l.Members == 2 })
	if code := w.end(); code != exitOK {
		t.Fatalf("exit code %d; stderr:\n%s", code, w.stderr.String())
	}
	for range 2 {
		r := runCLI(t, "replay", "-o", "json", path)
		r.expect(t, exitOK)
		if r.stdout != w.printed.String() || !strings.Contains(r.stdout, `"client_id":"second"`) {
			t.Errorf("printed at the time:\n%s\nnow:\n%s", w.printed.String(), r.stdout)
		}
	}
	if r := runCLI(t, "replay", "-o", "table", path); r.code != exitOK || !strings.Contains(r.stdout, "joined") {
		t.Errorf("as a table: %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if r := runCLI(t, append([]string{"watch", "--record", os.DevNull}, brokers...)...); r.code != exitFailed || !strings.Contains(r.stderr, "not a regular file") {
		t.Errorf("recording into no file: %d\n%s", r.code, r.stderr)
	}
}
