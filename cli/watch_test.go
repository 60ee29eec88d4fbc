package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"regroup/cli/events"
	"regroup/model"
)

// watching is a `regroup watch -o json` that runs during a test.
type watching struct {
	t      *testing.T
	stop   context.CancelFunc
	lines  *bufio.Scanner
	stdout *io.PipeReader
	stderr bytes.Buffer
	code   chan int

	printed bytes.Buffer // what was read so far
}

func startWatch(t *testing.T, args ...string) *watching {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	in, out := io.Pipe()
	w := &watching{t: t, stop: stop, lines: bufio.NewScanner(in), stdout: in, code: make(chan int, 1)}
	w.lines.Buffer(nil, 1<<20)
	a := &app{stdin: strings.NewReader(""), stdout: out, stderr: &w.stderr, environ: []string{"XDG_CONFIG_HOME=" + t.TempDir()}}
	go func() {
		w.code <- a.run(ctx, append([]string{"watch", "-o", "json", "--interval", "100ms"}, args...))
		_ = out.Close()
	}()
	t.Cleanup(func() {
		stop()
		_ = in.Close()
	})
	return w
}

// line is what these tests read of a line.
type line struct {
	Type    string
	V       int
	Group   string
	Members int
	raw     string
}

// until reads lines until one is as wanted.
func (w *watching) until(what string, is func(line) bool) line {
	w.t.Helper()
	found := make(chan line, 1)
	go func() {
		defer close(found)
		for w.lines.Scan() {
			w.printed.WriteString(w.lines.Text() + "\n")
			var l line
			if err := json.Unmarshal(w.lines.Bytes(), &l); err != nil {
				w.t.Errorf("not JSON: %v\n%s", err, w.lines.Text())
				return
			}
			if l.raw = w.lines.Text(); is(l) {
				found <- l
				return
			}
		}
	}()
	select {
	case l, ok := <-found:
		if !ok {
			w.t.Fatalf("the output ended without %s; stderr:\n%s", what, w.stderr.String())
		}
		return l
	case <-time.After(patience):
		w.t.Fatalf("not seen: %s; stderr:\n%s", what, w.stderr.String())
	}
	return line{}
}

// end interrupts the command, as Ctrl-C does, and returns its exit code.
func (w *watching) end() int {
	w.t.Helper()
	w.stop()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for w.lines.Scan() {
			w.printed.WriteString(w.lines.Text() + "\n")
		}
	}()
	select {
	case code := <-w.code:
		<-drained
		return code
	case <-time.After(patience):
		w.t.Fatal("watch does not end")
	}
	return -1
}

// member starts a consumer that is not ours in a group.
func member(t *testing.T, brokers []string, group, client string) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers[1], ",")...), kgo.ClientID(client), kgo.ConsumerGroup(group),
		kgo.ConsumeTopics("orders"), kgo.Balancers(kgo.RangeBalancer()), kgo.HeartbeatInterval(100*time.Millisecond))
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	polled := make(chan struct{})
	go func() {
		defer close(polled)
		for closed := false; ctx.Err() == nil && !closed; {
			closed = c.PollFetches(ctx).IsClientClosed()
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-polled
		c.Close()
	})
}

// noneLeft checks, when all that the test started has been closed, that no goroutine of it is left.
func noneLeft(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

// A rebalance gives a line with its new members, if the group is selected.
func TestWatch(t *testing.T) {
	noneLeft(t)
	brokers := sampleCluster(t)
	w := startWatch(t, append(brokers, "--group", "^watched")...)
	member(t, brokers, "other-group", "unseen")
	member(t, brokers, "watched-group", "watched-0")
	// Members that joined before the first poll give no line: others join until one does.
	seen, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for n := 1; ; n++ {
			select {
			case <-seen:
				return
			case <-time.After(2 * time.Second):
				member(t, brokers, "watched-group", fmt.Sprintf("watched-%d", n))
			}
		}
	}()
	l := w.until("a rebalance with two members or more", func(l line) bool {
		if l.Group != "" && !strings.HasPrefix(l.Group, "watched") {
			t.Errorf("a line of a group that was not asked for: %s", l.raw)
		}
		return l.Type == "rebalance" && l.Members >= 2
	})
	close(seen)
	<-done
	if l.V != 1 || !strings.Contains(l.raw, `"client_id":"watched-`) {
		t.Errorf("the rebalance is %s", l.raw)
	}
	if code := w.end(); code != exitOK {
		t.Errorf("exit code %d; stderr:\n%s", code, w.stderr.String())
	}
}

func TestWatchEndsAfterItsTime(t *testing.T) {
	brokers := sampleCluster(t)
	r := runCLI(t, append(brokers, "watch", "--for", "300ms")...)
	r.expect(t, exitOK)
	if r.stderr != "" {
		t.Errorf("stderr:\n%s", r.stderr)
	}
}

// The mistakes of watch are those of the commands that look once.
func TestWatchFailures(t *testing.T) {
	dead := deadAddress(t)
	for _, c := range []struct {
		why  string
		args []string
		code int
		want []string
	}{
		{"no cluster is named", []string{"watch"}, exitUsage, []string{"no cluster is configured"}},
		{"nobody is there", []string{"watch", "--brokers", dead}, exitFailed, []string{"refused", "nothing could be read from " + dead}},
		{"a format of other commands", []string{"watch", "-o", "csv"}, exitUsage, []string{`--output is "csv"`, "table, json"}},
		{"no regular expression", []string{"watch", "--group", "a(b"}, exitUsage, []string{`--group is "a(b"`, "missing closing )"}},
		{"a time that has passed", []string{"watch", "--for", "-1s"}, exitUsage, []string{"--for is -1s"}},
	} {
		t.Run(c.why, func(t *testing.T) { runCLI(t, c.args...).expect(t, c.code, c.want...) })
	}
}

// hadEnough is standard output whose reader has had enough after some lines.
type hadEnough struct{ writes, after int }

func (p *hadEnough) Write(data []byte) (int, error) {
	if p.writes++; p.writes > p.after {
		return closedPipe{}.Write(data)
	}
	return len(data), nil
}

// A reader that goes away (| head) is no failure: the command ends, and says nothing.
func TestWatchWithoutAReader(t *testing.T) {
	noneLeft(t)
	brokers := sampleCluster(t)
	var stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &hadEnough{after: 1}, stderr: &stderr, environ: []string{"XDG_CONFIG_HOME=" + t.TempDir()}}
	code := make(chan int, 1)
	go func() { code <- a.run(t.Context(), append([]string{"watch", "--interval", "100ms"}, brokers...)) }()
	for i := range 20 { // each is an event at least: a group appears
		member(t, brokers, fmt.Sprint("group-", i), "client")
		select {
		case got := <-code:
			if got != exitOK || stderr.Len() > 0 {
				t.Errorf("exit code %d; stderr:\n%s", got, stderr.String())
			}
			return
		case <-time.After(time.Second):
		}
	}
	t.Fatal("watch continues without a reader")
}

// Another error of writing the output is a failure with a message.
func TestWatchWhoseOutputFails(t *testing.T) {
	l := (&app{stdout: failing{}}).startLines(events.Table)
	l.queue.Put([]model.Event{{Kind: model.GroupAppeared, Group: "billing"}})
	<-l.ended
	if err := l.end(); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("error %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }
