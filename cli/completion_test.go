//go:build unix

package cli

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// bashCompletion stands in for the function of the package bash-completion that the script calls: cur, prev, words and
// cword from what bash gives, with no word cut at = or :.
const bashCompletion = `
_get_comp_words_by_ref() {
  words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
}
compopt() { :; }  # can be called only while bash itself completes
`

// Tab in a real bash: commands, flags, and the values that a flag accepts.
func TestBashCompletion(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	binary := builtProgram(t)
	for _, c := range []struct {
		why   string
		words []string // the last one is being typed
		want  []string // some of what is offered
		not   []string
	}{
		{"commands", []string{"regroup", ""}, []string{"demo", "groups", "describe", "watch", "replay", "version"}, []string{labChild}},
		{"a command that was begun", []string{"regroup", "de"}, []string{"demo", "describe"}, []string{"groups"}},
		{"a flag", []string{"regroup", "demo", "--th"}, []string{"--theme"}, []string{"--tail"}},
		{"values of a flag", []string{"regroup", "demo", "--theme", ""}, themes, nil},
		{"a value that was begun", []string{"regroup", "--theme", "l"}, []string{"light"}, []string{"dark"}},
		{"values after =", []string{"regroup", "--sasl-mechanism=SCRAM"}, []string{"SCRAM-SHA-256", "SCRAM-SHA-512"}, []string{"PLAIN"}},
		{"values of a short flag", []string{"regroup", "groups", "-o", ""}, []string{"table", "wide", "json", "csv"}, nil},
		{"scenes", []string{"regroup", "demo", "--scene", "cl"}, []string{"classic"}, nil},
	} {
		script := bashCompletion + `
eval "$(regroup completion bash)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
__start_regroup
printf '%s\n' "${COMPREPLY[@]}"`
		cmd := exec.Command(bash, append([]string{"--norc", "-c", script, "bash"}, c.words...)...)
		cmd.Env = []string{"PATH=" + filepath.Dir(binary) + ":/usr/bin:/bin", "HOME=" + t.TempDir()}
		output, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", c.why, err, output)
		}
		offered := strings.Fields(string(output))
		for _, word := range c.want {
			if !slices.Contains(offered, word) {
				t.Errorf("%s: %q is not offered after %q, but %q", c.why, word, c.words, offered)
			}
		}
		for _, word := range c.not {
			if slices.Contains(offered, word) {
				t.Errorf("%s: %q is offered after %q", c.why, word, c.words)
			}
		}
	}
}

// There is a script for each shell, and it asks the program for what it offers.
func TestCompletionScripts(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		r := runCLI(t, "completion", shell)
		r.expect(t, exitOK)
		if !strings.Contains(r.stdout, "__complete") || !strings.Contains(r.stdout, "regroup") {
			t.Errorf("%s: no completion:\n%s", shell, r.stdout)
		}
	}
}

// The man page is roff that is closed where it is opened, and names every command and flag that people have a use for.
func TestManPage(t *testing.T) {
	t.Parallel()
	output, err := exec.Command(builtProgram(t), "man").Output()
	must(t, err)
	page := string(output)
	macros := []string{".TH", ".SH", ".PP", ".TP", ".RS", ".RE"}
	depth := 0
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, ".") {
			continue
		}
		macro := strings.Fields(line)[0]
		switch {
		case !slices.Contains(macros, macro):
			t.Errorf("not a macro of a man page: %q", line)
		case macro == ".RS":
			depth++
		case macro == ".RE":
			depth--
		}
		if depth < 0 {
			t.Fatalf("more .RE than .RS at %q", line)
		}
	}
	if depth != 0 || !strings.HasPrefix(page, ".TH REGROUP 1 ") {
		t.Errorf("%d .RS are not ended, or there is no title:\n%s", depth, page)
	}

	var ended error
	root := (&app{}).rootCommand(&ended)
	bold := func(words string) bool {
		return regexp.MustCompile(`\\fB(-\w, )?` + regexp.QuoteMeta(words) + `\\fP`).MatchString(strings.ReplaceAll(page, `\-`, `-`))
	}
	for _, command := range root.Commands() {
		if command.Hidden == bold(command.Name()) {
			t.Errorf("the page has %s: %t", command.Name(), !command.Hidden)
		}
		command.Flags().VisitAll(func(flag *pflag.Flag) {
			if !command.Hidden && !flag.Hidden && !bold("--"+flag.Name) {
				t.Errorf("the page lacks --%s of %s", flag.Name, command.Name())
			}
		})
	}
	for _, heading := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "EXAMPLES"} {
		if !strings.Contains(page, ".SH "+heading+"\n") {
			t.Errorf("the page has no %s", heading)
		}
	}

	if groff, err := exec.LookPath("groff"); err == nil {
		cmd := exec.Command(groff, "-man", "-Tascii", "-ww", "-z")
		cmd.Stdin = strings.NewReader(page)
		if output, err := cmd.CombinedOutput(); err != nil || len(output) > 0 {
			t.Errorf("groff: %v\n%s", err, output)
		}
	}
}
