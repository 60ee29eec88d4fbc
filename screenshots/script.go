package main

import (
	"fmt"
	"regexp"
	"time"
)

// session is one run of the program: what is typed, and what is kept of it.
type session struct {
	args          []string
	columns, rows int
	light         bool // it is played once more in a light terminal
	steps         []step
}

// step is what a person does or waits for, or what is kept. One of its fields is set.
type step struct {
	see    []*regexp.Regexp // all of it is on the screen at once
	press  []string
	rows   int           // the terminal is made so high
	linger time.Duration // for lines to grow, and for a reader of the film to read
	still  string        // the name of a picture of what is on the screen
	roll   string        // the name of a film that goes on until cut
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

// play is a session under way.
type play struct {
	terminal *terminal
	// rehearsal is how the stills are meant to be, by name; nil while pictures are drawn. It leaves out what only makes
	// a picture fuller.
	rehearsal map[string]string
	stills    map[string]*frame
	films     map[string][]moment
	filming   string
	end       func() []moment // of the film
}

// betweenKeys is how long a key has before the next one comes: escape and a letter at once would be another key.
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
		p.stills[s.still] = p.pose(p.rehearsal[s.still])
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

// settles is how long a rehearsal waits for a still to be as it is meant to be: a screen that is live may be between two
// states at any moment.
const settles = 30 * time.Second

// pose is what is on the screen, as soon as it has a structure; at once if that is "".
func (p *play) pose(meant string) *frame {
	for deadline := time.Now().Add(settles); ; time.Sleep(100 * time.Millisecond) {
		f := p.terminal.frame()
		if meant == "" || structure(f) == meant || time.Now().After(deadline) {
			return f
		}
	}
}

// run plays a session in a directory: that of the scenes.
func (s session) run(program, directory string, look looks, rehearsal map[string]string) (p *play, err error) {
	p = &play{rehearsal: rehearsal, stills: map[string]*frame{}, films: map[string][]moment{}}
	if p.terminal, err = open(program, directory, s.args, s.columns, s.rows, look); err != nil {
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
