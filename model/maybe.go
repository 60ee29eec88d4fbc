package model

import (
	"encoding/json"
	"fmt"
)

// Maybe is a value that may be unknown. The zero value is unknown, so a field that was not set can never be read as 0.
type Maybe[T any] struct {
	value T
	known bool
}

// Some is a known value.
func Some[T any](value T) Maybe[T] { return Maybe[T]{value: value, known: true} }

// None is an unknown value; it equals the zero value of Maybe.
func None[T any]() Maybe[T] { return Maybe[T]{} }

// Get returns the value and whether it is known; the value is meaningless if it is not.
func (m Maybe[T]) Get() (T, bool) { return m.value, m.known }

// Known reports whether there is a value.
func (m Maybe[T]) Known() bool { return m.known }

// Or returns the value, or fallback if it is unknown.
func (m Maybe[T]) Or(fallback T) T {
	if m.known {
		return m.value
	}
	return fallback
}

// String is the value as fmt prints it, or an en dash, regroup's sign for unknown.
func (m Maybe[T]) String() string {
	if !m.known {
		return "–"
	}
	return fmt.Sprint(m.value)
}

// MarshalJSON writes null for an unknown value.
func (m Maybe[T]) MarshalJSON() ([]byte, error) {
	if !m.known {
		return []byte("null"), nil
	}
	return json.Marshal(m.value)
}

// UnmarshalJSON reads null as unknown.
func (m *Maybe[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*m = Maybe[T]{}
		return nil
	}
	if err := json.Unmarshal(data, &m.value); err != nil {
		return err
	}
	m.known = true
	return nil
}

// AddKnown adds a value to a sum if it is known.
func AddKnown(sum, more Maybe[int64]) Maybe[int64] {
	if !more.Known() {
		return sum
	}
	return Some(sum.Or(0) + more.Or(0))
}
