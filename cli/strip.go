package cli

import (
	"time"

	"regroup/cli/recording"
	"regroup/model"
	"regroup/model/track"
)

// strip is a recording that is folded observation by observation. Positions count from its beginning, session after
// session.
type strip struct {
	reader  *recording.Reader
	tracker *track.Tracker // of the session under way; nil before the first observation

	position time.Duration // of the newest observation that was folded
	folded   int           // how many were
	shown    int           // how many of them a view has been made of

	session *recording.Session
	began   time.Time     // the moment of the session's first observation
	offset  time.Duration // its position
	next    model.Observation
	of      *recording.Session // whose observation next is
	nextAt  time.Duration
	ended   error // why there is no next one
}

func openStrip(path string) (*strip, error) {
	reader, err := recording.Open(path)
	if err != nil {
		return nil, err
	}
	return &strip{reader: reader}, nil
}

func (s *strip) close() { _ = s.reader.Close() } // read only: nothing can be lost

// rewind goes back to the beginning.
func (s *strip) rewind() error {
	if err := s.reader.Rewind(); err != nil {
		return err
	}
	*s = strip{reader: s.reader}
	return nil
}

// peek reads the next observation, unless it has been read.
func (s *strip) peek() error {
	if s.next != nil || s.ended != nil {
		return s.ended
	}
	session, o, err := s.reader.Next()
	if err != nil {
		s.ended = err
		return err
	}
	s.next, s.of = o, session
	switch {
	case s.session == nil:
		s.nextAt = 0
	case session != s.session:
		s.nextAt = s.position + sessionGap
	default: // an answer that came late is folded when it came
		s.nextAt = max(s.position, s.offset+o.ObservedAt().Sub(s.began))
	}
	return nil
}

// due says that the next observation belongs to what there is at a position; an error is the end.
func (s *strip) due(position time.Duration) (bool, error) {
	if err := s.peek(); err != nil {
		return false, err
	}
	return s.nextAt <= position, nil
}

// fold folds the next observation.
func (s *strip) fold() ([]model.Event, error) {
	if err := s.peek(); err != nil {
		return nil, err
	}
	if s.of != s.session {
		s.session, s.offset, s.began = s.of, s.nextAt, s.next.ObservedAt()
		s.tracker = tap{lagAlert: s.session.Settings.LagAlert}.newTracker()
	}
	events := s.tracker.Observe(s.next)
	s.position, s.next = s.nextAt, nil
	s.folded++
	return events, nil
}

// changed says that something was folded since the last time that it was asked.
func (s *strip) changed() bool {
	changed := s.folded != s.shown
	s.shown = s.folded
	return changed
}

// clock is what time it was at a position of the session under way.
func (s *strip) clock(position time.Duration) time.Time {
	if s.session == nil {
		return time.Time{}
	}
	return s.began.Add(position - s.offset)
}
