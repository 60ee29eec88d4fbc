package recording

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"regroup/model"
)

// chunks reads the chunks of a file.
type chunks struct {
	in    *bufio.Reader
	whole int64 // bytes of the file that have been read in whole chunks
}

// newChunks reads the file's first line.
func newChunks(file io.Reader) (*chunks, error) {
	in := bufio.NewReaderSize(file, 1<<16)
	line, err := in.ReadSlice('\n')
	version, is := strings.CutPrefix(string(line), magic)
	if err != nil || !is {
		return nil, errors.New("it is not a regroup recording")
	}
	number, err := strconv.Atoi(strings.TrimSpace(version))
	if err != nil || number < 1 {
		return nil, errors.New("it is not a regroup recording")
	}
	switch {
	case number > Version:
		return nil, fmt.Errorf("its format is version %d, and this regroup reads version %d: use a newer regroup", number, Version)
	case number < Version:
		return nil, fmt.Errorf("its format is version %d, and this regroup reads version %d only: use the regroup that recorded it, or record again", number, Version)
	}
	return &chunks{in: in, whole: int64(len(line))}, nil
}

// next is the next whole chunk. The error is io.EOF after the last one, ErrCutShort in the middle of one.
func (c *chunks) next() (kind byte, content []byte, err error) {
	var head [chunkHead]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return 0, nil, cutShort(err)
	}
	kind = head[0]
	length := binary.LittleEndian.Uint32(head[1:])
	if kind != chunkSession && kind != chunkData || length > chunkMost {
		return 0, nil, c.damaged()
	}
	// Grown while reading: a damaged length must not allocate more than the file holds.
	var all strings.Builder
	if _, err := io.CopyN(&all, c.in, int64(length)); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, cutShort(err)
	}
	content = []byte(all.String())
	if checksum(kind, content) != binary.LittleEndian.Uint32(head[5:]) {
		return 0, nil, c.damaged()
	}
	c.whole += int64(chunkHead) + int64(length)
	return kind, content, nil
}

func (c *chunks) damaged() error {
	return fmt.Errorf("it is damaged after byte %d", c.whole)
}

func cutShort(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCutShort
	}
	return err
}

// Reader reads the observations of a file, session by session.
type Reader struct {
	file    *os.File
	path    string
	chunks  *chunks
	session *Session
	codec   *codec
	stream  *zstd.Decoder
	content *bufio.Reader // the session's observations; nil before the first session
	next    []byte        // the header of the next session, once it has been read
	end     error         // why there are no more chunks
	chunk   []byte        // the unread rest of the current chunk
	buffer  []byte
}

// Open opens a file of recordings. The caller must close the reader.
func Open(path string) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the recording: %w", err)
	}
	r := &Reader{file: file, path: path}
	if err := r.Rewind(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return r, nil
}

// Rewind goes back to the beginning of the file.
func (r *Reader) Rewind() error {
	r.endSession()
	*r = Reader{file: r.file, path: r.path, buffer: r.buffer}
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return r.explain(err)
	}
	chunks, err := newChunks(r.file)
	if err != nil {
		return r.explain(err)
	}
	r.chunks = chunks
	kind, content, err := chunks.next()
	switch {
	case err != nil:
		r.end = err
	case kind != chunkSession:
		return r.explain(errors.New("it does not begin with a session's header"))
	default:
		r.next = content
	}
	return nil
}

func (r *Reader) explain(err error) error {
	return fmt.Errorf("cannot read the recording %s: %w", r.path, err)
}

func (r *Reader) endSession() {
	if r.stream != nil {
		r.stream.Close()
	}
	r.stream, r.content = nil, nil
}

// Close closes the file.
func (r *Reader) Close() error {
	r.endSession()
	return r.file.Close()
}

// Next is the next observation and its session; another pointer is another session, which needs a new tracker. The error
// is io.EOF after the last observation, or wraps ErrCutShort or what else prevents reading on.
func (r *Reader) Next() (*Session, model.Observation, error) {
	for {
		if r.content == nil {
			if r.next == nil {
				return nil, nil, r.ended()
			}
			if err := r.beginSession(); err != nil {
				return nil, nil, r.explain(err)
			}
		}
		data, err := r.record()
		switch {
		case errors.Is(err, io.EOF): // the session was closed
			r.endSession()
			continue
		case errors.Is(err, io.ErrUnexpectedEOF): // it was not; another may follow
			r.endSession()
			if r.next == nil && errors.Is(r.end, io.EOF) {
				r.end = ErrCutShort
			}
			continue
		case err != nil:
			r.next, r.end = nil, err
			r.endSession()
			continue
		}
		o, err := r.codec.observation(data)
		if err != nil {
			return nil, nil, r.explain(err)
		}
		if o != nil { // nil is of a type that only a newer regroup has
			return r.session, o, nil
		}
	}
}

func (r *Reader) ended() error {
	if r.end == nil || errors.Is(r.end, io.EOF) {
		return io.EOF
	}
	return r.explain(r.end)
}

func (r *Reader) beginSession() error {
	var h header
	if err := json.Unmarshal(r.next, &h); err != nil {
		return fmt.Errorf("the header of a session is damaged: %w", err)
	}
	r.next = nil
	if len(h.Fields) == 0 {
		return errors.New("the header of a session is damaged: it names no fields")
	}
	r.codec = newCodec(h.Fields)
	var err error
	// Without goroutines of its own.
	if r.stream, err = zstd.NewReader((*sessionData)(r), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(2*window)); err != nil {
		return err
	}
	r.session = &Session{Began: h.Began.Local(), Program: h.Program, Settings: h.Settings}
	r.content = bufio.NewReaderSize(r.stream, 1<<16)
	return nil
}

// record is the bytes of the next observation. They are valid until the next call.
func (r *Reader) record() ([]byte, error) {
	length, err := binary.ReadUvarint(r.content)
	if err != nil {
		return nil, err
	}
	if length > observationMost {
		return nil, errDamaged
	}
	if uint64(cap(r.buffer)) < length {
		r.buffer = make([]byte, length)
	}
	r.buffer = r.buffer[:length]
	if _, err := io.ReadFull(r.content, r.buffer); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return r.buffer, nil
}

// sessionData is the compressed stream of the current session: the content of its chunks.
type sessionData Reader

func (s *sessionData) Read(into []byte) (int, error) {
	r := (*Reader)(s)
	for len(s.chunk) == 0 {
		if s.end != nil || s.next != nil {
			return 0, io.EOF
		}
		kind, content, err := r.chunks.next()
		switch {
		case err != nil:
			s.end = err
		case kind == chunkSession:
			s.next = content
		default:
			s.chunk = content
		}
	}
	n := copy(into, s.chunk)
	s.chunk = s.chunk[n:]
	return n, nil
}
