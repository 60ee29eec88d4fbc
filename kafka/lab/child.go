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

// reportInterval is how often a child reports when nothing calls for a report sooner.
const reportInterval = 250 * time.Millisecond

// worker is what a child does.
type worker interface {
	// run works until ctx ends, leaves in good order and returns nil; or it returns why it could not go on.
	run(ctx context.Context) error
	// command changes how it works. It does not block.
	command(command) error
	// report is what it is doing now.
	report() report
}

// RunChild is what a child process runs. It reads its configuration and its commands from in, one JSON value a line, and
// writes its reports to out. It returns nil after SIGTERM, a leave command or the end of ctx, once it has left in good
// order; and at once, without leaving, when in ends, because then the parent is gone. What in holds that is not
// understood is an error.
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
		return fmt.Errorf("lab child: the configuration on standard input cannot be right: %w", err)
	}
	config.Kafka.SASL.Password = config.Password

	reports := newReporter(out)
	work, err := newWorker(config, reports)
	if err != nil {
		return fmt.Errorf("lab child: %w", err)
	}
	return runWorker(ctx, work, lines, reports)
}

func newWorker(config childConfig, reports *reporter) (worker, error) {
	if config.Consumer != nil {
		return newConsumer(config.Kafka, *config.Consumer, reports)
	}
	return newProducer(config.Kafka, *config.Producer, reports.kick)
}

func runWorker(ctx context.Context, work worker, lines *lineReader, reports *reporter) error {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	input := make(chan error, 1) // why no more commands are taken
	go func() { input <- takeCommands(lines, work, leave) }()
	worked := make(chan error, 1)
	go func() { worked <- work.run(ctx) }()
	broken := make(chan error, 1)
	endReports := reports.start(work.report, broken)
	defer endReports() // the last report tells how it ended

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
			return fmt.Errorf("lab child: take a command from standard input: %w", err)
		}
	}
}

func takeCommands(lines *lineReader, work worker, leave func()) error {
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

// reporter writes reports: one every reportInterval, and one at once when something changed.
type reporter struct {
	out     io.Writer
	kicked  chan struct{}
	flushed chan chan<- struct{} // whoever waits for a report to be written
	stopped chan struct{}        // closed when no more are written
}

func newReporter(out io.Writer) *reporter {
	return &reporter{out: out, kicked: make(chan struct{}, 1), flushed: make(chan chan<- struct{}), stopped: make(chan struct{})}
}

// flush returns when a report of what is so now has been written, or when there will be none any more.
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

// kick asks for a report now. It does not block.
func (r *reporter) kick() { token(r.kicked) }

// start begins to report what look sees. A failure to write goes to broken, which must have room for it, and ends the
// reports. The function that is returned writes a last one and ends them.
func (r *reporter) start(look func() report, broken chan<- error) (end func()) {
	stop := make(chan struct{})
	go func() {
		defer close(r.stopped)
		ticker := time.NewTicker(reportInterval)
		defer ticker.Stop()
		var written chan<- struct{} // who waits for this report
		for {
			if err := r.write(look()); err != nil {
				broken <- err
				return
			}
			if written != nil {
				written <- struct{}{}
				written = nil
			}
			select {
			case <-ticker.C:
			case <-r.kicked:
			case written = <-r.flushed:
			case <-stop:
				_ = r.write(look()) // nobody may be left to read it
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

// status is the part of a report that a worker writes from several goroutines.
type status struct {
	mu      sync.Mutex
	state   model.LabState
	note    string
	changed func()
}

func (s *status) set(state model.LabState, note string) {
	s.mu.Lock()
	s.state, s.note = state, note
	s.mu.Unlock()
	s.changed()
}

// say changes the note alone.
func (s *status) say(note string) {
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
