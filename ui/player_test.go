package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"regroup/ui/player"
	"regroup/ui/uitest"

	tea "charm.land/bubbletea/v2"
)

// fakePlayer has a position, and records seeks.
type fakePlayer struct{ playerState }

type playerState = player.State

func (p *fakePlayer) State() player.State     { return p.playerState }
func (p *fakePlayer) Pause(paused bool)       { p.Paused = paused }
func (p *fakePlayer) SetSpeed(factor float64) { p.Speed = factor }
func (p *fakePlayer) Seek(to time.Duration) {
	p.At = p.At.Add(to - p.Position)
	p.Position, p.Ended = to, false
}

// tape is ten minutes with three rebalances, four of which have been played.
func tape() *fakePlayer {
	return &fakePlayer{player.State{
		Position: 4 * time.Minute, Length: 10 * time.Minute, At: uitest.Before(time.Hour), Speed: 1, Scanned: true,
		Marks: []time.Duration{time.Minute, 3 * time.Minute, 8 * time.Minute},
	}}
}

func TestPlayerKeys(t *testing.T) {
	player := tape()
	atDesk(t, 100, 30, Options{Player: player}, func(d desk) {
		d.show(uitest.Payments())
		d.sees("where it is", "▶ 1x", "2 of 3 rebalances", "space play / pause", "a recording")
		d.misses("keys of a live cluster", "poll now", "live")
		at := func(why string, want time.Duration) {
			t.Helper()
			if player.Position != want {
				t.Errorf("%s: at %s, want %s", why, player.Position, want)
			}
		}
		for _, step := range []struct {
			key  string
			want time.Duration
		}{
			{"]", 8 * time.Minute}, {"]", 8 * time.Minute}, {"[", 3 * time.Minute}, {"[", time.Minute}, {"[", time.Minute},
			{".", time.Minute + 10*time.Second}, {",", time.Minute}, {",", 50 * time.Second},
		} {
			d.Press(step.key)
			at(step.key, step.want)
		}
		d.sees("the place moves at once", "0 of 3 rebalances")

		d.Press(">", ">")
		d.sees("faster", "4x")
		d.Press("<", "<", "<")
		d.sees("slower", "0.5x")
		d.Press("space")
		d.sees("paused", "‖ 0.5x")
		player.Ended = true
		d.Press("space")
		if at("again from the beginning", 0); player.Paused {
			t.Error("at the end, space does not play again")
		}

		d.Press("?")
		d.sees("the help has the keys", "previous rebalance", "next rebalance", "forward 10 s")
		d.Press("esc", "/", "]", "space", ".")
		d.sees("what is typed is typed", "] .")
		at("typing", 0)
	})
}

// Ages are relative to the recorded time, also after seeking backwards.
func TestPlayerTime(t *testing.T) {
	player := tape()
	player.At = uitest.BubbleStart
	atDesk(t, 120, 40, Options{Player: player, Group: "billing-settlement"}, func(d desk) {
		d.show(uitest.Payments())
		was := d.Frame().Text()
		d.Wait(time.Minute)
		if d.Frame().Text() != was {
			t.Error("time passes though the recording stands still")
		}
	})
}

func TestPlayerBar(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(p *fakePlayer)
		width  int
		want   []string
	}{
		{"on its way", func(p *fakePlayer) { p.Seeking = true }, 100, []string{"» 1x"}},
		{"at its end", func(p *fakePlayer) { p.Ended, p.Position = true, p.Length }, 100, []string{"■ 1x", "3 of 3 rebalances"}},
		{"not all of it is read", func(p *fakePlayer) { p.Scanned = false }, 100, []string{"2 of 3 rebalances so far"}},
		{"cut", func(p *fakePlayer) { p.Problem = "the end is missing" }, 100, []string{"the end is missing"}},
		{"nothing is known yet", func(p *fakePlayer) { *p = fakePlayer{player.State{Speed: 0.25}} }, 100, []string{"▶ 0.25x", "0 of 0 rebalances so far"}},
		{"a narrow terminal keeps the line", func(*fakePlayer) {}, 40, []string{"▶ 1x", "●"}},
	} {
		t.Run(c.why, func(t *testing.T) {
			player := tape()
			c.change(player)
			atDesk(t, c.width, 24, Options{Player: player}, func(d desk) {
				d.show(uitest.Payments())
				d.sees(c.why, c.want...)
			})
		})
	}
}

// The line shows the rebalances, and a click seeks.
func TestPlayerScrubber(t *testing.T) {
	player := tape()
	atDesk(t, 120, 30, Options{Player: player}, func(d desk) {
		d.show(uitest.Payments())
		bar := strings.Split(d.Frame().Text(), "\n")[28]
		if strings.Count(bar, "┃") != 3 || strings.Count(bar, "●") != 1 {
			t.Errorf("the line is %q", bar)
		}
		cells := []rune(bar)
		mark := slices.Index(cells[slices.Index(cells, '●'):], '┃') + slices.Index(cells, '●')
		d.Send(tea.MouseClickMsg{X: mark, Y: 28, Button: tea.MouseLeft})
		if (player.Position - 8*time.Minute).Abs() > 10*time.Second {
			t.Errorf("a click on the third rebalance goes to %s", player.Position)
		}
	})
}
