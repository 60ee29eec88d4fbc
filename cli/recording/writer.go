package recording

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"regroup/model"
)

const (
	// flushEvery is the pace at which what was recorded goes to the file: what a crash loses at most.
	flushEvery = 200 * time.Millisecond
	// waitingMost is how much waits for a slow disk before the recording is given up.
	waitingMost = 256 << 20
	// window is how far back the compression looks: over several polls of a thousand groups, which are much alike.
	window = 4 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Writer records a session. Record is for one goroutine.
type Writer struct {
	file     *os.File
	program  string
	settings Settings

	encoder *encoder // nil before the first observation
	decoder *decoder
	began   atomic.Pointer[time.Time] // the moment of the first observation

	mu      sync.Mutex
	head    []byte // the session's header, until it is written
	waiting []byte // whole observations, not yet written
	err     error  // the first that came up; nothing is kept after it

	stop  chan struct{}
	ended chan struct{}
}

// Create begins a recording in a file: in a new one, or as another session of one that holds recordings. It does not
// touch a file that holds anything else. Close must be called in the end.
func Create(path, program string, settings Settings) (*Writer, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot record: %w", err)
	}
	if err := prepare(file); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot record into %s: %w", path, err), file.Close())
	}
	w := &Writer{file: file, program: program, settings: settings, stop: make(chan struct{}), ended: make(chan struct{})}
	go w.run()
	return w, nil
}

// prepare goes to the end of what is whole in a file of recordings, and makes an empty one such a file. A piece that was
// not written to its end is cut off: nobody could read it.
func prepare(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	if info.Size() == 0 {
		_, err := fmt.Fprintf(file, "%s%d\n", magic, Version)
		return err
	}
	chunks, err := newChunks(file)
	if err != nil {
		return fmt.Errorf("%w; it is left as it is: name another file", err)
	}
	for {
		_, _, err := chunks.next()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, ErrCutShort):
			if err := file.Truncate(chunks.whole); err != nil {
				return err
			}
			_, err = file.Seek(chunks.whole, io.SeekStart)
			return err
		case err != nil:
			return fmt.Errorf("%w; it is left as it is: name another file", err)
		}
	}
}

// Record keeps an observation, and returns it as a reader of the recording will find it: moments of this machine are
// distances from the session's first, by a clock that nobody sets. Who takes in what is returned sees what a replay
// shows. After an error, which Close returns, the observation is kept nowhere, and all the same returned so.
func (w *Writer) Record(o model.Observation) model.Observation {
	if w.encoder == nil {
		if err := w.begin(o.ObservedAt()); err != nil {
			w.fail(err)
			return o
		}
	}
	w.encoder.out = w.encoder.out[:0]
	if err := w.encoder.observation(o); err != nil {
		w.fail(err)
		return o
	}
	kept, err := w.decoder.observation(w.encoder.out)
	if err != nil {
		w.fail(fmt.Errorf("what was recorded cannot be read again: %w", err))
		return o
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil && len(w.waiting)+len(w.encoder.out) > waitingMost {
		w.err = fmt.Errorf("the disk is too slow: %d MB wait to be written", waitingMost>>20)
	}
	if w.err == nil {
		w.waiting = binary.AppendUvarint(w.waiting, uint64(len(w.encoder.out)))
		w.waiting = append(w.waiting, w.encoder.out...)
	}
	return kept
}

// Now is what time it is by the clock of what Record returns: how far it is from the session's first observation, by a
// clock that nobody sets and that stands still while the machine sleeps. Before that it is the time of day.
func (w *Writer) Now() time.Time {
	began := w.began.Load()
	if began == nil {
		return time.Now()
	}
	return began.Round(0).Add(time.Since(*began))
}

// begin makes the header of the session.
func (w *Writer) begin(base time.Time) error {
	w.encoder = newEncoder(base)
	w.began.Store(&base)
	h := header{Version: Version, Program: w.program, Began: base.Round(0).UTC(), Settings: w.settings, Types: w.encoder.types}
	for _, kind := range kinds {
		h.Kinds = append(h.Kinds, kind.Name())
	}
	head, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if w.decoder, err = newDecoder(&h); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.head = head
	return nil
}

func (w *Writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}

// Err is what ended the recording before its time; nil if nothing did.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close writes what waits and ends the session.
func (w *Writer) Close() error {
	close(w.stop)
	<-w.ended
	err := w.Err()
	if closing := errors.Join(w.file.Sync(), w.file.Close()); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("the recording in %s is not whole: %w", w.file.Name(), err)
	}
	return nil
}

// run writes what waits, again and again, until Close.
func (w *Writer) run() {
	defer close(w.ended)
	out := &chunkWriter{file: w.file}
	stream, err := zstd.NewWriter(out, zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
	if err != nil {
		w.fail(err)
		return
	}
	pace := time.NewTicker(flushEvery)
	defer pace.Stop()
	for begun, last := false, false; !last; {
		select {
		case <-pace.C:
		case <-w.stop:
			last = true
		}
		head, waiting := w.take()
		if head != nil {
			begun = true
			w.failIf(out.chunk(chunkSession, head))
		}
		if len(waiting) > 0 {
			_, err := stream.Write(waiting)
			w.failIf(errors.Join(err, stream.Flush(), out.flush()))
		}
		if last && begun {
			w.failIf(errors.Join(stream.Close(), out.flush()))
		}
	}
}

func (w *Writer) failIf(err error) {
	if err != nil {
		w.fail(err)
	}
}

// take takes what is to be written; nothing once something went wrong.
func (w *Writer) take() (head, waiting []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	head, waiting, w.head, w.waiting = w.head, w.waiting, nil, nil
	if w.err != nil {
		return nil, nil
	}
	return head, waiting
}

// chunkWriter makes a chunk of what is written to it between two calls of flush.
type chunkWriter struct {
	file   *os.File
	buffer []byte
}

func (c *chunkWriter) Write(data []byte) (int, error) {
	c.buffer = append(c.buffer, data...)
	return len(data), nil
}

func (c *chunkWriter) flush() error {
	if len(c.buffer) == 0 {
		return nil
	}
	defer func() { c.buffer = c.buffer[:0] }()
	return c.chunk(chunkData, c.buffer)
}

// chunk writes a whole chunk at once.
func (c *chunkWriter) chunk(kind byte, content []byte) error {
	out := make([]byte, chunkHead, chunkHead+len(content))
	out[0] = kind
	binary.LittleEndian.PutUint32(out[1:], uint32(len(content))) //nolint:gosec // well below chunkMost: waitingMost bounds it
	binary.LittleEndian.PutUint32(out[5:], checksum(kind, content))
	_, err := c.file.Write(append(out, content...))
	return err
}

func checksum(kind byte, content []byte) uint32 {
	return crc32.Update(crc32.Checksum([]byte{kind}, castagnoli), castagnoli, content)
}
