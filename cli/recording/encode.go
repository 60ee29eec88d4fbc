package recording

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"time"

	"regroup/model"
)

// kinds are the observations that there are, by their types' names. The order is free: a file has its own.
var kinds = []reflect.Type{
	reflect.TypeFor[model.Snapshot](), reflect.TypeFor[model.Pulse](), reflect.TypeFor[model.Records](),
	reflect.TypeFor[model.History](), reflect.TypeFor[model.TailStatus](), reflect.TypeFor[model.LabSnapshot](),
	reflect.TypeFor[model.AdminDeed](), reflect.TypeFor[model.SceneBegan](), reflect.TypeFor[model.TourStatus](),
}

var (
	timeType = reflect.TypeFor[time.Time]()
	maybes   = map[reflect.Type]maybeType{}
)

// maybeType reads and writes one instance of model.Maybe, whose fields are its own business. Values are addressable.
type maybeType struct {
	expression string // of what may be known
	encode     func(e *encoder, v reflect.Value)
	decode     func(d *decoder, v reflect.Value) // of one that is known
}

func init() {
	addMaybe("int", (*encoder).int32, (*decoder).int32)
	addMaybe("int", (*encoder).int64, (*decoder).varint)
	addMaybe("float", (*encoder).float, (*decoder).float)
	addMaybe("int", (*encoder).duration, (*decoder).duration)
}

func addMaybe[T any](expression string, encode func(*encoder, T), decode func(*decoder) T) {
	maybes[reflect.TypeFor[model.Maybe[T]]()] = maybeType{
		expression: expression,
		encode: func(e *encoder, v reflect.Value) {
			value, known := v.Addr().Interface().(*model.Maybe[T]).Get()
			if e.flag(known); known {
				encode(e, value)
			}
		},
		decode: func(d *decoder, v reflect.Value) { *v.Addr().Interface().(*model.Maybe[T]) = model.Some(decode(d)) },
	}
}

func (e *encoder) int32(n int32)            { e.int64(int64(n)) }
func (e *encoder) int64(n int64)            { e.out = binary.AppendVarint(e.out, n) }
func (e *encoder) duration(d time.Duration) { e.int64(int64(d)) }
func (e *encoder) float(f float64) {
	e.out = binary.LittleEndian.AppendUint64(e.out, math.Float64bits(f))
}

// stringsKept bounds the dictionary of strings. When it is full, writer and reader begin a new one.
const stringsKept = 1 << 16

// encoder turns observations into bytes. Names that come again and again are written once.
type encoder struct {
	base    time.Time // times are distances from it; by the monotonic clock where both have been read from it
	out     []byte
	strings map[string]uint64
	types   map[string][]fieldOf
	plans   map[reflect.Type]encodePlan
}

// encodePlan is how a type is written: its expression, and the function that does it.
type encodePlan struct {
	expression string
	encode     func(v reflect.Value)
}

func newEncoder(base time.Time) *encoder {
	e := &encoder{base: base, strings: map[string]uint64{}, types: map[string][]fieldOf{}, plans: map[reflect.Type]encodePlan{}}
	for _, kind := range kinds {
		e.plan(kind)
	}
	return e
}

// plan says how a type is written. A type that cannot be is a mistake in the model, seen by every test.
func (e *encoder) plan(t reflect.Type) encodePlan {
	if p, known := e.plans[t]; known {
		return p
	}
	p := e.newPlan(t)
	e.plans[t] = p
	return p
}

func (e *encoder) newPlan(t reflect.Type) encodePlan {
	if t == timeType {
		return encodePlan{"time", func(v reflect.Value) { e.time(*v.Addr().Interface().(*time.Time)) }}
	}
	if maybe, is := maybes[t]; is {
		return encodePlan{"?" + maybe.expression, func(v reflect.Value) { maybe.encode(e, v) }}
	}
	switch t.Kind() {
	case reflect.Bool:
		return encodePlan{"bool", func(v reflect.Value) { e.flag(v.Bool()) }}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return encodePlan{"int", func(v reflect.Value) { e.int64(v.Int()) }}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return encodePlan{"uint", func(v reflect.Value) { e.out = binary.AppendUvarint(e.out, v.Uint()) }}
	case reflect.Float64:
		return encodePlan{"float", func(v reflect.Value) { e.float(v.Float()) }}
	case reflect.String:
		return encodePlan{"string", func(v reflect.Value) { e.string(v.String()) }}
	case reflect.Slice:
		inner := e.plan(t.Elem())
		return encodePlan{"[]" + inner.expression, func(v reflect.Value) { e.slice(v, inner) }}
	case reflect.Pointer:
		inner := e.plan(t.Elem())
		return encodePlan{"*" + inner.expression, func(v reflect.Value) {
			if e.flag(!v.IsNil()); !v.IsNil() {
				inner.encode(v.Elem())
			}
		}}
	case reflect.Struct:
		return e.structPlan(t)
	}
	panic(fmt.Sprintf("recording: no way is written to keep a %s", t))
}

func (e *encoder) structPlan(t reflect.Type) encodePlan {
	var plans []encodePlan
	var fields []fieldOf
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			panic(fmt.Sprintf("recording: %s.%s is not exported, and would be lost", t, f.Name))
		}
		p := e.plan(f.Type)
		plans, fields = append(plans, p), append(fields, fieldOf{f.Name, p.expression})
	}
	e.types[t.Name()] = fields
	return encodePlan{t.Name(), func(v reflect.Value) {
		for i, p := range plans {
			p.encode(v.Field(i))
		}
	}}
}

// observation appends an observation: its kind and its content.
func (e *encoder) observation(o model.Observation) error {
	v := reflect.ValueOf(o).Elem()
	for i, kind := range kinds {
		if v.Type() == kind {
			e.out = binary.AppendUvarint(e.out, uint64(i))
			e.plan(kind).encode(v)
			return nil
		}
	}
	return fmt.Errorf("observations of type %s cannot be recorded", v.Type())
}

func (e *encoder) flag(set bool) {
	b := byte(0)
	if set {
		b = 1
	}
	e.out = append(e.out, b)
}

// slice tells nil from empty: the one is unknown in places, the other is nothing.
func (e *encoder) slice(v reflect.Value, inner encodePlan) {
	if v.IsNil() {
		e.out = append(e.out, 0)
		return
	}
	e.out = binary.AppendUvarint(e.out, uint64(v.Len())+1)
	for i := range v.Len() {
		inner.encode(v.Index(i))
	}
}

// string is the number of a string that was written before, or 0 and the string.
func (e *encoder) string(s string) {
	if number, known := e.strings[s]; known {
		e.out = binary.AppendUvarint(e.out, number)
		return
	}
	e.out = binary.AppendUvarint(append(e.out, 0), uint64(len(s)))
	e.out = append(e.out, s...)
	if len(e.strings) == stringsKept {
		clear(e.strings)
	}
	e.strings[s] = uint64(len(e.strings)) + 1
}

// How a time is written.
const (
	timeZero     = iota
	timeDistance // nanoseconds from the base
	timeSeconds  // seconds since 1970 and nanoseconds: too far from the base
)

// distanceMost is well within the range of a time.Duration.
const distanceMost = 200 * 365 * 24 * time.Hour

func (e *encoder) time(t time.Time) {
	distance := t.Sub(e.base)
	switch {
	case t.IsZero():
		e.out = append(e.out, timeZero)
	case distance > -distanceMost && distance < distanceMost:
		e.out = binary.AppendVarint(append(e.out, timeDistance), int64(distance))
	default:
		e.out = binary.AppendVarint(append(e.out, timeSeconds), t.Unix())
		e.out = binary.AppendUvarint(e.out, uint64(t.Nanosecond())) //nolint:gosec // 0 to 999,999,999
	}
}
