package recording_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"regroup/cli/recording"
	"regroup/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// filler makes values of any type of the model, with the corners that get lost easily: nil and empty, unknown and 0,
// moments with and without a monotonic clock, names that a file might stumble over.
type filler struct{ *rapid.T }

var names = []string{"", "orders", "orders", "billing-settlement", "naïve\x00\n\xff", strings.Repeat("long", 100)}

func (f filler) fill(v reflect.Value) {
	switch at := v.Addr().Interface().(type) {
	case *time.Time:
		*at = []time.Time{
			{}, time.Now(), time.Now().Round(0), time.UnixMilli(rapid.Int64Range(-2e12, 2e12).Draw(f.T, "milliseconds")), time.Unix(0, 0),
			time.Unix(1<<40, 17), time.Now().UTC(),
		}[f.below(7)]
		return
	case *model.Maybe[int32]:
		*at = maybe(f, rapid.Int32())
		return
	case *model.Maybe[int64]:
		*at = maybe(f, rapid.Int64())
		return
	case *model.Maybe[float64]:
		*at = maybe(f, rapid.Float64())
		return
	case *model.Maybe[time.Duration]:
		*at = maybe(f, rapid.Map(rapid.Int64(), func(n int64) time.Duration { return time.Duration(n) }))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(f.T, "flag"))
	case reflect.Int, reflect.Int32:
		v.SetInt(int64(rapid.Int32().Draw(f.T, "number")))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(f.T, "number"))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.Uint8().Draw(f.T, "number")))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(f.T, "number"))
	case reflect.String:
		v.SetString(names[f.below(len(names))])
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(f.T, "set") {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem())
		}
	case reflect.Slice:
		if n := f.below(5); n > 0 { // 0 is nil, 1 is empty
			v.Set(reflect.MakeSlice(v.Type(), n-1, n-1))
		}
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	default:
		panic("a kind of value that the model did not have: " + v.Type().String())
	}
}

func (f filler) below(n int) int { return rapid.IntRange(0, n-1).Draw(f.T, "choice") }

func maybe[T any](f filler, value *rapid.Generator[T]) model.Maybe[T] {
	if f.below(3) == 0 {
		return model.None[T]()
	}
	return model.Some(value.Draw(f.T, "value"))
}

// anyObservations are as many as asked for of every type.
func anyObservations(count int) *rapid.Generator[[]model.Observation] {
	return rapid.Custom(func(t *rapid.T) []model.Observation {
		var all []model.Observation
		for range count {
			for _, o := range []model.Observation{
				&model.Snapshot{}, &model.StateProbe{}, &model.Records{}, &model.History{}, &model.TailStatus{}, &model.LabSnapshot{}, &model.AdminAction{}, &model.SceneBegan{}, &model.TourStatus{},
			} {
				filler{t}.fill(reflect.ValueOf(o).Elem())
				reflect.ValueOf(o).Elem().FieldByName("At").Set(reflect.ValueOf(time.Now())) // as sources do
				all = append(all, o)
			}
		}
		return all
	})
}

// observations are always the same for a seed.
func observations(seed, count int) []model.Observation { return anyObservations(count).Example(seed) }

// record records observations into a file, and returns what Record returned.
func record(t rapid.TB, path string, observed []model.Observation) []model.Observation {
	t.Helper()
	w, err := recording.Create(path, "test", recording.Settings{LagAlert: 1000})
	must(t, err)
	var kept []model.Observation
	for _, o := range observed {
		kept = append(kept, w.Record(o))
	}
	must(t, w.Close())
	return kept
}

// read reads all sessions of a file, and how it ends.
func read(t rapid.TB, path string) (sessions [][]model.Observation, end error) {
	t.Helper()
	r, err := recording.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { must(t, r.Close()) }()
	var last *recording.Session
	for {
		session, o, err := r.Next()
		if err != nil {
			return sessions, err
		}
		if session != last {
			last, sessions = session, append(sessions, nil)
		}
		sessions[len(sessions)-1] = append(sessions[len(sessions)-1], o)
	}
}

// Every type of observation comes back as it was, in all its fields.
func TestWhatIsRecordedIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.regroup")
	rapid.Check(t, func(t *rapid.T) {
		must(t, os.RemoveAll(path))
		observed := anyObservations(1).Draw(t, "observed")
		kept := record(t, path, observed)
		sessions, err := read(t, path)
		if !errors.Is(err, io.EOF) || len(sessions) != 1 {
			t.Fatalf("%d sessions, %v", len(sessions), err)
		}
		if !reflect.DeepEqual(sessions[0], kept) {
			t.Error("what is read is not what the recorder returned")
		}
		for i, o := range observed {
			if !sameButForClocks(reflect.ValueOf(o), reflect.ValueOf(kept[i])) {
				t.Fatalf("observation %d was\n%+v\nand became\n%+v", i, o, kept[i])
			}
		}
	})
}

// sameButForClocks compares values; moments may differ in what the machine's two clocks make of them.
func sameButForClocks(a, b reflect.Value) bool {
	if a.Type() != b.Type() {
		return false
	}
	if at, is := a.Interface().(time.Time); is {
		difference := at.Sub(b.Interface().(time.Time))
		return at.IsZero() == b.Interface().(time.Time).IsZero() && difference.Abs() < time.Second
	}
	switch a.Kind() {
	case reflect.Pointer:
		return a.IsNil() == b.IsNil() && (a.IsNil() || sameButForClocks(a.Elem(), b.Elem()))
	case reflect.Slice:
		same := a.IsNil() == b.IsNil() && a.Len() == b.Len()
		for i := 0; same && i < a.Len(); i++ {
			same = sameButForClocks(a.Index(i), b.Index(i))
		}
		return same
	case reflect.Struct:
		if strings.HasPrefix(a.Type().Name(), "Maybe[") {
			return reflect.DeepEqual(a.Interface(), b.Interface())
		}
		for i := range a.NumField() {
			if !sameButForClocks(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// A process that was killed, or a disk that was full: everything up to the last whole piece is there, and it is said
// that the end is missing. Wherever the file is cut.
func TestCutRecordings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.regroup")
	kept := record(t, path, observations(2, 5))
	whole, err := os.ReadFile(path)
	must(t, err)
	most := 0
	for length := range len(whole) {
		if length > 400 && length < len(whole)-400 && length%97 != 0 {
			continue
		}
		cut := filepath.Join(t.TempDir(), "cut.regroup")
		must(t, os.WriteFile(cut, whole[:length], 0o600))
		sessions, err := read(t, cut)
		if err == nil || length > 40 && !errors.Is(err, recording.ErrCutShort) {
			t.Fatalf("cut after %d of %d bytes: %v", length, len(whole), err)
		}
		if len(sessions) > 0 {
			if most = max(most, len(sessions[0])); !reflect.DeepEqual(sessions[0], kept[:len(sessions[0])]) {
				t.Fatalf("cut after %d bytes: what is read is not what was recorded first", length)
			}
		}
	}
	if most == 0 {
		t.Error("nothing could be read of any")
	}
}

// Recording into a file after a crash cuts off the incomplete chunk, keeps the others, and adds a session.
func TestAppending(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sessions.regroup")
	first := record(t, path, observations(3, 3))
	second := record(t, path, observations(4, 3))
	sessions, err := read(t, path)
	if !errors.Is(err, io.EOF) || !reflect.DeepEqual(sessions, [][]model.Observation{first, second}) {
		t.Fatalf("two sessions: %d read, %v", len(sessions), err)
	}

	whole, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, whole[:len(whole)-3], 0o600))
	third := record(t, path, observations(5, 3))
	sessions, err = read(t, path)
	if !errors.Is(err, io.EOF) || len(sessions) != 3 || !reflect.DeepEqual(sessions[0], first) || !reflect.DeepEqual(sessions[2], third) {
		t.Fatalf("a third after a torn one: %d read, %v", len(sessions), err)
	}
}

// What is no recording stays as it is.
func TestOtherFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ why, content, want string }{
		{"a text", "brokers: [kafka:9092]\n", "not a regroup recording"},
		{"no line at all", strings.Repeat("x", 100_000), "not a regroup recording"},
		{"a newer version", "regroup recording 3\nwhatever", "use a newer regroup"},
		{"an older version", "regroup recording 1\nwhatever", "record again"},
		{"damaged", "regroup recording 2\nXXXXXXXXXXXXXXXXXXXXXXX", "damaged after byte 20"},
		{"a version that is no number", "regroup recording one\n", "not a regroup recording"},
	} {
		path := filepath.Join(dir, "file")
		must(t, os.WriteFile(path, []byte(c.content), 0o600))
		for _, use := range []func() error{
			func() error { _, err := recording.Create(path, "test", recording.Settings{}); return err },
			func() error { _, err := read(t, path); return err },
		} {
			if err := use(); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v", c.why, err)
			}
		}
		if content, err := os.ReadFile(path); err != nil || string(content) != c.content {
			t.Errorf("%s: the file was changed", c.why)
		}
	}
	if _, err := recording.Create(dir, "test", recording.Settings{}); err == nil {
		t.Error("a folder was taken for a file")
	}
	if _, err := recording.Open(filepath.Join(dir, "nonesuch")); err == nil || !strings.Contains(err.Error(), "nonesuch") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// A byte that is another: what came before it can be read, and it is said where that ends.
func TestDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.regroup")
	record(t, path, observations(6, 3))
	whole, err := os.ReadFile(path)
	must(t, err)
	for i := range whole {
		if i > 300 && i%53 != 0 {
			continue
		}
		damaged := append([]byte(nil), whole...)
		damaged[i] ^= 0x5a
		must(t, os.WriteFile(path, damaged, 0o600))
		if _, err := read(t, path); err == nil || errors.Is(err, io.EOF) {
			t.Fatalf("byte %d of %d is another, and nothing is said: %v", i, len(whole), err)
		}
	}
}

// Times are distances by the monotonic clock: setting the clock of the machine back does not change them.
func TestMomentsAreDistances(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.regroup")
	began := time.Now()
	kept := record(t, path, []model.Observation{
		&model.Snapshot{At: began},
		&model.StateProbe{At: began.Add(1500 * time.Millisecond), Groups: []model.ProbedState{{Changed: model.Exactly(began.Add(time.Nanosecond))}}},
	})
	if distance := kept[1].ObservedAt().Sub(kept[0].ObservedAt()); distance != 1500*time.Millisecond {
		t.Errorf("1.5s became %s", distance)
	}
	probe := kept[1].(*model.StateProbe)
	if distance := probe.Groups[0].Changed.NotBefore.Sub(kept[0].ObservedAt()); distance != time.Nanosecond {
		t.Errorf("1ns became %s", distance)
	}
	if at := probe.At; at != at.Round(0) || at.Location() != time.Local {
		t.Errorf("the moment %v still depends on the clock of the process", at)
	}
}

func TestRewind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.regroup")
	record(t, path, observations(7, 3))
	r, err := recording.Open(path)
	must(t, err)
	defer r.Close() //nolint:errcheck // read only
	session, first, err := r.Next()
	must(t, err)
	if session.Settings.LagAlert != 1000 || session.Program != "test" || session.Began.IsZero() {
		t.Errorf("the session is %+v", session)
	}
	_, _, err = r.Next()
	must(t, err)
	must(t, r.Rewind())
	_, again, err := r.Next()
	if err != nil || !reflect.DeepEqual(first, again) {
		t.Errorf("after going back: %v", err)
	}
}

// Whatever a file holds, reading it ends, with an error or without.
func FuzzRead(f *testing.F) {
	path := filepath.Join(f.TempDir(), "session.regroup")
	record(f, path, observations(8, 1))
	whole, err := os.ReadFile(path)
	must(f, err)
	f.Add(whole)
	f.Add([]byte("regroup recording 2\n"))
	f.Add(binary.LittleEndian.AppendUint32([]byte("regroup recording 2\nS"), 1<<31))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "file")
		must(t, os.WriteFile(path, content, 0o600))
		if _, err := read(t, path); err == nil {
			t.Error("it has no end")
		}
	})
}

func ExampleOpen() {
	_, err := recording.Open("nonesuch.regroup")
	fmt.Println(err)
	// Output: cannot read the recording: open nonesuch.regroup: no such file or directory
}

// Times of a recording have no monotonic clock reading, and must be compared with the time of its own clock.
func TestTheClockOfARecording(t *testing.T) {
	w, err := recording.Create(filepath.Join(t.TempDir(), "clock.regroup"), "test", recording.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	seen := time.Now().Add(-time.Hour) // as if the machine had been set, or had slept: an hour by the clock on the wall
	kept := w.Record(&model.Snapshot{At: seen}).ObservedAt()
	if now := w.Now(); strings.Contains(now.String(), "m=") || now.Sub(kept) < time.Hour {
		t.Errorf("it is %s, an hour after %s", now, kept)
	}
}

// Sources keep what they have sent, and may go on reading it.
func TestRecordLeavesTheObservation(t *testing.T) {
	w, err := recording.Create(filepath.Join(t.TempDir(), "session.regroup"), "test", recording.Settings{})
	must(t, err)
	at := time.Now()
	observed := &model.Snapshot{At: at, Brokers: []model.Broker{{LastSeen: at}}}
	kept := w.Record(observed).(*model.Snapshot)
	must(t, w.Close())
	monotonic := func(t time.Time) bool { return strings.Contains(t.String(), "m=") }
	if !monotonic(observed.At) || !monotonic(observed.Brokers[0].LastSeen) || monotonic(kept.At) || monotonic(kept.Brokers[0].LastSeen) {
		t.Errorf("recorded at %v, the observation has %v and the recording %v", at, observed.Brokers[0].LastSeen, kept.Brokers[0].LastSeen)
	}
}
