package recording

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"regroup/model"
)

// recorded is an observation and the header that it was written under.
func recorded(t *testing.T, o model.Observation) (*header, []byte) {
	t.Helper()
	e := newEncoder(o.ObservedAt())
	if err := e.observation(o); err != nil {
		t.Fatal(err)
	}
	h := &header{Began: o.ObservedAt().Round(0), Types: e.types}
	for _, kind := range kinds {
		h.Kinds = append(h.Kinds, kind.Name())
	}
	return h, e.out
}

func rename(h *header, typeName, field, to string) {
	for i, f := range h.Types[typeName] {
		if f[0] == field {
			h.Types[typeName][i][0] = to
		}
	}
}

// Recordings outlive the program that wrote them: fields come and go.
func TestOtherFields(t *testing.T) {
	at := time.Unix(1700000000, 0)
	observed := &model.Snapshot{
		At: at, Requests: 7, Brokers: []model.Broker{{ID: 1, Address: "a:1", LastSeen: at}, {ID: 2}},
		Groups: []model.Group{{ID: "billing", Coordinator: model.Some[int32](2), Members: []model.Member{{ID: "m", Subscription: []string{"orders"}}}}},
	}
	h, data := recorded(t, observed)
	rename(h, "Snapshot", "Brokers", "OfAnotherVersion") // with all that is in it
	rename(h, "Group", "Coordinator", "AndAnother")
	d, err := newDecoder(h)
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.observation(data)
	if err != nil {
		t.Fatal(err)
	}
	want := *observed
	want.Brokers = nil
	want.Groups = []model.Group{{ID: "billing", Members: observed.Groups[0].Members}}
	if !reflect.DeepEqual(got, &want) {
		t.Errorf("read\n%+v\nwant\n%+v", got, &want)
	}

	h.Kinds[0] = "Horoscope"
	if d, err = newDecoder(h); err != nil {
		t.Fatal(err)
	}
	if got, err := d.observation(data); got != nil || err != nil {
		t.Errorf("an observation of a kind that is not known: %v, %v", got, err)
	}
}

// Headers that no regroup writes are refused, and take neither for ever nor all memory.
func TestHostileHeaders(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(h *header)
		want   string
	}{
		{"a field of another type", func(h *header) { h.Types["Snapshot"][0][1] = "string" }, "where this regroup has a time.Time"},
		{"a list that is none", func(h *header) { h.Types["Snapshot"][2][1] = "[]int" }, "where this regroup has a int"},
		{"a type that is not described", func(h *header) { h.Types["Snapshot"] = append(h.Types["Snapshot"], fieldOf{"X", "Nonesuch"}) }, "Nonesuch"},
		{"a type without end", func(h *header) { h.Types["Snapshot"][0] = fieldOf{"X", strings.Repeat("[]", 1000) + "int"} }, "cannot read"},
		{"a type that holds itself", func(h *header) {
			h.Types["Snapshot"] = []fieldOf{{"X", "Loop"}}
			h.Types["Loop"] = []fieldOf{{"Y", "Loop"}}
		}, "damaged"},
		{"a kind that has no type", func(h *header) { h.Types = nil }, "Snapshot"},
	} {
		h, data := recorded(t, &model.Snapshot{At: time.Unix(1, 0), Requests: 3})
		c.change(h)
		d, err := newDecoder(h)
		if err == nil {
			_, err = d.observation(data)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}

// The dictionary begins anew when it is full, on both sides at once.
func TestManyNames(t *testing.T) {
	e := newEncoder(time.Unix(1, 0))
	var d *decoder
	for round := range 3 {
		deed := &model.AdminDeed{At: time.Unix(1, 0)}
		for n := range stringsKept/2 + 17 {
			deed.Removed = append(deed.Removed, "member-"+string(rune('a'+round))+"-"+time.Duration(n).String())
		}
		e.out = nil
		if err := e.observation(deed); err != nil {
			t.Fatal(err)
		}
		if d == nil {
			h := &header{Began: time.Unix(1, 0), Types: e.types}
			for _, kind := range kinds {
				h.Kinds = append(h.Kinds, kind.Name())
			}
			var err error
			if d, err = newDecoder(h); err != nil {
				t.Fatal(err)
			}
		}
		got, err := d.observation(e.out)
		if err != nil || !reflect.DeepEqual(got, deed) {
			t.Fatalf("round %d: %v", round, err)
		}
	}
}
