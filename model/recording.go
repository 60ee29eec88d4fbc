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

func (t *Tracker) observeRecordingLost(l *RecordingLost) {
	t.recordingLost = l.Reason
	t.emit(Event{Kind: SourceLost, Detail: "nothing is recorded any more: " + l.Reason})
}
