//go:build unix

package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

const columns, rows = 120, 60

// program is a program in a terminal of its own.
type program struct {
	t       *testing.T
	binary  string
	cmd     *exec.Cmd
	master  *os.File // the terminal's other side: what is typed goes in, what is shown comes out
	fd      uintptr  // of the program's side of the terminal
	modes   *term.State
	ended   chan struct{}
	hungUp  sync.Once
	copying sync.WaitGroup

	mu       sync.Mutex
	emulator *vt.Emulator
	output   strings.Builder // all that it wrote
}

// built is the path of the program as a user would build it, once for all tests.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "regroup-test-")
	if err != nil {
		return "", err
	}
	builtIn = dir
	binary := filepath.Join(dir, "regroup")
	if output, err := exec.Command("go", "build", "-o", binary, "regroup").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	return binary, nil
})

// builtProgram is the built program under a path of its own, so that its processes can be identified.
func builtProgram(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs the program")
	}
	binary, err := built()
	must(t, err)
	path := filepath.Join(t.TempDir(), "regroup")
	must(t, os.Link(binary, path))
	return path
}

func ownCopy(t *testing.T, program []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "regroup")
	must(t, os.WriteFile(path, program, 0o700))
	return path
}

func startBuilt(t *testing.T, args ...string) *program {
	t.Helper()
	return start(t, builtProgram(t), args...)
}

// start runs a program in a terminal.
func start(t *testing.T, binary string, args ...string) *program {
	t.Helper()
	p := &program{t: t, binary: binary, emulator: vt.NewEmulator(columns, rows), ended: make(chan struct{})}
	master, terminal, err := pty.Open()
	must(t, err)
	must(t, pty.Setsize(master, &pty.Winsize{Rows: rows, Cols: columns}))
	p.master, p.fd = master, terminal.Fd()
	p.modes, err = term.GetState(p.fd)
	must(t, err)

	p.cmd = exec.Command(binary, args...)
	p.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "XDG_CONFIG_HOME="+t.TempDir())
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = terminal, terminal, terminal
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	must(t, p.cmd.Start())
	go func() { _ = p.cmd.Wait(); close(p.ended) }()
	p.copying.Go(func() { _, _ = io.Copy(p, master) })          // what the program writes
	p.copying.Go(func() { _, _ = io.Copy(master, p.emulator) }) // what a terminal answers to questions
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has ended already, unless the test failed
		<-p.ended
		p.expectNoProcess()
		_ = terminal.Close()
		p.hangUp()
		_ = p.emulator.InputPipe().(io.Closer).Close() // the emulator's own Close races with its Read
		p.copying.Wait()
	})
	return p
}

// Write takes in what the program writes.
func (p *program) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.output.Write(data)
	return p.emulator.Write(data)
}

// screen is what a person sees.
func (p *program) screen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.emulator.String()
}

// hangUp closes the terminal, as closing its window does.
func (p *program) hangUp() { p.hungUp.Do(func() { _ = p.master.Close() }) }

func (p *program) press(keys string) {
	p.t.Helper()
	_, err := io.WriteString(p.master, keys)
	must(p.t, err)
}

// wait waits until something is so.
func (p *program) wait(what string, is func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("not seen: %s; the screen:\n%s\nprocesses:\n%s", what, p.screen(), strings.Join(p.processes(), "\n"))
		}
	}
}

// waitFor waits until the screen matches every pattern at once.
func (p *program) waitFor(patterns ...string) {
	p.t.Helper()
	p.wait(strings.Join(patterns, " and "), func() bool {
		screen := p.screen()
		for _, pattern := range patterns {
			if !regexp.MustCompile(pattern).MatchString(screen) {
				return false
			}
		}
		return true
	})
}

// processes are those that run the binary, with their arguments.
func (p *program) processes() []string {
	output, err := exec.Command("ps", "-A", "-o", "pid=,stat=,args=").Output()
	if err != nil {
		p.t.Fatalf("ps: %v", err)
	}
	var found []string
	for line := range strings.Lines(string(output)) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[2] == p.binary && !strings.HasPrefix(fields[1], "Z") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

func (p *program) expectNoProcess() {
	p.t.Helper()
	p.wait("no process is left", func() bool { return len(p.processes()) == 0 })
}

// waitEnd waits until the program and everything that it started have ended, and returns its exit code.
func (p *program) waitEnd() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("the program does not end; the screen:\n%s", p.screen())
	}
	p.expectNoProcess()
	return p.cmd.ProcessState.ExitCode()
}

// expectRestored checks that the terminal is as it was: its modes, the main screen, a cursor, no reports of the mouse.
func (p *program) expectRestored() {
	p.t.Helper()
	p.wait("the alternate screen is left", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return !p.emulator.IsAltScreen()
	})
	modes, err := term.GetState(p.fd)
	must(p.t, err)
	if !reflect.DeepEqual(modes, p.modes) {
		p.t.Errorf("the terminal's modes are %+v, were %+v", modes, p.modes)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	output := p.output.String()
	for _, mode := range []string{"1000", "1002", "1003", "1006", "2004", "1049"} { // mouse, paste, screen
		if strings.LastIndex(output, "\x1b[?"+mode+"h") > strings.LastIndex(output, "\x1b[?"+mode+"l") {
			p.t.Errorf("mode %s is left on", mode)
		}
	}
	if strings.LastIndex(output, "\x1b[?25l") > strings.LastIndex(output, "\x1b[?25h") {
		p.t.Error("the cursor is left hidden")
	}
}

// running is a line of the lab's table: a consumer that runs and owns these partitions.
func running(consumer string, partitions ...int) string {
	pattern := consumer + ` +● running`
	if len(partitions) == 0 {
		pattern += ` +nothing`
	}
	for _, n := range partitions {
		pattern += fmt.Sprintf(` +%d`, n)
	}
	return pattern + ` +(–|<?[\d.]+/s) `
}

// `regroup demo` without a key.
func TestDemo(t *testing.T) {
	t.Parallel()
	p := startBuilt(t, "demo")
	p.waitFor(`CONSUMERS`)
	p.waitFor(running("consumer-1", 0, 1), running("consumer-2", 2, 3), running("reader-1", 0, 1, 2, 3))
	p.waitFor(running("consumer-1", 0, 1), running("consumer-2", 2), running("consumer-3", 3), running("reader-1", 0, 1, 2, 3))

	p.press("n") // a fourth, in the group that is chosen
	p.waitFor(running("consumer-1", 0), running("consumer-2", 1), running("consumer-3", 2), running("consumer-4", 3))

	p.press("q")
	if code := p.waitEnd(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	p.expectRestored()
}

func TestDemoTwoPartitions(t *testing.T) {
	t.Parallel()
	p := startBuilt(t, "demo", "--scene", "two-partitions")
	p.waitFor(running("consumer-1", 0), running("consumer-2", 1), running("consumer-3"), running("reader-1", 0, 1))
	p.press("\x03") // Ctrl-C
	if code := p.waitEnd(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	p.expectRestored()
}

// The README's tables of keys say what the program's own help says.
func TestREADMEKeys(t *testing.T) {
	t.Parallel()
	p := startBuilt(t, "demo")
	p.waitFor(running("reader-1", 0, 1, 2, 3))
	var help strings.Builder
	for _, below := range []string{`(?m)^ MEMBERS`, `(?m)^ Groups`, ``} { // the lab, under it its group, under that all groups
		p.press("?")
		p.waitFor(`HELP`, `EVERYWHERE`)
		help.WriteString(p.screen())
		p.press("?")
		p.wait("the help is closed", func() bool { return !strings.Contains(p.screen(), "EVERYWHERE") })
		if below != "" {
			p.press("\x1b")
			p.waitFor(below) // before the next key, or the two together would be alt and that key
		}
	}
	r := startBuilt(t, "replay", recordingPath(t))
	r.waitFor(`▶ 1x`)
	r.press("?")
	r.waitFor(`HELP`, `EVERYWHERE`)
	help.WriteString(r.screen())
	r.press("\x03")
	r.waitEnd()
	for _, row := range keysInREADME(t) {
		if !regexp.MustCompile(`(?m)(^|  )` + regexp.QuoteMeta(row[0]) + ` +` + regexp.QuoteMeta(row[1]) + `(  |$)`).MatchString(help.String()) {
			t.Errorf("the help does not say that %s is %s", row[0], row[1])
		}
	}
	if t.Failed() {
		t.Log(help.String())
	}
}

// recordingPath is a recording of a real cluster.
func recordingPath(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("testdata/recordings/kafka-4.3.regroup")
	must(t, err)
	return path
}

// A recording on the screen, with keys that jump to its rebalances.
func TestReplayScreen(t *testing.T) {
	t.Parallel()
	p := startBuilt(t, "replay", "--group", "tape-classic", recordingPath(t))
	p.waitFor(`▶ 1x`, `a recording`, `tape-classic`, `of \d+ rebalances`)
	p.press(" ")
	p.waitFor(`‖ 1x`)
	p.press("]")
	p.waitFor(`1 of \d+ rebalances`)
	p.press("]")
	p.waitFor(`2 of \d+ rebalances`)
	p.press("]")
	p.waitFor(`3 of \d+ rebalances`, `generation \d+`)
	p.press("[")
	p.waitFor(`2 of \d+ rebalances`)
	p.press(">>")
	p.waitFor(`‖ 4x`)
	p.press("q")
	if code := p.waitEnd(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	p.expectRestored()
}

// Interrupted, watch ends in order: its recording can be read to the end.
func TestWatchInterrupted(t *testing.T) {
	t.Parallel()
	brokers := sampleCluster(t)
	path := filepath.Join(t.TempDir(), "session.regroup")
	cmd := exec.Command(builtProgram(t), append(brokers, "watch", "--record", path)...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	line := make(chan error, 1)
	go func() {
		_, err := stdout.Read(make([]byte, 1))
		line <- err
	}()
	for i, waiting := 0, true; waiting; i++ { // a group that existed before the first poll gives no line
		member(t, brokers, fmt.Sprint("group-", i), "client")
		select {
		case err := <-line:
			must(t, err)
			waiting = false
		case <-time.After(time.Second):
		}
	}
	must(t, cmd.Process.Signal(syscall.SIGINT))
	_, _ = io.Copy(io.Discard, stdout)
	if err := cmd.Wait(); err != nil {
		t.Errorf("interrupted: %v", err)
	}
	runCLI(t, "replay", "-o", "json", path).expect(t, exitOK)
}

// However the program ends, no process of it is left.
func TestDemoLeavesNoProcess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		how      string
		end      func(p *program)
		restored bool // the terminal is there to be restored, and somebody is there to do it
	}{
		{"SIGTERM", func(p *program) { must(p.t, p.cmd.Process.Signal(syscall.SIGTERM)) }, true},
		{"SIGINT", func(p *program) { must(p.t, p.cmd.Process.Signal(syscall.SIGINT)) }, true},
		{"SIGHUP", func(p *program) { must(p.t, p.cmd.Process.Signal(syscall.SIGHUP)) }, true},
		{"the terminal is closed", (*program).hangUp, false},
		{"SIGKILL", func(p *program) { must(p.t, p.cmd.Process.Kill()) }, false},
		{"SIGTERM while it starts", nil, true},
	} {
		t.Run(c.how, func(t *testing.T) {
			t.Parallel()
			p := startBuilt(t, "demo")
			if c.end == nil {
				p.waitFor(`regroup`)
				must(t, p.cmd.Process.Signal(syscall.SIGTERM))
			} else {
				p.waitFor(running("consumer-1", 0, 1), running("reader-1", 0, 1, 2, 3))
				if children := len(p.processes()) - 1; children < 3 {
					t.Fatalf("%d children: %q", children, p.processes())
				}
				c.end(p)
			}
			code := p.waitEnd()
			if c.restored {
				p.expectRestored()
				if code != exitOK {
					t.Errorf("exit code %d", code)
				}
			}
		})
	}
}

// ctrl+z gives the terminal to the shell, fg brings the screen back, and the demo continues.
func TestSuspended(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	content, err := os.ReadFile(bash)
	must(t, err)
	demo := &program{t: t, binary: builtProgram(t)}
	shell := start(t, ownCopy(t, content), "--norc", "--noprofile", "-i")
	shell.press(demo.binary + " demo\r")
	shell.waitFor(running("consumer-1", 0, 1), running("reader-1", 0, 1, 2, 3))
	shell.press("\x1a")
	shell.waitFor(`Stopped +` + regexp.QuoteMeta(demo.binary))
	shell.press("stty -a\r")
	shell.waitFor(`[^-]icanon`, `[^-]echo `)
	shell.press("fg\r")
	shell.waitFor(running("consumer-1", 0, 1), running("consumer-3", 3), running("reader-1", 0, 1, 2, 3))
	shell.press("q")
	demo.expectNoProcess()
	shell.press("exit\r")
	shell.waitEnd()
	shell.expectRestored()
}

// A panic behind the screen: the terminal is as it was, and the panic and its stack can be read on it.
func TestPanicRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	must(t, err)
	content, err := os.ReadFile(binary)
	must(t, err)
	p := start(t, ownCopy(t, content), panicChild)
	p.waitFor(`about to panic`)
	p.press("r")
	if code := p.waitEnd(); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	p.expectRestored()
	p.waitFor(`panic in the poller: a bug behind the screen`, `goroutine `, `main_test\.go:`)
}

// A monitor of an unreachable cluster shows the error and keeps trying; q works.
func TestMonitorWithoutACluster(t *testing.T) {
	t.Parallel()
	dead := deadAddress(t)
	p := startBuilt(t, "--brokers", dead)
	p.waitFor(regexp.QuoteMeta(dead), `refused`)
	p.press("q")
	if code := p.waitEnd(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	p.expectRestored()
}

// Standard output of watch is a pipe whose reader goes away: no word about it, and what was recorded is whole.
func TestWatchHead(t *testing.T) {
	t.Parallel()
	brokers := sampleCluster(t)
	path := filepath.Join(t.TempDir(), "session.regroup")
	cmd := exec.Command("sh", "-c", `"$0" "$@" | head -n 1`, builtProgram(t))
	cmd.Args = append(cmd.Args, append(brokers, "watch", "--interval", "100ms", "--record", path)...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	must(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for i := 0; ; i++ { // a group appears: something is written each time
		member(t, brokers, fmt.Sprint("group-", i), "client")
		select {
		case err := <-ended:
			if err != nil || strings.Count(stdout.String(), "\n") != 1 || stderr.Len() > 0 {
				t.Errorf("%v\n%s%s", err, stdout.String(), stderr.String())
			}
			runCLI(t, "replay", "-o", "json", path).expect(t, exitOK)
			return
		case <-time.After(time.Second):
		}
	}
}

// Standard output is a pipe whose reader goes away: no word about it.
func TestHead(t *testing.T) {
	t.Parallel()
	brokers := sampleCluster(t)
	binary := builtProgram(t)
	cmd := exec.Command("sh", "-c", `"$0" "$@" | head -n 1`, binary)
	cmd.Args = append(cmd.Args, append(brokers, "groups")...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil || !strings.HasPrefix(string(output), "GROUP") || strings.Count(string(output), "\n") != 1 || stderr.Len() > 0 {
		t.Errorf("%v\n%s%s", err, output, stderr.String())
	}
}
