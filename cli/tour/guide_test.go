package tour

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"regroup/kafka/lab"
	"regroup/model"
)

// fakeStage plays nothing, and notes what it is asked for.
type fakeStage struct {
	guide  *Guide
	mu     sync.Mutex
	begun  []string
	done   []model.LabAction
	status []model.TourStatus
	fails  error // of Begin
}

func (s *fakeStage) Begin(_ context.Context, scene lab.Scene) (Beginning, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun = append(s.begun, scene.Name)
	return Beginning{At: time.Now(), Prefix: "mine-"}, s.fails
}

func (s *fakeStage) Do(_ context.Context, a model.LabAction) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, a)
	return nil
}

func (s *fakeStage) Observe(_ context.Context, o model.Observation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = append(s.status, *o.(*model.TourStatus))
}

// at is where the tour is.
func (s *fakeStage) at() model.TourStatus {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.status) == 0 {
		return model.TourStatus{}
	}
	return s.status[len(s.status)-1]
}

// open is a chapter of steps that hold as soon as allowed says so.
func open(name string, allowed map[string]*atomic.Bool, steps ...string) *chapter {
	c := &chapter{scene: lab.Scene{Name: name}}
	for _, step := range steps {
		ok := new(atomic.Bool)
		allowed[step] = ok
		c.steps = append(c.steps, Step{
			Name: step, Title: step, Groups: []string{"orders"}, Screen: model.TourGroup,
			Play: func(*Moment) []Phase {
				return []Phase{{
					Do:      does(model.LabKill, step),
					Missing: func(*Moment) string { return map[bool]string{false: "it is not so yet"}[ok.Load()] },
					Facts:   func(*Moment) []string { return []string{"seen"} },
				}}
			},
		})
	}
	return c
}

// guided runs a tour of two chapters, in made-up time.
func guided(t *testing.T, options Options, work func(s *fakeStage, g *Guide, allowed map[string]*atomic.Bool)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		allowed := map[string]*atomic.Bool{}
		s := &fakeStage{guide: New(options)}
		g := s.guide
		g.steps = stepsOf(open("first", allowed, "a", "b"), open("second", allowed, "c"))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- g.Run(ctx, s) }()
		go func() { // a view ten times a second
			for ctx.Err() == nil {
				g.Update(&model.View{At: time.Now(), Lab: &model.LabSnapshot{At: time.Now()}})
				time.Sleep(100 * time.Millisecond)
			}
		}()
		work(s, g, allowed)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
	})
}

func (s *fakeStage) want(t *testing.T, why, step string, progress model.TourProgress) {
	t.Helper()
	if at := s.at(); at.Step != step || at.Progress != progress {
		t.Errorf("%s: the tour is at %s, %s (%s), want %s, %s", why, at.Step, at.Progress, at.Missing, step, progress)
	}
}

func TestGuide(t *testing.T) {
	guided(t, Options{}, func(s *fakeStage, g *Guide, allowed map[string]*atomic.Bool) {
		g.Next()
		time.Sleep(time.Second)
		s.want(t, "next begins the tour", "a", model.TourWaiting)
		if at := s.at(); at.Missing != "it is not so yet" || at.Number != 1 || at.Of != 3 || !slices.Equal(at.Groups, []string{"mine-orders"}) {
			t.Errorf("the status is %+v", at)
		}
		allowed["a"].Store(true)
		time.Sleep(time.Second)
		s.want(t, "what it claims is seen", "a", model.TourVerified)
		allowed["a"].Store(false)
		time.Sleep(time.Second)
		s.want(t, "once seen is seen", "a", model.TourVerified)

		g.Next()
		time.Sleep(time.Second)
		s.want(t, "the next step", "b", model.TourWaiting)
		if got := s.begun; !slices.Equal(got, []string{"first"}) {
			t.Errorf("within a chapter the scene stays; the tour began %v", got)
		}
		g.Next()
		time.Sleep(time.Second)
		s.want(t, "also from a step that is not through", "c", model.TourWaiting)
		g.Next()
		time.Sleep(time.Second)
		s.want(t, "it stays at the last", "c", model.TourWaiting)
		g.Back()
		time.Sleep(time.Second)
		s.want(t, "back", "b", model.TourWaiting)
		g.Back()
		g.Back()
		time.Sleep(time.Second)
		s.want(t, "and it stays at the first", "a", model.TourWaiting)
		if got := s.begun; !slices.Equal(got, []string{"first", "second", "first", "first"}) {
			t.Errorf("going back begins the scene again; the tour began %v", got)
		}
		var killed []string
		for _, a := range s.done {
			killed = append(killed, a.Consumer)
		}
		if !slices.Equal(killed, []string{"a", "b", "c", "b", "a"}) {
			t.Errorf("done was %v", killed)
		}
		g.End()
		if at := s.at(); at.Step != "" {
			t.Errorf("at the end it is at %s", at.Step)
		}
		g.Next()
		time.Sleep(time.Second)
		s.want(t, "and it can begin again", "a", model.TourWaiting)
	})
}

func TestGuideByItself(t *testing.T) {
	guided(t, Options{Auto: true, Dwell: 5 * time.Second}, func(s *fakeStage, g *Guide, allowed map[string]*atomic.Bool) {
		if err := g.Go("b"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		s.want(t, "it waits for what is claimed", "b", model.TourWaiting)
		allowed["b"].Store(true)
		time.Sleep(4 * time.Second)
		s.want(t, "and lets it stand", "b", model.TourVerified)
		if at := s.at(); at.NextAt.IsZero() {
			t.Error("it does not report when the next step begins")
		}
		time.Sleep(2 * time.Second)
		s.want(t, "then the next step", "c", model.TourWaiting)
		time.Sleep(DefaultLimit)
		s.want(t, "what is never seen is said", "c", model.TourFailed)
		if at := s.at(); at.Missing != "it is not so yet" {
			t.Errorf("it says %q", at.Missing)
		}
		time.Sleep(time.Minute)
		s.want(t, "and the last step stays", "c", model.TourFailed)
	})
}

func TestGuideGoesOnByItselfOnlyFromWhereItIs(t *testing.T) {
	for _, c := range []struct {
		why   string
		asked func(g *Guide) error
		want  int
	}{
		{"nobody asked for anything", func(*Guide) error { return nil }, 3},
		{"it continues once", func(g *Guide) error { g.Next(); return nil }, 3},
		{"the tour was ended", func(g *Guide) error { g.End(); return nil }, -1},
		{"it was sent back", func(g *Guide) error { g.Back(); return nil }, 1},
		{"another step was opened", func(g *Guide) error { return g.Go("") }, 0},
	} {
		g := New(Options{Auto: true})
		if err := g.Go(g.steps[2].Name); err != nil {
			t.Fatal(err)
		}
		p := &performance{guide: g, step: &g.steps[2], decided: time.Now().Add(-time.Hour), status: model.TourStatus{Number: 3, Of: len(g.steps)}}
		if err := c.asked(g); err != nil {
			t.Fatal(err)
		}
		if p.advance(); g.at != c.want {
			t.Errorf("%s: it goes to %d, want %d", c.why, g.at, c.want)
		}
	}
}

// A step is played with what was there when it was prepared, and a group that vanishes meanwhile is no group.
func TestStepsBearThatGroupsVanish(t *testing.T) {
	for _, s := range Steps() {
		m := &Moment{View: &model.View{Lab: &model.LabSnapshot{}}, Now: time.Now(), Phase: time.Now(), scene: &playing{chapter: s.chapter}, pace: 1}
		full := &Moment{View: peopled(&s, m), Now: m.Now, Phase: m.Phase, scene: m.scene, pace: 1}
		for _, phase := range s.Play(full) {
			if phase.Do != nil {
				phase.Do(full)
			}
			if missing := phase.Missing(m); missing == "" {
				t.Errorf("step %s misses nothing of groups that are not there", s.Name)
			}
			if phase.Facts != nil {
				phase.Facts(m)
			}
			if phase.Countdown != nil {
				phase.Countdown(m)
			}
		}
	}
}

// peopled is a view with the consumers that a step needs.
func peopled(s *Step, m *Moment) *model.View {
	v := &model.View{Lab: &model.LabSnapshot{}}
	for _, need := range s.Needs {
		g := &model.GroupView{ID: need.Group}
		for i := range need.Consumers {
			id := need.Group + string(rune('1'+i))
			v.Lab.Consumers = append(v.Lab.Consumers, model.LabConsumer{Name: id, Group: need.Group, MemberID: id, State: model.LabRunning, Settings: m.settings(need.Group)})
			g.Members = append(g.Members, model.MemberView{MemberRef: model.MemberRef{Slot: model.Slot(i + 1), MemberID: id}, AssignmentKnown: true})
		}
		v.Groups = append(v.Groups, g)
	}
	return v
}

func TestGuideOfASceneThatCannotBegin(t *testing.T) {
	guided(t, Options{}, func(s *fakeStage, g *Guide, _ map[string]*atomic.Bool) {
		s.fails = errors.New("no broker")
		g.Next()
		time.Sleep(time.Second)
		s.want(t, "it is said", "a", model.TourFailed)
		if at := s.at(); at.Missing != "no broker" {
			t.Errorf("it says %q", at.Missing)
		}
		s.fails = nil
		g.Next()
		time.Sleep(time.Second)
		s.want(t, "the next step tries again", "b", model.TourWaiting)
		if !slices.Equal(s.begun, []string{"first", "first"}) {
			t.Errorf("begun were %v", s.begun)
		}
	})
}

func TestGuideKnowsItsSteps(t *testing.T) {
	g := New(Options{})
	if err := g.Go("crahs"); err == nil || !strings.Contains(err.Error(), `fetch; did you mean "crash"?`) {
		t.Errorf("a step that there is not: %v", err)
	}
	seen := map[string]bool{}
	for _, s := range g.steps {
		if seen[s.Name] {
			t.Errorf("two steps are called %s", s.Name)
		}
		seen[s.Name] = true
		if s.Title == "" || s.Caption == "" || len(s.Groups) == 0 || s.Play == nil {
			t.Errorf("step %s lacks something", s.Name)
		}
		if n := len(wordWrapped(s.Caption, 78)); n > 3 {
			t.Errorf("the caption of %s takes %d lines of 78 cells, and there is room for three", s.Name, n)
		}
		if scene := s.chapter.sceneFor(&s, 1); len(scene.Topics) == 0 {
			t.Errorf("step %s has a scene without a topic", s.Name)
		}
	}
}

// wordWrapped breaks words into lines.
func wordWrapped(words string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(words) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
