package recording

import (
	"reflect"
	"time"

	"regroup/model"
)

// clock is the clock of a recording: the wall clock at its first observation, plus the time since then by the monotonic
// clock. Setting the machine's clock does not change distances between two observations.
type clock struct{ began time.Time }

// now is the time by the clock. It stands still while the machine sleeps.
func (c clock) now() time.Time { return c.began.Round(0).Add(time.Since(c.began)) }

// distanceMost is well within the range of a time.Duration.
const distanceMost = 200 * 365 * 24 * time.Hour

// convert returns a time of the machine as a time of the recording.
func (c clock) convert(t time.Time) time.Time {
	distance := t.Sub(c.began)
	switch {
	case t.IsZero():
		return time.Time{}
	case distance.Abs() < distanceMost:
		return c.began.Round(0).Local().Add(distance)
	}
	return t.Round(0).Local()
}

// observation returns a copy of o whose times are times of the recording. The copy shares with o what holds no time.
func (c clock) observation(o model.Observation) model.Observation {
	v := reflect.New(reflect.TypeOf(o).Elem())
	v.Elem().Set(reflect.ValueOf(o).Elem())
	c.convertAll(v.Elem())
	return v.Interface().(model.Observation)
}

func (c clock) convertAll(v reflect.Value) {
	t := v.Type()
	switch {
	case !holdTimes[t]:
	case t == timeType:
		at := v.Addr().Interface().(*time.Time)
		*at = c.convert(*at)
	case t.Kind() == reflect.Struct:
		for i := range v.NumField() {
			c.convertAll(v.Field(i))
		}
	case v.IsNil():
	case t.Kind() == reflect.Pointer:
		copied := reflect.New(t.Elem())
		copied.Elem().Set(v.Elem())
		c.convertAll(copied.Elem())
		v.Set(copied)
	case t.Kind() == reflect.Slice:
		copied := reflect.MakeSlice(t, v.Len(), v.Len())
		reflect.Copy(copied, v)
		for i := range copied.Len() {
			c.convertAll(copied.Index(i))
		}
		v.Set(copied)
	}
}

var timeType = reflect.TypeFor[time.Time]()

// holdTimes says which types below the observations hold times.
var holdTimes = func() map[reflect.Type]bool {
	holds := map[reflect.Type]bool{timeType: true}
	var add func(t reflect.Type) bool
	add = func(t reflect.Type) bool {
		if _, known := holds[t]; known {
			return holds[t]
		}
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice:
			holds[t] = add(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				holds[t] = add(t.Field(i).Type) || holds[t]
			}
		}
		return holds[t]
	}
	for _, kind := range kinds {
		add(kind)
	}
	return holds
}()
