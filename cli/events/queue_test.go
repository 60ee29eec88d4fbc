package events_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"regroup/cli/events"
	"regroup/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func appeared(group string) model.Event {
	return model.Event{At: instant, Kind: model.GroupAppeared, Group: group}
}

// slowReader reads when it is let to.
type slowReader struct {
	mu      sync.Mutex
	out     bytes.Buffer
	reading chan struct{} // closed when it may
	asked   chan struct{} // closed at the first write
	once    sync.Once
}

func (r *slowReader) Write(data []byte) (int, error) {
	r.once.Do(func() { close(r.asked) })
	<-r.reading
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.Write(data)
}

// A reader that does not read keeps nobody waiting; when it reads again, it gets the newest lines, and how many are missing.
func TestQueueOfASlowReader(t *testing.T) {
	const put, kept = 25_000, 10_000
	reader := &slowReader{reading: make(chan struct{}), asked: make(chan struct{})}
	q := events.NewQueue(reader, events.JSON)
	done := make(chan error)
	go func() { done <- q.Run() }()
	q.Put([]model.Event{appeared("first")})
	<-reader.asked // the first line is in its hands
	for range put {
		q.Put([]model.Event{appeared("billing")}) // returns, although nobody reads
	}
	q.Put([]model.Event{appeared("last")})
	close(reader.reading)
	q.End()
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	lines := strings.Split(strings.TrimSpace(reader.out.String()), "\n")
	var dropped struct {
		Type  string
		Count int
	}
	if err := json.Unmarshal([]byte(lines[1]), &dropped); err != nil {
		t.Fatal(err)
	}
	if dropped.Type != "dropped" || dropped.Count != put+1-kept {
		t.Errorf("the second line is %s; want %d dropped", lines[1], put+1-kept)
	}
	if len(lines) != 2+kept || !strings.Contains(lines[0], "first") || !strings.Contains(lines[len(lines)-1], "last") {
		t.Errorf("%d lines, from %s to %s", len(lines), lines[0], lines[len(lines)-1])
	}
}

// gone is a reader that has had enough.
type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestQueueWhoseReaderHasGone(t *testing.T) {
	q := events.NewQueue(gone{}, events.JSON)
	q.Put([]model.Event{appeared("billing")})
	if err := q.Run(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v", err)
	}
	q.Put([]model.Event{appeared("billing")}) // still nobody waits
}

// Events without a line do not take the place of others.
func TestQueueLeavesOutWhatNobodyReads(t *testing.T) {
	var out bytes.Buffer
	q := events.NewQueue(&out, events.JSON)
	q.Put([]model.Event{{Kind: model.MemberJoined, Group: "billing"}, {Kind: model.RebalanceBegan, Group: "billing"}, appeared("audit")})
	q.End()
	if err := q.Run(); err != nil || strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), "audit") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
