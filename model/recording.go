package model

import "time"

// RecordingLost: a recording that was asked for cannot be continued. It is an observation of the session itself, and is in
// no recording.
type RecordingLost struct {
	At     time.Time
	Reason string // in one line
}

// ObservedAt is when it was noticed.
func (l *RecordingLost) ObservedAt() time.Time { return l.At }
