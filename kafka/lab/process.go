package lab

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

const (
	// writeTimeout bounds the writing of a command to a child that does not read.
	writeTimeout = time.Second
	// maxStderr is how many bytes of the end of a child's standard error are kept.
	maxStderr = 4 << 10
)

// process is a child process as its parent sees it.
type process struct {
	command *exec.Cmd
	input   *os.File
	stderr  tail
	ended   chan struct{} // closed when it has ended and all of its reports were applied

	// These are set before ended is closed.
	state *os.ProcessState
	err   error // what it printed that is not a report; nil is nothing

	inputMu sync.Mutex
}

// startProcess starts a child with its configuration. apply is called with each of its reports, from one goroutine; exited is
// called from the same one when it has ended.
func startProcess(s *starter, argv []string, config childConfig, apply func(report), exited func(*process)) (*process, error) {
	line, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("write the configuration of a %s: %w", config.Kind, err)
	}
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe to a %s: %w", config.Kind, err)
	}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		_, _ = inRead.Close(), inWrite.Close()
		return nil, fmt.Errorf("make a pipe from a %s: %w", config.Kind, err)
	}
	p := &process{command: exec.Command(argv[0], argv[1:]...), input: inWrite, ended: make(chan struct{})}
	p.command.Stdin, p.command.Stdout, p.command.Stderr = inRead, outWrite, &p.stderr
	p.command.WaitDelay = writeTimeout // in case a process that it started keeps its standard error open
	separate(p.command)
	err = s.start(p.command)
	_, _ = inRead.Close(), outWrite.Close() // the child has its own; with these open its end would go unnoticed
	if err != nil {
		_, _ = inWrite.Close(), outRead.Close()
		return nil, fmt.Errorf("start a %s as %q: %w", config.Kind, strings.Join(argv, " "), err)
	}
	go func() {
		defer close(p.ended)
		p.readReports(outRead, apply)
		_ = p.command.Wait() // the state has more than the error
		p.state = p.command.ProcessState
		p.closeInput()
		exited(p)
	}()
	if err := p.write(line); err != nil {
		_ = p.kill()
		<-p.ended
		return nil, fmt.Errorf("send the configuration to the %s with pid %d: %w (%s)", config.Kind, p.pid(), err, p.exitReason())
	}
	return p, nil
}

func (p *process) pid() int { return p.command.Process.Pid }

// readReports reads the child's reports until its output ends. A line that is not a report is kept as an error.
func (p *process) readReports(out *os.File, apply func(report)) {
	defer func() { _ = out.Close() }()
	scanner := bufio.NewScanner(out)
	scanner.Buffer(nil, maxLine)
	for scanner.Scan() {
		var r report
		if err := decodeStrictly(scanner.Bytes(), &r); err != nil {
			p.err = fmt.Errorf("its report cannot be decoded (is it the same version of the program?): %w", err)
			continue
		}
		apply(r)
	}
	if err := scanner.Err(); err != nil {
		p.err = fmt.Errorf("read its reports: %w", err)
	}
	_, _ = io.Copy(io.Discard, out) // a full pipe must not keep it from ending
}

// send gives the child a command.
func (p *process) send(c command) error {
	line, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return p.write(line)
}

func (p *process) write(line []byte) error {
	p.inputMu.Lock()
	defer p.inputMu.Unlock()
	// Not every platform has deadlines for pipes; where there is none, the pipe's buffer has room for many commands.
	_ = p.input.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err := p.input.Write(append(line, '\n'))
	return err
}

// closeInput tells the child to end at once.
func (p *process) closeInput() {
	p.inputMu.Lock()
	defer p.inputMu.Unlock()
	_ = p.input.Close()
}

func (p *process) kill() error {
	if err := p.command.Process.Kill(); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// exitReason describes how the child ended, "" if it succeeded. It may be called once ended is closed, or from exited.
func (p *process) exitReason() string {
	if p.state == nil {
		return "its exit status is unknown"
	}
	if p.state.Success() && p.err == nil {
		return ""
	}
	parts := []string{p.state.String()}
	if said := p.stderr.gist(); said != "" {
		parts = append(parts, said)
	}
	if p.err != nil {
		parts = append(parts, p.err.Error())
	}
	return strings.Join(parts, ": ")
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, data...)
	if over := len(t.kept) - maxStderr; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(data), nil
}

// gist is the most telling line: the first one of a panic, else the last one.
func (t *tail) gist() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := ""
	for line := range strings.Lines(string(t.kept)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			return line
		}
		if line != "" {
			last = line
		}
	}
	return last
}

// starter starts processes from one operating system thread that lives until stop. On Linux a child is killed when the
// thread that forked it ends (PR_SET_PDEATHSIG), and the Go runtime ends threads at any time.
type starter struct {
	requests chan startRequest
	stopped  chan struct{}
}

type startRequest struct {
	command *exec.Cmd
	result  chan<- error
}

func newStarter() *starter {
	s := &starter{requests: make(chan startRequest), stopped: make(chan struct{})}
	go func() {
		defer close(s.stopped)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for r := range s.requests {
			r.result <- r.command.Start()
		}
	}()
	return s
}

// start starts the command. It must not be called after stop.
func (s *starter) start(command *exec.Cmd) error {
	result := make(chan error, 1)
	s.requests <- startRequest{command, result}
	return <-result
}

// stop must be called only when every child that was started has ended.
func (s *starter) stop() {
	close(s.requests)
	<-s.stopped
}
