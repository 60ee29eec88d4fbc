package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"regroup/model"
)

// errBroken is what bytes are that no recording has.
var errBroken = errors.New("its content is damaged")

// decoder turns bytes back into observations. It is the encoder's counterpart: both keep the same dictionary.
type decoder struct {
	base    time.Time
	in      []byte
	strings []string
	types   map[string][]fieldOf
	kinds   []reader // by number; a nil decode is of a kind that this regroup does not know
	plans   map[planKey]func(v reflect.Value)
	depth   int // of structs in each other
}

// A damaged header may describe types that hold themselves, or have no end.
const (
	depthMost      = 32
	expressionMost = 64
)

type reader struct {
	kind   reflect.Type
	decode func(v reflect.Value)
}

// planKey names a way to read: what was written, and into what. A nil type reads over it.
type planKey struct {
	expression string
	into       reflect.Type
}

// broken is thrown where bytes make no sense, and caught by observation.
type broken struct{ err error }

// newDecoder makes a decoder of what a session's header describes.
func newDecoder(h *header) (d *decoder, err error) {
	defer caught(&err)
	d = &decoder{base: h.Began.Local(), types: h.Types, plans: map[planKey]func(reflect.Value){}}
	for _, name := range h.Kinds {
		r := reader{}
		for _, kind := range kinds {
			if kind.Name() == name {
				r = reader{kind, d.plan(name, kind)}
			}
		}
		d.kinds = append(d.kinds, r)
	}
	return d, nil
}

func caught(err *error) {
	if thrown := recover(); thrown != nil {
		b, is := thrown.(broken)
		if !is {
			panic(thrown)
		}
		*err = b.err
	}
}

// observation reads one observation, all of data; nil is one of a kind that this regroup does not know.
func (d *decoder) observation(data []byte) (o model.Observation, err error) {
	defer caught(&err)
	d.in, d.depth = data, 0
	number := d.uvarint()
	if number >= uint64(len(d.kinds)) {
		return nil, errBroken
	}
	r := d.kinds[number]
	if r.decode == nil {
		return nil, nil
	}
	v := reflect.New(r.kind)
	r.decode(v.Elem())
	if len(d.in) > 0 {
		return nil, errBroken
	}
	return v.Interface().(model.Observation), nil
}

// plan says how what was written by an expression is read into a type; a nil type reads over it.
func (d *decoder) plan(expression string, into reflect.Type) func(reflect.Value) {
	key := planKey{expression, into}
	if p, known := d.plans[key]; known {
		return p
	}
	var made func(reflect.Value)
	d.plans[key] = func(v reflect.Value) { made(v) } // a type may hold itself
	made = d.newPlan(expression, into)
	d.plans[key] = made
	return made
}

func (d *decoder) newPlan(expression string, into reflect.Type) func(reflect.Value) {
	switch {
	case len(expression) > expressionMost:
		throwf("it has a value of a type that this regroup cannot read")
	case strings.HasPrefix(expression, "?"):
		return d.maybePlan(expression, into)
	case strings.HasPrefix(expression, "[]"):
		inner := d.plan(expression[2:], innerOf(into, reflect.Slice, expression))
		return func(v reflect.Value) { d.slice(v, into, inner) }
	case strings.HasPrefix(expression, "*"):
		inner := d.plan(expression[1:], innerOf(into, reflect.Pointer, expression))
		return func(v reflect.Value) { d.pointer(v, into, inner) }
	}
	if p := d.plainPlan(expression, into); p != nil {
		return p
	}
	fields, known := d.types[expression]
	if !known || into != nil && into.Kind() != reflect.Struct {
		throwf("it has a value of type %s, which this regroup cannot read", quoted(expression))
	}
	return d.structPlan(fields, into)
}

func innerOf(into reflect.Type, kind reflect.Kind, expression string) reflect.Type {
	if into == nil {
		return nil
	}
	if into.Kind() != kind {
		throwf("it has a value of type %s where this regroup has a %s", quoted(expression), into)
	}
	return into.Elem()
}

func (d *decoder) maybePlan(expression string, into reflect.Type) func(reflect.Value) {
	if into == nil {
		over := d.plan(expression[1:], nil)
		return func(v reflect.Value) {
			if d.flag() {
				over(v)
			}
		}
	}
	maybe, is := maybes[into]
	if !is || maybe.expression != expression[1:] {
		throwf("it has a value of type %s where this regroup has a %s", quoted(expression), into)
	}
	return func(v reflect.Value) {
		if d.flag() {
			maybe.decode(d, v)
		}
	}
}

// plainPlan reads what has no parts; nil is what has.
func (d *decoder) plainPlan(expression string, into reflect.Type) func(reflect.Value) {
	fits := func(is bool) {
		if into != nil && !is {
			throwf("it has a value of type %s where this regroup has a %s", quoted(expression), into)
		}
	}
	zero := reflect.Value{}
	if into != nil {
		zero = reflect.Zero(into)
	}
	switch expression {
	case "time":
		fits(into == timeType)
		return func(v reflect.Value) {
			if t := d.time(); into != nil {
				*v.Addr().Interface().(*time.Time) = t
			}
		}
	case "bool":
		fits(zero.Kind() == reflect.Bool)
		return func(v reflect.Value) {
			if b := d.flag(); into != nil {
				v.SetBool(b)
			}
		}
	case "int":
		fits(zero.CanInt())
		return func(v reflect.Value) {
			if n := d.varint(); into != nil {
				v.SetInt(n)
			}
		}
	case "uint":
		fits(zero.CanUint())
		return func(v reflect.Value) {
			if n := d.uvarint(); into != nil {
				v.SetUint(n)
			}
		}
	case "float":
		fits(zero.CanFloat())
		return func(v reflect.Value) {
			if f := d.float(); into != nil {
				v.SetFloat(f)
			}
		}
	case "string":
		fits(zero.Kind() == reflect.String)
		return func(v reflect.Value) {
			if s := d.string(); into != nil {
				v.SetString(s)
			}
		}
	}
	return nil
}

// structPlan reads fields by their names: those that this regroup does not have are read over, those that it has and the
// recording does not stay zero.
func (d *decoder) structPlan(fields []fieldOf, into reflect.Type) func(reflect.Value) {
	type step struct {
		field int // -1 is none
		read  func(reflect.Value)
	}
	var steps []step
	for _, f := range fields {
		s := step{field: -1}
		var inner reflect.Type
		if into != nil {
			if have, is := into.FieldByName(f[0]); is && len(have.Index) == 1 {
				s.field, inner = have.Index[0], have.Type
			}
		}
		s.read = d.plan(f[1], inner)
		steps = append(steps, s)
	}
	return func(v reflect.Value) {
		if d.depth++; d.depth > depthMost {
			panic(broken{errBroken})
		}
		defer func() { d.depth-- }()
		for _, s := range steps {
			if s.field < 0 {
				s.read(reflect.Value{})
			} else {
				s.read(v.Field(s.field))
			}
		}
	}
}

func (d *decoder) slice(v reflect.Value, into reflect.Type, inner func(reflect.Value)) {
	n := d.uvarint()
	if n == 0 {
		return
	}
	n--
	if n > uint64(len(d.in)) { // each element takes a byte at least
		panic(broken{errBroken})
	}
	if into == nil {
		for range n {
			inner(reflect.Value{})
		}
		return
	}
	v.Set(reflect.MakeSlice(into, int(n), int(n)))
	for i := range int(n) {
		inner(v.Index(i))
	}
}

func (d *decoder) pointer(v reflect.Value, into reflect.Type, inner func(reflect.Value)) {
	switch set := d.flag(); {
	case set && into == nil:
		inner(reflect.Value{})
	case set:
		v.Set(reflect.New(into.Elem()))
		inner(v.Elem())
	}
}

func (d *decoder) string() string {
	if number := d.uvarint(); number > 0 {
		if number > uint64(len(d.strings)) {
			panic(broken{errBroken})
		}
		return d.strings[number-1]
	}
	s := string(d.bytes(d.uvarint()))
	if len(d.strings) == stringsKept {
		d.strings = nil
	}
	d.strings = append(d.strings, s)
	return s
}

func (d *decoder) time() time.Time {
	switch d.uvarint() {
	case timeZero:
		return time.Time{}
	case timeDistance:
		return d.base.Add(time.Duration(d.varint()))
	case timeSeconds:
		seconds := d.varint()
		return time.Unix(seconds, int64(d.uvarint()%1e9)) //nolint:gosec // below 1e9
	}
	panic(broken{errBroken})
}

func (d *decoder) flag() bool {
	switch d.bytes(1)[0] {
	case 0:
		return false
	case 1:
		return true
	}
	panic(broken{errBroken})
}

func (d *decoder) uvarint() uint64 {
	n, size := binary.Uvarint(d.in)
	if size <= 0 {
		panic(broken{errBroken})
	}
	d.in = d.in[size:]
	return n
}

func (d *decoder) varint() int64 {
	n, size := binary.Varint(d.in)
	if size <= 0 {
		panic(broken{errBroken})
	}
	d.in = d.in[size:]
	return n
}

// int32 reads what fits: a number that does not is damage.
func (d *decoder) int32() int32 {
	n := d.varint()
	if n < math.MinInt32 || n > math.MaxInt32 {
		panic(broken{errBroken})
	}
	return int32(n)
}

func (d *decoder) duration() time.Duration { return time.Duration(d.varint()) }

func (d *decoder) float() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(d.bytes(8)))
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.in)) {
		panic(broken{errBroken})
	}
	b := d.in[:n]
	d.in = d.in[n:]
	return b
}

func throwf(format string, args ...any) { panic(broken{fmt.Errorf(format, args...)}) }

func quoted(s string) string { return fmt.Sprintf("%q", s) }
