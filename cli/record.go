package cli

import (
	"errors"

	"github.com/spf13/pflag"

	"regroup/cli/recording"
	"regroup/model/track"
)

// recordFlag asks for a recording. It is of one run, and so no key of the configuration.
func recordFlag(flags *pflag.FlagSet) {
	flags.String("record", "", "record what is observed into this file, for regroup replay")
}

// tapFor is the tap of a session with what the configuration and the flags ask of every one: alerts, and a recording.
// What ends the recording must be called when the session has ended.
func (a *app) tapFor(flags *pflag.FlagSet) (t tap, end func() error, err error) {
	t.lagAlert = int64(a.config.LagAlert)
	path, err := flags.GetString("record")
	if err != nil || path == "" {
		return t, func() error { return nil }, err
	}
	w, err := recording.Create(path, version(), recording.Settings{LagAlert: t.lagAlert})
	if err != nil {
		return t, nil, err
	}
	t.record, t.unrecorded, t.now = w.Record, w.Err, w.Now
	return t, w.Close, nil
}

// recorded runs a session that may be recorded.
func (a *app) recorded(flags *pflag.FlagSet, session func(t tap) error) error {
	t, end, err := a.tapFor(flags)
	if err != nil {
		return err
	}
	err = session(t)
	return errors.Join(err, end())
}

// newTracker is the tracker of a session with this tap.
func (t tap) newTracker() *track.Tracker {
	tracker := track.NewTracker()
	tracker.LagAlert = t.lagAlert
	return tracker
}
