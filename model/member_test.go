package model

import (
	"reflect"
	"testing"
	"time"
)

// A field that Equal forgets would be a change of a member that no view shows.
func TestEqualComparesEveryFieldOfAMember(t *testing.T) {
	same := Member{ID: "m"}
	if !same.Equal(&Member{ID: "m"}) {
		t.Error("two members with the same fields differ")
	}
	values := map[reflect.Type]any{
		reflect.TypeFor[string](): "x", reflect.TypeFor[bool](): true, reflect.TypeFor[MemberState](): MemberStable,
		reflect.TypeFor[Maybe[int32]](): Some[int32](1), reflect.TypeFor[Maybe[time.Duration]](): Some(time.Second),
		reflect.TypeFor[[]string]():         []string{}, // an empty subscription is known, nil is not
		reflect.TypeFor[[]TopicPartition](): []TopicPartition{{Topic: "t"}},
	}
	for i := range reflect.TypeFor[Member]().NumField() {
		field := reflect.TypeFor[Member]().Field(i)
		other, known := values[field.Type]
		if !known {
			t.Errorf("%s: a value for %s is missing in this test", field.Name, field.Type)
			continue
		}
		var a, b Member
		reflect.ValueOf(&b).Elem().Field(i).Set(reflect.ValueOf(other))
		if a.Equal(&b) || b.Equal(&a) {
			t.Errorf("Equal does not compare %s", field.Name)
		}
	}
}
