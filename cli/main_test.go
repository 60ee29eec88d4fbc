package cli

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"regroup/kafka/kafkatest"
	"regroup/model"
	"regroup/ui"
)

// patience is how long a test waits for something that comes within seconds on an idle machine.
const patience = 90 * time.Second

// panicChild makes the test binary a program whose source panics while the screen is up.
const panicChild = "panic-behind-the-screen"

// builtIn is the directory that the program was built in for the tests that run it.
var builtIn string

func TestMain(m *testing.M) {
	if len(os.Args) == 2 {
		switch os.Args[1] {
		case labChild: // what the lab starts is the test binary here, as it is the program's own binary elsewhere
			os.Exit(Main())
		case panicChild:
			os.Exit(panicBehindTheScreen())
		}
	}
	kafkatest.ParallelWaits()
	code := m.Run()
	_ = os.RemoveAll(builtIn) // nothing if it was not built
	os.Exit(code)
}

// panicBehindTheScreen runs a session like the monitor's, whose source shows one view and panics at a key.
func panicBehindTheScreen() int {
	a := &app{stderr: os.Stderr}
	refreshed := make(chan struct{})
	s := newSession(0)
	s.add(s.screen())
	err := s.run(context.Background(),
		func(ctx context.Context) error { return s.follow(ctx, sources{poller: panickingPoller{refreshed}}) },
		func(ctx context.Context) error { return ui.Run(ctx, ui.Options{Source: s, Mouse: true}) })
	a.report(err)
	return exitCode(err)
}

type panickingPoller struct{ refreshed chan struct{} }

func (p panickingPoller) Run(ctx context.Context, emit func(*model.Snapshot)) {
	emit(&model.Snapshot{Cluster: model.Cluster{Name: "about to panic"}})
	select {
	case <-p.refreshed:
		panic(errors.New("a bug behind the screen"))
	case <-ctx.Done():
	}
}
func (p panickingPoller) Focus(string) {}
func (p panickingPoller) Refresh()     { close(p.refreshed) }
