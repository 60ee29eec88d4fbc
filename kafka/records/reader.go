package records

import "encoding/binary"

// reader reads the Kafka protocol's types off bytes. What the bytes do not hold makes it fail for good: from then on it
// reads zeros. No length is believed before the bytes for it have been counted.
type reader struct {
	bytes  []byte
	failed bool
}

func (r *reader) take(count int) []byte {
	if r.failed || count < 0 || count > len(r.bytes) {
		r.failed, r.bytes = true, nil
		return nil
	}
	taken := r.bytes[:count:count]
	r.bytes = r.bytes[count:]
	return taken
}

func (r *reader) int8() int8 {
	if b := r.take(1); b != nil {
		return int8(b[0])
	}
	return 0
}

func (r *reader) int16() int16 {
	if b := r.take(2); b != nil {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) int32() int32 {
	if b := r.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *reader) int64() int64 {
	if b := r.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

func (r *reader) uuid() (id [16]byte) {
	copy(id[:], r.take(len(id)))
	return id
}

// uvarint is an unsigned number of 32 bits in one to five bytes.
func (r *reader) uvarint() uint32 {
	number, length := binary.Uvarint(r.bytes)
	if r.failed || length <= 0 || length > 5 || number > 1<<32-1 {
		r.failed, r.bytes = true, nil
		return 0
	}
	r.bytes = r.bytes[length:]
	return uint32(number)
}

// compactLength is the length of a compact string, bytes or array: written as one more than it is, so that 0 is null
// (here -1).
func (r *reader) compactLength() int { return int(r.uvarint()) - 1 }

// A field that must not be null and is one makes the reader fail, as it does Kafka's own.

func (r *reader) string() string         { return string(r.take(int(r.int16()))) }
func (r *reader) compactString() string  { return string(r.take(r.compactLength())) }
func (r *reader) data() []byte           { return r.take(int(r.int32())) }
func (r *reader) compactData() []byte    { return r.take(r.compactLength()) }
func (r *reader) nullableString() string { return r.orNull(int(r.int16())) }
func (r *reader) compactNullableString() string {
	return r.orNull(r.compactLength())
}

// orNull is "" for null: the two need no distinction here.
func (r *reader) orNull(length int) string {
	if length == -1 {
		return ""
	}
	return string(r.take(length))
}

// array and compactArray are how many elements follow, each of which takes a least number of bytes.
func (r *reader) array(least int) int        { return r.elements(int(r.int32()), least) }
func (r *reader) compactArray(least int) int { return r.elements(r.compactLength(), least) }

func (r *reader) elements(count, least int) int {
	if r.failed || count < 0 || count > len(r.bytes)/least {
		r.failed, r.bytes = true, nil
		return 0
	}
	return count
}

// tags reads the tagged fields that end a flexible structure; known is called for each with a reader of its bytes alone
// and may be nil.
func (r *reader) tags(known func(tag uint32, field *reader)) {
	for count := r.uvarint(); count > 0 && !r.failed; count-- {
		tag := r.uvarint()
		field := reader{bytes: r.take(int(r.uvarint()))}
		if known != nil && !r.failed {
			known(tag, &field)
			r.failed = field.failed
		}
	}
}
