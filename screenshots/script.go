package main

import (
	"fmt"
	"regexp"
	"time"
)

// session is one run of the program: its keys and its pictures.
type session struct {
	args          []string
	columns, rows int
	light         bool // run it once more in a light terminal
	steps         []step
}

// step is one action of a session. Exactly one field is set.
type step struct {
	see    []*regexp.Regexp // wait until all of them are on the screen at once
	press  []string
	rows   int           // the new height of the terminal
	linger time.Duration // for sparklines to grow, and for the viewer of a film to read
	still  string        // the name of a picture of the screen
	roll   string        // the name of a film, which ends at cut
	cut    bool
}

func see(patterns ...string) step {
	var compiled []*regexp.Regexp
	for _, p := range patterns {
		compiled = append(compiled, regexp.MustCompile(`(?m)`+p))
	}
	return step{see: compiled}
}

func press(keys ...string) step   { return step{press: keys} }
func rows(n int) step             { return step{rows: n} }
func linger(d time.Duration) step { return step{linger: d} }
func still(name string) step      { return step{still: name} }
func roll(name string) step       { return step{roll: name} }
func cut() step                   { return step{cut: true} }

// pictures are the names of a session's stills and films.
func (s session) pictures() (stills, films []string) {
	for _, step := range s.steps {
		if step.still != "" {
			stills = append(stills, step.still)
		}
		if step.roll != "" {
			films = append(films, step.roll)
		}
	}
	return stills, films
}

// play is a running session.
type play struct {
	terminal *terminal
	// rehearsal is the expected structure of the stills by name; nil while drawing. A rehearsal skips pauses and films.
	rehearsal map[string]string
	stills    map[string]*frame
	films     map[string][]moment
	filming   string
	end       func() []moment // of the film
}

// betweenKeys is the pause after a key: escape and a letter at once would be another key.
const betweenKeys = 150 * time.Millisecond

func (p *play) step(s step) error {
	switch {
	case s.see != nil:
		return p.terminal.wait(s.see...)
	case s.press != nil:
		for _, key := range s.press {
			if err := p.terminal.press(key); err != nil {
				return fmt.Errorf("cannot press %s: %w", key, err)
			}
			time.Sleep(betweenKeys)
		}
	case s.rows > 0:
		return p.terminal.resize(s.rows)
	case s.still != "":
		p.stills[s.still] = p.still(p.rehearsal[s.still])
	case p.rehearsal != nil:
	case s.linger > 0:
		time.Sleep(s.linger)
	case s.roll != "":
		p.filming, p.end = s.roll, p.terminal.roll()
	case s.cut:
		p.films[p.filming] = p.end()
	}
	return nil
}

// settles is how long a rehearsal waits for the expected structure: a live screen may be between two states.
const settles = 30 * time.Second

// still is the screen as soon as it has the expected structure; at once if that is "".
func (p *play) still(expected string) *frame {
	for deadline := time.Now().Add(settles); ; time.Sleep(100 * time.Millisecond) {
		f := p.terminal.frame()
		if expected == "" || structure(f) == expected || time.Now().After(deadline) {
			return f
		}
	}
}

// run runs a session in a directory, which has its scenes.
func (s session) run(program, directory string, theme theme, rehearsal map[string]string) (p *play, err error) {
	p = &play{rehearsal: rehearsal, stills: map[string]*frame{}, films: map[string][]moment{}}
	if p.terminal, err = open(program, directory, s.args, s.columns, s.rows, theme); err != nil {
		return nil, err
	}
	for i, step := range s.steps {
		if err = p.step(step); err != nil {
			err = fmt.Errorf("step %d of %q: %w", i+1, s.args, err)
			break
		}
	}
	if ended := p.terminal.close(); err == nil {
		err = ended
	}
	return p, err
}
