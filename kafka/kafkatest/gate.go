package kafkatest

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// Switch is the environment variable that turns real-Kafka tests on.
const Switch = "REGROUP_TEST_KAFKA"

const howToRun = "run it with " + Switch + "=1 go test ./... (it needs Java 17 and Maven; kcat for some tests)"

// Require lets the test go on only where real-Kafka tests are switched on and every program of programs is there.
func Require(t testing.TB, programs ...string) {
	t.Helper()
	skip, fail := gate(os.Getenv(Switch), runtime.GOOS, missing(programs))
	switch {
	case fail != "":
		t.Fatal(fail)
	case skip != "":
		t.Skip(skip)
	}
}

// gate decides, with the reason in words; two empty strings let the test run.
func gate(setting, platform string, missing []string) (skip, fail string) {
	required := setting == "required"
	switch {
	case setting == "" || setting == "0":
		return "real-Kafka tests are off: " + howToRun, ""
	case setting != "1" && !required:
		return "", Switch + "=" + setting + " is not known: leave it unset, or set it to 1 or to required"
	case platform == "windows" && required:
		return "", "real-Kafka tests need signals that windows does not have"
	case platform == "windows":
		return "real-Kafka tests need signals that windows does not have", ""
	case len(missing) > 0 && required:
		return "", "not installed, and " + Switch + "=required: " + strings.Join(missing, ", ")
	case len(missing) > 0:
		return "not installed: " + strings.Join(missing, ", ") + "; " + howToRun, ""
	}
	return "", ""
}

func missing(programs []string) (names []string) {
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			names = append(names, program)
		}
	}
	return names
}
