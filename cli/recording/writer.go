package recording

import (
	"bytes"
	"cmp"
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
	// flushEvery is the interval of writes to the file, and so what a crash loses at most.
	flushEvery = 200 * time.Millisecond
	// waitingMost is how many bytes wait for a slow disk before the recording ends with an error.
	waitingMost = 256 << 20
	// window of the compression in bytes: several polls of a thousand groups, which are much alike.
	window = 4 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Writer records a session. Record is for one goroutine.
type Writer struct {
	file     *os.File
	program  string
	settings Settings

	clock   atomic.Pointer[clock] // nil before the first observation
	codec   *codec
	encoded bytes.Buffer // the observation that is being recorded

	mu      sync.Mutex
	head    []byte // the session's header; nil when it has been written
	waiting []byte // whole observations, not yet written
	err     error  // the first error; nothing is recorded after it

	stop  chan struct{}
	ended chan struct{}
}

// Create begins a recording in a new file, or a new session in a file of recordings. It does not touch any other file. The
// caller must close the writer.
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

// prepare seeks to the end of the last whole chunk of a file of recordings, and cuts off an incomplete one after it, which
// could not be read. An empty file becomes a file of recordings.
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
		return fmt.Errorf("%w; the file was not changed: choose another name", err)
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
			return fmt.Errorf("%w; the file was not changed: choose another name", err)
		}
	}
}

// Record records an observation, and returns it as a reader of the recording will: with times of this machine as distances
// from the session's first observation by the monotonic clock. A tracker that is given what Record returns reports what a
// replay reports. After an error, which Close returns, observations are converted all the same, but not recorded.
func (w *Writer) Record(o model.Observation) model.Observation {
	if w.codec == nil {
		w.begin(o.ObservedAt())
	}
	o = w.clock.Load().observation(o)
	w.encoded.Reset()
	err := w.codec.append(&w.encoded, o)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil && len(w.waiting)+w.encoded.Len() > waitingMost {
		err = fmt.Errorf("the disk is too slow: %d MB are waiting to be written", waitingMost>>20)
	}
	if w.err = cmp.Or(w.err, err); w.err == nil {
		w.waiting = binary.AppendUvarint(w.waiting, uint64(w.encoded.Len())) //nolint:gosec // a length
		w.waiting = append(w.waiting, w.encoded.Bytes()...)
	}
	return o
}

// Now is the time by the clock of the observations that Record returns; before the first, the time of day.
func (w *Writer) Now() time.Time {
	clock := w.clock.Load()
	if clock == nil {
		return time.Now()
	}
	return clock.now()
}

// begin makes the session's header.
func (w *Writer) begin(at time.Time) {
	w.clock.Store(&clock{at})
	w.codec = newCodec(nil)
	head, err := json.Marshal(header{Program: w.program, Began: at.Round(0).UTC(), Settings: w.settings, Fields: w.codec.fields})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.head, w.err = head, cmp.Or(w.err, err)
}

func (w *Writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}

// Err is the error that ended the recording early; nil while recording works.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close writes what is waiting and ends the session.
func (w *Writer) Close() error {
	close(w.stop)
	<-w.ended
	err := w.Err()
	if closing := errors.Join(w.file.Sync(), w.file.Close()); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("the recording in %s is incomplete: %w", w.file.Name(), err)
	}
	return nil
}

// run writes what is waiting at every tick, until Close.
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
		head, waiting := w.drain()
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

// drain removes and returns what is to be written; nothing after an error.
func (w *Writer) drain() (head, waiting []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	head, waiting, w.head, w.waiting = w.head, w.waiting, nil, nil
	if w.err != nil {
		return nil, nil
	}
	return head, waiting
}

// chunkWriter writes what it got between two calls of flush as one chunk.
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

// chunk writes a whole chunk in one call.
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
