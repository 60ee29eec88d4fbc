//go:build unix

package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"regroup/cli/tour"
	"regroup/kafka/lab"
	"regroup/model"
)

// tourPace makes a session of 6 s one of 2 s.
const tourPace = 1.0 / 3

// tourRun is a tour without a screen.
type tourRun struct {
	t      *testing.T
	guide  *tour.Guide
	status chan *model.TourStatus // all of them, in order
	cancel context.CancelFunc
	ended  chan error
	once   sync.Once

	mu   sync.Mutex
	view *model.View // the newest
}

// startTour begins a tour with a step; "" is the first. brokers are those of a cluster of one's own; none is the embedded one.
func startTour(t *testing.T, step string, options tour.Options, brokers ...string) *tourRun {
	t.Helper()
	config := DefaultConfig()
	if len(brokers) > 0 {
		config.Brokers = brokers
		config.Demo.Prefix = fmt.Sprintf("tour-%d-%d-", os.Getpid(), time.Now().UnixNano())
	}
	if options.Pace == 0 {
		options.Pace = tourPace
	}
	w := &tourRun{t: t, guide: tour.New(options), status: make(chan *model.TourStatus, 10_000), ended: make(chan error, 1)}
	must(t, w.guide.Go(step))
	var ctx context.Context
	ctx, w.cancel = context.WithCancel(t.Context())
	d := newDemo(config, lab.Scene{}, len(brokers) > 0, w.guide, true)
	session := newSession(0)
	session.recorder = tourRecorder{w.status}
	session.add(output{view: w.saw})
	go func() {
		w.ended <- session.run(ctx, func(ctx context.Context) error { return d.run(ctx, session) }, func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		})
	}()
	t.Cleanup(w.end)
	return w
}

// tourRecorder picks the tour's own observations.
type tourRecorder struct{ statuses chan<- *model.TourStatus }

func (r tourRecorder) Record(o model.Observation) model.Observation {
	if status, is := o.(*model.TourStatus); is {
		r.statuses <- status
	}
	return o
}
func (tourRecorder) Err() error     { return nil }
func (tourRecorder) Now() time.Time { return time.Now() }

func (w *tourRun) saw(v *model.View) {
	w.mu.Lock()
	w.view = v
	w.mu.Unlock()
	w.guide.Update(v)
}

// end ends the tour, and fails if anything of it could not be taken down.
func (w *tourRun) end() {
	w.once.Do(func() {
		w.cancel()
		if err := <-w.ended; err != nil {
			w.t.Error(err)
		}
	})
}

// holds waits until a step is verified. A failed step fails the test.
func (w *tourRun) holds(step string) *model.TourStatus {
	w.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		select {
		case at := <-w.status:
			switch {
			case at.Progress == model.TourFailed:
				w.t.Fatalf("%s failed: %s", at.Step, w.describe())
			case at.Step == step && at.Progress == model.TourVerified:
				return at
			}
		case <-limit.C:
			w.t.Fatalf("%s was never verified: %s", step, w.describe())
		}
	}
}

// describe is where the tour is and what is seen.
func (w *tourRun) describe() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	if w.view == nil {
		return "nowhere"
	}
	fmt.Fprintf(&b, "%+v\n", w.view.Tour)
	for _, g := range w.view.Groups {
		fmt.Fprintf(&b, "%s %s %s generation %s\n", g.ID, g.State, g.Assignor, g.Generation)
		for _, m := range g.Members {
			fmt.Fprintf(&b, "   %s %s %v\n", m.Slot, m.MemberID, m.Assignment)
		}
		for _, r := range g.Rebalances {
			fmt.Fprintf(&b, "   %s → %s %s, %+v %+v\n", r.From, r.To, r.Summary(), r.Verdict, r.Also)
		}
	}
	if w.view.Lab != nil {
		for _, c := range w.view.Lab.Consumers {
			fmt.Fprintf(&b, "   %+v\n", c)
		}
	}
	return b.String()
}

// tourParts are the steps with which the parts of the tour begin. The scenes of all parts take about as long.
var tourParts = []string{"one", "leave", "zombie", "slow", "heartbeat", "assignors", "static", "state"}

// The tour continues by itself from its first step to its last, and each is verified. Parts of it are played in parallel:
// each ends with the step that the next begins with, so that every step is gone on to from the one before.
func TestTourFromFirstToLast(t *testing.T) {
	t.Parallel()
	names := tour.New(tour.Options{}).Names()
	for i, first := range tourParts {
		from, to := slices.Index(names, first), len(names)-1
		if i+1 < len(tourParts) {
			to = slices.Index(names, tourParts[i+1])
		}
		if from < 0 || to <= from || i == 0 && from > 0 {
			t.Fatalf("the part from %q on is steps %d to %d", first, from, to)
		}
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			startTour(t, first, tour.Options{Auto: true}).holdsEach(names[from : to+1])
		})
	}
}

// holdsEach waits until each of the consecutive steps is verified.
func (w *tourRun) holdsEach(names []string) {
	w.t.Helper()
	for _, name := range names {
		began := time.Now()
		at := w.holds(name)
		w.t.Logf("%-18s %5.1fs  %s", name, time.Since(began).Seconds(), strings.Join(at.Facts, " · "))
	}
}

// A step that is opened by itself prepares what it needs; going back does so as well, and going on from there.
func TestTourOpensAnyStep(t *testing.T) {
	t.Parallel()
	w := startTour(t, "crash", tour.Options{})
	w.holds("crash")
	w.guide.Back()
	w.holds("leave")
	if os.Getenv("REGROUP_TEST_LONG") == "1" { // the tour from first to last has begun all scenes
		for _, name := range w.guide.Names() {
			must(t, w.guide.Go(name))
			w.holds(name)
		}
	}
	must(t, w.guide.Go("third"))
	w.holds("third")
	w.guide.Back()
	w.holds("second")
	w.guide.Next()
	w.holds("third")
}
