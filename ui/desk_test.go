package ui

import (
	"strings"
	"testing"
	"testing/synctest"

	"regroup/model"
	"regroup/ui/group"
	"regroup/ui/lab"
	"regroup/ui/uitest"
)

// desk is a person at the program.
type desk struct {
	*uitest.Driver
	app    *App
	source *uitest.Source
	t      *testing.T
}

// atDesk runs a test with the program started in a terminal of this size.
func atDesk(t *testing.T, width, height int, options Options, do func(d desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		source := uitest.NewSource(t)
		options.Source = source
		app := New(options)
		do(desk{uitest.New(t, app, width, height), app, source, t})
	})
}

// show hands the program a view and waits until it is drawn.
func (d desk) show(v *model.View) {
	d.source.Show(v)
	d.Settle()
}

// sees fails the test if a text is not on the screen.
func (d desk) sees(why string, texts ...string) {
	d.t.Helper()
	f := d.Frame()
	for _, s := range texts {
		if !f.Has(s) {
			d.t.Errorf("%s: %q is not on the screen:\n%s", why, s, f.Text())
		}
	}
}

// misses fails the test if a text is on the screen.
func (d desk) misses(why string, texts ...string) {
	d.t.Helper()
	f := d.Frame()
	for _, s := range texts {
		if f.Has(s) {
			d.t.Errorf("%s: %q is on the screen:\n%s", why, s, f.Text())
		}
	}
}

// selected is the line with the mark of the selected row.
func (d desk) selected() string {
	d.t.Helper()
	for line := range strings.Lines(d.Frame().Text()) {
		if strings.HasPrefix(line, " ▸ ") {
			return line
		}
	}
	return ""
}

func lookAtLab(tb testing.TB, v *model.View, width, height int) *uitest.Viewer {
	return uitest.Look(tb, lab.New(uitest.Lab{}, "1consumer"), v, width, height)
}

func lookAtGroup(tb testing.TB, g *model.GroupView, width, height int) *uitest.Viewer {
	return uitest.Look(tb, group.New(g.ID), uitest.ViewOf(g), width, height)
}
