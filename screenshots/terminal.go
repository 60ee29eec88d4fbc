package main

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// theme is a terminal's colours. The program asks for the background.
type theme struct {
	name        string
	ink, ground color.RGBA
}

var (
	dark  = theme{"dark", color.RGBA{R: 0xc5, G: 0xcd, B: 0xd9, A: 0xff}, color.RGBA{R: 0x0f, G: 0x15, B: 0x1b, A: 0xff}}
	light = theme{"light", color.RGBA{R: 0x2b, G: 0x34, B: 0x40, A: 0xff}, color.RGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xff}}
)

const (
	patience = time.Minute          // timeout of a step, on a busy machine
	quiet    = 8 * time.Millisecond // without output: the program has drawn a whole frame
)

// terminal is a program in a terminal of its own.
type terminal struct {
	cmd     *exec.Cmd
	master  *os.File // the other end of the pseudo terminal: keys go in, output comes out
	home    string
	ended   chan struct{}
	copying sync.WaitGroup

	mu       sync.Mutex
	emulator *vt.Emulator
	written  time.Time // time of the last output
}

// open runs a program in a terminal, in a directory, without the caller's environment and configuration.
func open(program, directory string, args []string, columns, rows int, theme theme) (*terminal, error) {
	home, err := os.MkdirTemp("", "regroup-screenshots-")
	if err != nil {
		return nil, err
	}
	t := &terminal{cmd: exec.Command(program, args...), home: home, ended: make(chan struct{}), emulator: vt.NewEmulator(columns, rows)}
	t.emulator.SetDefaultForegroundColor(theme.ink)
	t.emulator.SetDefaultBackgroundColor(theme.ground)
	t.cmd.Dir = directory
	t.cmd.Env = []string{"TERM=xterm-256color", "COLORTERM=truecolor", "TZ=UTC", "LANG=C.UTF-8", "HOME=" + home, "XDG_CONFIG_HOME=" + home, "TMPDIR=" + os.TempDir()}
	t.master, err = pty.StartWithSize(t.cmd, &pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot run %s in a terminal: %w", program, err), os.RemoveAll(home))
	}
	go func() { _ = t.cmd.Wait(); close(t.ended) }()              // its exit code does not matter
	t.copying.Go(func() { _, _ = io.Copy(t, t.master) })          // output
	t.copying.Go(func() { _, _ = io.Copy(t.master, t.emulator) }) // the terminal's answers to queries
	return t, nil
}

// Write passes the program's output to the emulator.
func (t *terminal) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.written = time.Now()
	return t.emulator.Write(data)
}

// close ends the program with ctrl+c, or kills it.
func (t *terminal) close() error {
	_ = t.press("ctrl+c") // it may have ended
	select {
	case <-t.ended:
	case <-time.After(patience):
		_ = t.cmd.Process.Kill()
		<-t.ended
	}
	err := t.master.Close()
	_ = t.emulator.InputPipe().(io.Closer).Close() // the emulator's own Close races with its Read
	t.copying.Wait()
	return errors.Join(err, os.RemoveAll(t.home))
}

// sequences are those of keys without a character.
var sequences = map[string]string{
	"enter": "\r", "esc": "\x1b", "tab": "\t", "space": " ", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "ctrl+c": "\x03",
}

func (t *terminal) press(key string) error {
	if sequence, ok := sequences[key]; ok {
		key = sequence
	}
	_, err := io.WriteString(t.master, key)
	return err
}

// resize changes the height of the terminal.
func (t *terminal) resize(rows int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	columns := t.emulator.Width()
	t.emulator.Resize(columns, rows)
	t.written = time.Now() // the program is about to redraw
	return pty.Setsize(t.master, &pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)})
}

// frame is the screen once the program has drawn a whole frame.
func (t *terminal) frame() *frame {
	for {
		t.mu.Lock()
		if since := time.Since(t.written); since < quiet {
			t.mu.Unlock()
			time.Sleep(quiet - since)
			continue
		}
		defer t.mu.Unlock()
		return capture(t.emulator)
	}
}

// wait waits until every pattern is on the screen at once.
func (t *terminal) wait(patterns ...*regexp.Regexp) error {
	deadline := time.Now().Add(patience)
	for {
		screen := t.frame().text()
		var missing []string
		for _, p := range patterns {
			if !p.MatchString(screen) {
				missing = append(missing, p.String())
			}
		}
		if len(missing) == 0 {
			return nil
		}
		select {
		case <-t.ended:
			return fmt.Errorf("the program ended before %s appeared; its screen was\n%s", strings.Join(missing, " and "), screen)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("did not appear within %s: %s; the screen is\n%s", patience, strings.Join(missing, " and "), screen)
		}
	}
}

// frameEvery is the shortest interval between two frames of a film.
const frameEvery = 80 * time.Millisecond

// roll records frames until the returned function is called, which returns them.
func (t *terminal) roll() (cut func() []moment) {
	began, done := time.Now(), make(chan struct{})
	var moments []moment
	var filming sync.WaitGroup
	filming.Go(func() {
		ticker := time.NewTicker(frameEvery)
		defer ticker.Stop()
		for {
			f := t.frame()
			if n := len(moments); n == 0 || !f.same(moments[n-1].frame) {
				moments = append(moments, moment{f, time.Since(began)})
			}
			select {
			case <-ticker.C:
			case <-done:
				return
			}
		}
	})
	return func() []moment {
		close(done)
		filming.Wait()
		return moments
	}
}
