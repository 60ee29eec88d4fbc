package model

import "time"

// RecordingLost tells that what is observed is not recorded any more, although that was asked for: an observation of the
// session itself, which is in no recording.
type RecordingLost struct {
	At     time.Time
	Reason string // in one line
}

// ObservedAt is when it was noticed.
func (l *RecordingLost) ObservedAt() time.Time { return l.At }
