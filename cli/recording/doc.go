// Package recording writes a session's observations into a file and reads them back: folded in the same order, the same
// observations give the same events and views.
//
// A file is a line with the format's version, then chunks: a byte for the kind of chunk, the length and the checksum of its
// content, and the content. A session is one chunk with a header (JSON) and any number of chunks with pieces of one
// Zstandard stream. Each piece ends with a whole observation and can be read without what follows it, so a process that
// dies loses only what it had not written yet. Recording into an existing file adds a session to it.
//
// An observation in the stream is its length, the name of its type and its fields (both in CBOR). Fields are matched by
// name: one that only the writer knew is skipped, one that only the reader knows stays zero.
package recording

import (
	"errors"
	"time"
)

// Version is the version of the file format, and the only one that can be read.
const Version = 2

const magic = "regroup recording "

// The kinds of chunks.
const (
	chunkSession = 'S'
	chunkData    = 'D'
)

const (
	chunkHead = 1 + 4 + 4 // kind, length, checksum
	// chunkMost and observationMost, in bytes, bound what a damaged file can make a reader allocate.
	chunkMost       = 1 << 30
	observationMost = waitingMost
)

// Settings are those of the session's tracker: events follow from them and from the observations.
type Settings struct {
	LagAlert int64 `json:"lag_alert"` // records; 0 is off
}

// Session is one run of regroup that was recorded.
type Session struct {
	Began    time.Time // of its first observation
	Program  string    // the version of the regroup that recorded it
	Settings Settings
}

// ErrCutShort is returned at the end of a recording whose last session was not closed, after all that could be read.
var ErrCutShort = errors.New("the recording ends in the middle: regroup was killed while recording, or the file was truncated; everything before that point has been read")

// header is the content of a session's first chunk.
type header struct {
	Program  string    `json:"program"`
	Began    time.Time `json:"began"`
	Settings Settings  `json:"settings"`
	Fields   []string  `json:"fields"` // names of the observations' fields; maps have their indexes as keys
}
