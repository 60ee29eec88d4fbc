package ui

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/uitest"
)

// screenful is a terminal that tells when something was drawn on it.
type screenful struct {
	mutex sync.Mutex
	want  []byte
	drawn chan time.Time
}

func (s *screenful) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.want != nil && bytes.Contains(p, s.want) {
		s.want = nil
		s.drawn <- time.Now()
	}
	return len(p), nil
}

func (s *screenful) await(word string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.want = []byte(word)
}

// BenchmarkEventToFrame is how long after the view of a rebalance was handed over its card is written to the terminal,
// by the program as it runs, with a hundred groups on its screen.
func BenchmarkEventToFrame(b *testing.B) {
	source := uitest.NewSource(b)
	terminal := &screenful{drawn: make(chan time.Time, 1)}
	keys, noKeys := io.Pipe()
	defer func() { _ = noKeys.Close() }()
	ctx, cancel := context.WithCancel(context.Background())
	program := tea.NewProgram(New(Options{Source: source}), tea.WithContext(ctx), tea.WithoutSignalHandler(),
		tea.WithInput(keys), tea.WithOutput(terminal), tea.WithWindowSize(120, 40), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	var wait sync.WaitGroup
	wait.Go(func() { _, _ = program.Run() })
	defer wait.Wait()
	defer cancel()

	var took []time.Duration
	n := 0
	for b.Loop() {
		n++
		// No letter is where it was, and none is repeated: the renderer writes all of the word.
		letters := []byte("abcdefghijklmnopqrstuvwxyz")
		word := string(append(letters[n%26:], letters[:n%26]...)[:20])
		v := uitest.Many(100)
		g := *v.Groups[0]
		g.ID = word
		now := time.Now()
		r := &model.Rebalance{Group: word, Type: model.TypeClassic, AtLeast: 1, Began: model.Exactly(now), Ended: model.Exactly(now), SeenAt: now}
		g.Rebalances = []*model.Rebalance{r}
		v.Rebalances = append(v.Rebalances, r)
		v.Groups[0], v.At = &g, now
		terminal.await(word)
		began := time.Now()
		source.Show(v)
		select {
		case at := <-terminal.drawn:
			took = append(took, at.Sub(began))
		case <-time.After(10 * time.Second):
			b.Fatalf("%q was not drawn", word)
		}
		time.Sleep(time.Duration(n%23) * time.Millisecond) // not in step with the screen
	}
	slices.Sort(took)
	for _, q := range []struct {
		name string
		part float64
	}{{"p50-ms", 0.5}, {"p99-ms", 0.99}} {
		b.ReportMetric(float64(took[int(q.part*float64(len(took)-1))].Microseconds())/1000, q.name)
	}
}
