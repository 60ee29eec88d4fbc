package recording

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"

	"regroup/model"
)

// errDamaged is returned for content that no version of regroup writes.
var errDamaged = errors.New("its content is damaged")

// kinds are the types of the observations.
var kinds = []reflect.Type{
	reflect.TypeFor[model.Snapshot](), reflect.TypeFor[model.StateProbe](), reflect.TypeFor[model.Records](),
	reflect.TypeFor[model.History](), reflect.TypeFor[model.TailStatus](), reflect.TypeFor[model.LabSnapshot](),
	reflect.TypeFor[model.AdminAction](), reflect.TypeFor[model.SceneBegan](), reflect.TypeFor[model.TourStatus](),
}

var (
	encoding = must(cbor.EncOptions{BinaryMarshaler: cbor.BinaryMarshalerByteString}.UserBufferEncMode())
	// Names in Kafka are bytes: they need not be UTF-8. A group may have more partitions than the default limit of arrays allows.
	decoding = must(cbor.DecOptions{
		BinaryUnmarshaler: cbor.BinaryUnmarshalerByteString, UTF8: cbor.UTF8DecodeInvalid, MaxArrayElements: observationMost,
	}.DecMode())
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err) // the options are constants
	}
	return value
}

// codec writes and reads observations as CBOR: the name of the type, then a map without the fields that are zero. The
// keys of the maps are numbers, which the session's header translates to names: they are a third of the size, and a
// reader of another version matches fields by name.
//
// The CBOR package takes its instructions from struct tags. To keep them out of the model, the codec has a copy of each
// type of the model with the same layout in memory, whose fields have tags.
type codec struct {
	fields []string // names of fields; a key is an index
	fixed  bool     // fields come from a header: one that is not among them has not been recorded
	types  map[reflect.Type]reflect.Type
}

// newCodec returns the codec of a session with these fields in its header; nil is a new session.
func newCodec(fields []string) *codec {
	c := &codec{fields: slices.Clone(fields), fixed: fields != nil, types: map[reflect.Type]reflect.Type{
		reflect.TypeFor[time.Time]():                  reflect.TypeFor[wireTime](),
		reflect.TypeFor[model.Maybe[int32]]():         reflect.TypeFor[wireMaybe[int32]](),
		reflect.TypeFor[model.Maybe[int64]]():         reflect.TypeFor[wireMaybe[int64]](),
		reflect.TypeFor[model.Maybe[float64]]():       reflect.TypeFor[wireMaybe[float64]](),
		reflect.TypeFor[model.Maybe[time.Duration]](): reflect.TypeFor[wireMaybe[time.Duration]](),
	}}
	for _, kind := range kinds {
		c.wireType(kind)
	}
	return c
}

// append appends an observation to out.
func (c *codec) append(out *bytes.Buffer, o model.Observation) error {
	v := reflect.ValueOf(o)
	kind := v.Type().Elem()
	if !slices.Contains(kinds, kind) {
		return fmt.Errorf("observations of type %s cannot be recorded", kind)
	}
	return errors.Join(encoding.MarshalToBuffer(kind.Name(), out), encoding.MarshalToBuffer(c.onWire(v), out))
}

// observation reads one observation, which is all of data. It returns nil for a type that this version does not have.
func (c *codec) observation(data []byte) (model.Observation, error) {
	var name string
	data, err := decoding.UnmarshalFirst(data, &name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	i := slices.IndexFunc(kinds, func(kind reflect.Type) bool { return kind.Name() == name })
	if i < 0 {
		return nil, nil
	}
	v := reflect.New(kinds[i])
	if err := decoding.Unmarshal(data, c.onWire(v)); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return v.Interface().(model.Observation), nil
}

// onWire is the same memory as what v points to, seen as its wire type.
func (c *codec) onWire(v reflect.Value) any {
	return reflect.NewAt(c.types[v.Type().Elem()], v.UnsafePointer()).Interface()
}

// wireType is the copy of a type of the model that is written and read in its place.
func (c *codec) wireType(t reflect.Type) reflect.Type {
	wire, known := c.types[t]
	switch {
	case known:
		return wire
	case t.Kind() == reflect.Slice:
		return reflect.SliceOf(c.wireType(t.Elem()))
	case t.Kind() == reflect.Pointer:
		return reflect.PointerTo(c.wireType(t.Elem()))
	case t.Kind() != reflect.Struct:
		return t
	}
	wire = reflect.StructOf(c.wireFields(t))
	if wire.Size() != t.Size() {
		panic(fmt.Sprintf("recording: the wire type of %s has another layout", t))
	}
	c.types[t] = wire
	return wire
}

// wireFields are the fields of a struct with their tags. Fields of an embedded struct are in its place.
func (c *codec) wireFields(t reflect.Type) (fields []reflect.StructField) {
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case f.Anonymous:
			fields = append(fields, c.wireFields(f.Type)...)
		case !f.IsExported():
			panic(fmt.Sprintf("recording: %s.%s is not exported, and would be lost", t, f.Name))
		default:
			fields = append(fields, reflect.StructField{Name: f.Name, Type: c.wireType(f.Type), Tag: c.tag(f.Name)})
		}
	}
	return fields
}

func (c *codec) tag(field string) reflect.StructTag {
	key := slices.Index(c.fields, field)
	switch {
	case key < 0 && c.fixed:
		return `cbor:"-"`
	case key < 0:
		key, c.fields = len(c.fields), append(c.fields, field)
	}
	return reflect.StructTag(fmt.Sprintf(`cbor:"%d,keyasint,omitzero"`, key))
}

// wireTime is written as seconds since 1970 and nanoseconds: CBOR's own formats end at the year 9999, or round.
type wireTime time.Time

func (w wireTime) MarshalBinary() ([]byte, error) {
	t := time.Time(w)
	if t.IsZero() {
		return nil, nil
	}
	return binary.AppendUvarint(binary.AppendVarint(nil, t.Unix()), uint64(t.Nanosecond())), nil //nolint:gosec // 0 to 999,999,999
}

func (w *wireTime) UnmarshalBinary(data []byte) error {
	*w = wireTime{}
	if len(data) == 0 {
		return nil
	}
	seconds, read := binary.Varint(data)
	if read <= 0 {
		return errDamaged
	}
	nanoseconds, read := binary.Uvarint(data[read:])
	if read <= 0 || nanoseconds >= 1e9 {
		return errDamaged
	}
	*w = wireTime(time.Unix(seconds, int64(nanoseconds)))
	return nil
}

// wireMaybe is written as the bytes of its value; an unknown one that is not left out, as none.
type wireMaybe[T any] model.Maybe[T]

func (w wireMaybe[T]) MarshalBinary() ([]byte, error) {
	value, known := model.Maybe[T](w).Get()
	if !known {
		return nil, nil
	}
	return binary.Append(nil, binary.LittleEndian, value)
}

func (w *wireMaybe[T]) UnmarshalBinary(data []byte) error {
	*w = wireMaybe[T]{}
	if len(data) == 0 {
		return nil
	}
	var value T
	if _, err := binary.Decode(data, binary.LittleEndian, &value); err != nil {
		return errDamaged
	}
	*w = wireMaybe[T](model.Some(value))
	return nil
}
