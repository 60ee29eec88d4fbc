package cli

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"regroup/cli/recording"
	"regroup/model"
	"regroup/ui"
	"regroup/ui/player"
)

// taped records sessions of this number of snapshots, one per second, in which a member joins group g every ten seconds.
func taped(t *testing.T, lengths ...int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tape.regroup")
	for i, length := range lengths {
		w, err := recording.Create(path, "test", recording.Settings{})
		must(t, err)
		began := time.Date(2026, 3, 14+i, 12, 0, 0, 0, time.UTC)
		for second := range length {
			w.Record(snapshotAt(began.Add(time.Duration(second)*time.Second), 1+second/10))
		}
		must(t, w.Close())
	}
	return path
}

// snapshotAt is a poll of one group with this number of members, each with one partition.
func snapshotAt(at time.Time, members int) *model.Snapshot {
	g := model.Group{ID: "g", Type: model.TypeClassic, ProtocolType: "consumer", State: model.StateStable, Assignor: "range", MembersKnown: true}
	for n := range members {
		id := string(rune('a' + n))
		g.Members = append(g.Members, model.Member{
			ID: id, ClientID: id, AssignmentKnown: true, Assignment: []model.TopicPartition{{Topic: "orders", Partition: int32(n)}},
		})
	}
	return &model.Snapshot{
		At: at, Took: time.Millisecond, Interval: time.Second, Brokers: []model.Broker{{ID: 1, Answered: true, LastSeen: at}}, Groups: []model.Group{g},
	}
}

// atPlayer plays a recording in made-up time.
func atPlayer(t *testing.T, path string, speed float64, test func(p *filePlayer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := newPlayer(path, speed)
		done := make(chan error)
		go func() { done <- p.run(ctx) }()
		synctest.Wait()
		test(p)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// members is how many members the newest view has; -1 is no new view.
func members(p *filePlayer) int {
	select {
	case v := <-p.Views():
		return len(v.Group("g").Members)
	default:
		return -1
	}
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func TestPlayer(t *testing.T) {
	path := taped(t, 35)
	atPlayer(t, path, 1, func(p *filePlayer) {
		s := p.State()
		if !s.Scanned || s.Length != seconds(34) || !slices.Equal(s.Marks, []time.Duration{seconds(10), seconds(20), seconds(30)}) {
			t.Fatalf("found %+v", s)
		}
		expect := func(why string, at float64, count int) {
			t.Helper()
			synctest.Wait()
			if s := p.State(); (s.Position-seconds(at)).Abs() > 100*time.Millisecond || s.Seeking {
				t.Errorf("%s: at %s, want %gs", why, s.Position, at)
			}
			if got := members(p); got != count {
				t.Errorf("%s: %d members, want %d", why, got, count)
			}
		}
		expect("it begins at once", 0, 1)
		time.Sleep(seconds(12))
		expect("it plays by itself", 12, 2)

		p.Pause(true)
		synctest.Wait()
		time.Sleep(time.Hour)
		expect("paused", 12, -1)
		p.Seek(seconds(30))
		expect("ahead, paused", 30, 4)
		p.Seek(seconds(9.5))
		expect("back", 9.5, 1)
		p.SetSpeed(4)
		p.Pause(false)
		synctest.Wait()
		time.Sleep(seconds(3))
		expect("four times as fast", 21.5, 3)
		if at, want := p.State().At, time.Date(2026, 3, 14, 12, 0, 21, 500_000_000, time.UTC); at.Sub(want).Abs() > 100*time.Millisecond {
			t.Errorf("the clock says %s, want %s", at, want)
		}

		time.Sleep(time.Minute)
		expect("at the end", 34, 4)
		if s := p.State(); !s.Ended {
			t.Error("the end is not said")
		}
		p.Seek(seconds(5))
		time.Sleep(seconds(1))
		expect("and from there again", 9, 1)
		p.Seek(seconds(500))
		expect("beyond the end", 34, 4)
	})
}

// Sessions of one file are played one after the other, each from nothing, without the days between them.
func TestPlayerOfTwoSessions(t *testing.T) {
	atPlayer(t, taped(t, 15, 5), 1, func(p *filePlayer) {
		p.Pause(true)
		if s := p.State(); s.Length != seconds(14+1+4) || len(s.Marks) != 1 {
			t.Fatalf("found %+v", s)
		}
		p.Seek(seconds(17))
		synctest.Wait()
		if got, at := members(p), p.State().At.UTC(); got != 1 || at != time.Date(2026, 3, 15, 12, 0, 2, 0, time.UTC) {
			t.Errorf("in the second session: %d members at %s", got, at)
		}
		p.Seek(seconds(11))
		synctest.Wait()
		if got, at := members(p), p.State().At.UTC(); got != 2 || at != time.Date(2026, 3, 14, 12, 0, 11, 0, time.UTC) {
			t.Errorf("back in the first: %d members at %s", got, at)
		}
	})
}

func TestPlayerOfACutRecording(t *testing.T) {
	path := taped(t, 300)
	cutFile(t, path, 20)
	atPlayer(t, path, 1, func(p *filePlayer) {
		if s := p.State(); s.Problem != "the end is missing" || !s.Scanned {
			t.Errorf("found %+v", s)
		}
	})
}

var (
	_ ui.Source     = (*filePlayer)(nil)
	_ player.Player = (*filePlayer)(nil)
)
