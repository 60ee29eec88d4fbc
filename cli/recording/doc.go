// Package recording keeps a session's observations in a file, and reads them back: the same observations in the same
// order give the same events and views again.
//
// A file begins with a line that names it, and goes on in chunks: a byte that says what the chunk is, the length of its
// content and a checksum, and the content. A session is a chunk with a header (JSON) and chunks with pieces of one
// compressed stream (Zstandard). Each piece ends with a whole observation and can be read without what follows, so that a
// process that dies loses no more than what it had not written yet. Another recording into the same file adds a session.
//
// The header of a session describes the types of what it holds, field by field. A later regroup that knows more fields,
// or has dropped some, reads what both have.
package recording

import (
	"errors"
	"time"
)

// Version is the version of the file's shape. A file of a later one cannot be read.
const Version = 1

const magic = "regroup recording "

// The kinds of chunks.
const (
	chunkSession = 'S'
	chunkData    = 'D'
)

const (
	chunkHead = 1 + 4 + 4 // kind, length, checksum
	// chunkMost and observationMost bound what a damaged file can make a reader reserve.
	chunkMost       = 1 << 30
	observationMost = waitingMost
)

// Settings are what the tracker of a session was set to, beside what it observed: events follow from both.
type Settings struct {
	LagAlert int64 `json:"lag_alert"` // records; 0 is none
}

// Session is one run of regroup that was recorded.
type Session struct {
	Began    time.Time // of its first observation
	Program  string    // the version of the regroup that recorded it
	Settings Settings
}

// ErrCutShort says that a recording does not end as one does: what was recorded last is missing. All before it has been read.
var ErrCutShort = errors.New("the recording ends in the middle: the program that wrote it did not end in order, or the file was cut; what came before has been read")

// header is the content of a session's first chunk.
type header struct {
	Version  int                  `json:"version"` // of the encoding of observations
	Program  string               `json:"program"`
	Began    time.Time            `json:"began"`
	Settings Settings             `json:"settings"`
	Kinds    []string             `json:"kinds"` // of observations, by the number that stands for them
	Types    map[string][]fieldOf `json:"types"` // the fields of each type, in their order
}

// fieldOf is a field of a recorded type: its name and its type's expression.
type fieldOf [2]string
