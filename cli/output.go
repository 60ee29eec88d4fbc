package cli

import (
	"errors"
	"time"

	"github.com/spf13/pflag"

	"regroup/cli/recording"
	"regroup/model"
)

// output receives what a session finds out. The screen, the lines of `regroup watch` and the tour are outputs. Another
// one, such as metrics for Prometheus, is a package below cli/ whose functions withSession adds to the session.
//
// The functions are called by the goroutine that owns the tracker, one at a time. They must not block and must not
// change what they are given. Either may be nil.
type output struct {
	events func([]model.Event) // of one observation, in order; at least one
	view   func(*model.View)   // the newest view, at most one per viewEvery
}

// add adds an output; before run.
func (s *session) add(o ...output) { s.outputs = append(s.outputs, o...) }

// screen is the output of a screen, which reads Views.
func (s *session) screen() output { return output{view: s.views.publish} }

// recorder stores observations before the tracker folds them; see recording.Writer.
type recorder interface {
	// Record returns the observation as a replay will have it.
	Record(model.Observation) model.Observation
	// Err is the error that ended the recording early; nil while recording works.
	Err() error
	// Now is the time by the clock of the observations that Record returns.
	Now() time.Time
}

// now is the time by the clock of the session's observations.
func (s *session) now() time.Time {
	if s.recorder == nil {
		return time.Now()
	}
	return s.recorder.Now()
}

// latestView passes views to a reader that may be slow: it skips all but the newest. There must be one sender.
type latestView chan *model.View

// publish replaces a view that has not been read. With one sender at most one view is in the way.
func (v latestView) publish(view *model.View) {
	select {
	case <-v:
	default:
	}
	v <- view
}

// recordFlag is a flag of one run, and so no key of the configuration.
func recordFlag(flags *pflag.FlagSet) {
	flags.String("record", "", "record all observations in this file, for regroup replay")
}

// withSession runs a session with what the configuration and the flags add to every one.
func (a *app) withSession(flags *pflag.FlagSet, run func(*session) error) (err error) {
	s := newSession(int64(a.config.LagAlert))
	path, err := flags.GetString("record")
	if err != nil {
		return err
	}
	if path != "" {
		w, err := recording.Create(path, version(), recording.Settings{LagAlert: s.lagAlert})
		if err != nil {
			return err
		}
		s.recorder = w
		return errors.Join(run(s), w.Close())
	}
	return run(s)
}
