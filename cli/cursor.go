package cli

import (
	"time"

	"regroup/cli/recording"
	"regroup/model"
	"regroup/model/track"
)

// replayCursor folds a recording, one observation at a time. Positions are times since the beginning of its first
// session; sessions follow each other with sessionGap between them.
type replayCursor struct {
	reader  *recording.Reader
	tracker *track.Tracker // of the current session; nil before the first observation

	position time.Duration // of the last folded observation
	folded   int           // number of folded observations
	shown    int           // number of them at the last call of changed

	session *recording.Session
	began   time.Time     // of the session: time of its first observation
	offset  time.Duration // of the session: position of its first observation
	next    model.Observation
	of      *recording.Session // the session of next
	nextAt  time.Duration
	ended   error // why there is no next one
}

func openCursor(path string) (*replayCursor, error) {
	reader, err := recording.Open(path)
	if err != nil {
		return nil, err
	}
	return &replayCursor{reader: reader}, nil
}

func (c *replayCursor) close() { _ = c.reader.Close() } // read only

// rewind goes back to the beginning.
func (c *replayCursor) rewind() error {
	if err := c.reader.Rewind(); err != nil {
		return err
	}
	*c = replayCursor{reader: c.reader}
	return nil
}

// peek reads the next observation, unless it has been read.
func (c *replayCursor) peek() error {
	if c.next != nil || c.ended != nil {
		return c.ended
	}
	session, o, err := c.reader.Next()
	if err != nil {
		c.ended = err
		return err
	}
	c.next, c.of = o, session
	switch {
	case c.session == nil:
		c.nextAt = 0
	case session != c.session:
		c.nextAt = c.position + sessionGap
	default: // a late answer is folded when it arrived
		c.nextAt = max(c.position, c.offset+o.ObservedAt().Sub(c.began))
	}
	return nil
}

// due reports whether the next observation is not after a position. The error is the end of the recording.
func (c *replayCursor) due(position time.Duration) (bool, error) {
	if err := c.peek(); err != nil {
		return false, err
	}
	return c.nextAt <= position, nil
}

// fold folds the next observation.
func (c *replayCursor) fold() ([]model.Event, error) {
	if err := c.peek(); err != nil {
		return nil, err
	}
	if c.of != c.session {
		c.session, c.offset, c.began = c.of, c.nextAt, c.next.ObservedAt()
		c.tracker = newTracker(c.session.Settings.LagAlert)
	}
	events := c.tracker.Observe(c.next)
	c.position, c.next = c.nextAt, nil
	c.folded++
	return events, nil
}

// changed reports whether anything was folded since the last call.
func (c *replayCursor) changed() bool {
	changed := c.folded != c.shown
	c.shown = c.folded
	return changed
}

// clock is the time of day at a position in the current session.
func (c *replayCursor) clock(position time.Duration) time.Time {
	if c.session == nil {
		return time.Time{}
	}
	return c.began.Add(position - c.offset)
}
