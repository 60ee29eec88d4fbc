package kafkatest

import (
	"strings"
	"testing"
)

func TestGate(t *testing.T) {
	for _, c := range []struct {
		why, setting, platform string
		missing                []string
		skip, fail             string // words that the reason must hold; "" is no reason
	}{
		{why: "off unless asked for, and says how to ask", platform: "linux", skip: Switch + "=1 go test ./..."},
		{why: "0 is off", setting: "0", platform: "linux", skip: "are off"},
		{why: "off, whatever is missing", platform: "linux", missing: []string{"mvn"}, skip: "are off"},
		{why: "on, and all is there", setting: "1", platform: "linux"},
		{why: "on where possible: says what is missing", setting: "1", platform: "linux", missing: []string{"java", "mvn"}, skip: "java, mvn"},
		{why: "required, and all is there", setting: "required", platform: "darwin"},
		{why: "required: what is missing is a failure", setting: "required", platform: "linux", missing: []string{"kcat"}, fail: "kcat"},
		{why: "a slip of the pen must not switch tests off silently", setting: "yes", platform: "linux", fail: "1 or to required"},
		{why: "no SIGSTOP", setting: "1", platform: "windows", skip: "windows"},
		{why: "no SIGSTOP, and it is required", setting: "required", platform: "windows", fail: "windows"},
	} {
		skip, fail := gate(c.setting, c.platform, c.missing)
		if (skip != "") != (c.skip != "") || !strings.Contains(skip, c.skip) {
			t.Errorf("%s: skip %q, want one with %q", c.why, skip, c.skip)
		}
		if (fail != "") != (c.fail != "") || !strings.Contains(fail, c.fail) {
			t.Errorf("%s: fail %q, want one with %q", c.why, fail, c.fail)
		}
	}
}

func TestMissing(t *testing.T) {
	if got := missing([]string{"go", "no-such-program-anywhere"}); len(got) != 1 || got[0] != "no-such-program-anywhere" {
		t.Errorf("missing: %q, want only the program that nobody has", got)
	}
}
