package recording

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"regroup/model"
)

// recorded is an observation as it is written, and the fields in the header of its session.
func recorded(t *testing.T, o model.Observation) (fields []string, data []byte) {
	t.Helper()
	c := newCodec(nil)
	var out bytes.Buffer
	if err := c.append(&out, o); err != nil {
		t.Fatal(err)
	}
	return c.fields, out.Bytes()
}

// rename gives a field another name in a header.
func rename(fields []string, from, to string) {
	fields[slices.Index(fields, from)] = to
}

// Recordings outlive the program that wrote them: fields come and go.
func TestOtherFields(t *testing.T) {
	at := time.Unix(1700000000, 0)
	observed := &model.Snapshot{
		At: at, Requests: 7, Brokers: []model.Broker{{ID: 1, Address: "a:1", LastSeen: at}, {ID: 2}},
		Groups: []model.Group{{ID: "billing", Coordinator: model.Some[int32](2), Members: []model.Member{{ID: "m", Subscription: []string{"orders"}}}}},
	}
	fields, data := recorded(t, observed)
	rename(fields, "Brokers", "OfAnotherVersion") // with everything in it
	rename(fields, "Coordinator", "AndAnother")
	got, err := newCodec(fields).observation(data)
	if err != nil {
		t.Fatal(err)
	}
	want := *observed
	want.Brokers = nil
	want.Groups = []model.Group{{ID: "billing", Members: observed.Groups[0].Members}}
	if !reflect.DeepEqual(got, &want) {
		t.Errorf("read\n%+v\nwant\n%+v", got, &want)
	}

	data = bytes.Replace(data, []byte("Snapshot"), []byte("Horoscop"), 1)
	if got, err := newCodec(fields).observation(data); got != nil || err != nil {
		t.Errorf("an observation of an unknown type: %v, %v", got, err)
	}
}

// Content that no regroup writes is refused.
func TestHostileContent(t *testing.T) {
	fields, data := recorded(t, &model.Snapshot{At: time.Unix(1, 0), Requests: 3})
	swapped := slices.Clone(fields)
	rename(swapped, "Requests", "X")
	rename(swapped, "Groups", "Requests")
	rename(swapped, "X", "Groups")
	for _, c := range []struct {
		why    string
		fields []string
		data   []byte
	}{
		{"a number for a list", swapped, data},
		{"nothing", fields, nil},
		{"no type", fields, data[len("Snapshot")+1:]},
		{"only a type", fields, data[:len("Snapshot")+1]},
		{"more than one observation", fields, append(slices.Clone(data), data...)},
		{"not whole", fields, data[:len(data)-1]},
		{"a list without end", fields, append([]byte("\x68Snapshot\xa1"), append(bytes.Repeat([]byte{0x00}, 1), 0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)...)},
		{"lists in each other without end", fields, append([]byte("\x68Snapshot\xa1\x18\xf0"), bytes.Repeat([]byte{0x81}, 1000)...)},
		{"a time of one number", fields, []byte("\x68Snapshot\xa1\x00\x41\x02")},
		{"a time of too many nanoseconds", fields, []byte("\x68Snapshot\xa1\x00\x46\x02\xff\xff\xff\xff\x0f")},
	} {
		if got, err := newCodec(c.fields).observation(c.data); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: %+v, %v", c.why, got, err)
		}
	}
	if fields[0] != "At" {
		t.Errorf("the bytes above mean field 0 to be a time, and it is %s", fields[0])
	}
}
