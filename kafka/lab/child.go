package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"regroup/model"
)

// reportInterval is the interval of a child's reports while nothing changes.
const reportInterval = 250 * time.Millisecond

// worker is what a child does.
type worker interface {
	// run works until ctx ends, then leaves its group and returns nil; or it returns why it could not continue.
	run(ctx context.Context) error
	// command applies a command. It does not block.
	command(command) error
	// report is its current state.
	report() report
}

// RunChild is the main function of a child process. It reads its configuration and its commands from in, one JSON value a line,
// and writes its reports to out. It returns nil after SIGTERM, a leave command or the end of ctx, once it has left its group;
// and at once, without leaving, when in ends, because then the parent is gone. A line that cannot be decoded is an error.
func RunChild(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()

	lines := newLineReader(in)
	var config childConfig
	if err := lines.next(&config); errors.Is(err, errEndOfInput) {
		return nil
	} else if err != nil {
		return fmt.Errorf("lab child: read the configuration from standard input: %w", err)
	}
	if err := config.validate(); err != nil {
		return fmt.Errorf("lab child: invalid configuration on standard input: %w", err)
	}

	reports := newReporter(out)
	work, err := newWorker(config, reports)
	if err != nil {
		return fmt.Errorf("lab child: %w", err)
	}
	return runWorker(ctx, work, lines, reports)
}

func newWorker(config childConfig, reports *reporter) (worker, error) {
	if config.Consumer != nil {
		return newConsumer(config.Kafka.Config, *config.Consumer, reports)
	}
	return newProducer(config.Kafka.Config, *config.Producer, reports.wake)
}

func runWorker(ctx context.Context, work worker, lines *lineReader, reports *reporter) error {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	input := make(chan error, 1) // why no more commands are read
	go func() { input <- readCommands(lines, work, leave) }()
	worked := make(chan error, 1)
	go func() { worked <- work.run(ctx) }()
	broken := make(chan error, 1)
	endReports := reports.start(work.report, broken)
	defer endReports() // the last report has the final state

	for {
		select {
		case err := <-worked:
			return err
		case err := <-broken:
			return fmt.Errorf("lab child: write a report to standard output: %w", err)
		case err := <-input:
			if errors.Is(err, errEndOfInput) {
				return nil
			}
			return fmt.Errorf("lab child: read a command from standard input: %w", err)
		}
	}
}

func readCommands(lines *lineReader, work worker, leave func()) error {
	for {
		var c command
		if err := lines.next(&c); err != nil {
			return err
		}
		if c.Command == commandLeave {
			leave()
			continue
		}
		if err := work.command(c); err != nil {
			return err
		}
	}
}

// reporter writes reports: one every reportInterval, and one at once after a change.
type reporter struct {
	out     io.Writer
	wakeUp  chan struct{}
	flushed chan chan<- struct{} // each receives when a report was written
	stopped chan struct{}        // closed when no more are written
}

func newReporter(out io.Writer) *reporter {
	return &reporter{out: out, wakeUp: make(chan struct{}, 1), flushed: make(chan chan<- struct{}), stopped: make(chan struct{})}
}

// flush returns when a report of the current state was written, or when no more are written.
func (r *reporter) flush() {
	done := make(chan struct{}, 1)
	select {
	case r.flushed <- done:
	case <-r.stopped:
		return
	}
	select {
	case <-done:
	case <-r.stopped:
	}
}

// wake asks for a report now. It does not block.
func (r *reporter) wake() { notify(r.wakeUp) }

// start begins to write the reports of a worker. A failure to write goes to broken, which must have room for it, and ends the
// reports. The function that is returned writes a last one and ends them.
func (r *reporter) start(current func() report, broken chan<- error) (end func()) {
	stop := make(chan struct{})
	go func() {
		defer close(r.stopped)
		ticker := time.NewTicker(reportInterval)
		defer ticker.Stop()
		var written chan<- struct{} // receives when this report was written
		for {
			if err := r.write(current()); err != nil {
				broken <- err
				return
			}
			if written != nil {
				written <- struct{}{}
				written = nil
			}
			select {
			case <-ticker.C:
			case <-r.wakeUp:
			case written = <-r.flushed:
			case <-stop:
				_ = r.write(current()) // the parent may be gone
				return
			}
		}
	}()
	var once sync.Once
	return func() {
		once.Do(func() { close(stop) })
		<-r.stopped
	}
}

func (r *reporter) write(v report) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = r.out.Write(append(line, '\n'))
	return err
}

// status is the part of a report that several goroutines of a worker change.
type status struct {
	mu      sync.Mutex
	state   model.LabState
	note    string
	changed func()
}

func (s *status) setState(state model.LabState, note string) {
	s.mu.Lock()
	s.state, s.note = state, note
	s.mu.Unlock()
	s.changed()
}

// setNote changes the note alone.
func (s *status) setNote(note string) {
	s.mu.Lock()
	s.note = note
	s.mu.Unlock()
	s.changed()
}

func (s *status) get() (model.LabState, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, s.note
}
