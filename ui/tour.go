package ui

import (
	"fmt"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/group"
	"regroup/ui/kit"
	"regroup/ui/lab"
)

// Tour is the guided tour. Where it is comes with the views; what it is asked for, it does by and by. Nothing of it blocks.
type Tour interface {
	// Names are the names of its steps, in their order.
	Names() []string
	// Go opens a step by its name, "" is the first; the error says which there are.
	Go(name string) error
	// Next goes on to the next step, and Back to the one before.
	Next()
	Back()
	// End ends the tour, and leaves what it plays as it is.
	End()
}

var tourKeys = struct{ begin, next, back, end key.Binding }{
	begin: key.NewBinding(key.WithKeys("T"), key.WithHelp("T", "guided tour")),
	next:  key.NewBinding(key.WithKeys("space"), key.WithHelp("space", "next step")),
	back:  key.NewBinding(key.WithKeys("backspace"), key.WithHelp("backspace", "step before")),
	end:   key.NewBinding(key.WithKeys("T"), key.WithHelp("T", "end the tour")),
}

// touring is where the tour is; nil is that it is not on.
func (a *App) touring() *model.TourStatus {
	if a.view == nil {
		return nil
	}
	return a.view.Tour
}

// tourBindings are the tour's keys, which go before those of the screen.
func (a *App) tourBindings() []key.Binding {
	switch {
	case a.options.Tour == nil:
		return nil
	case a.touring() == nil:
		return []key.Binding{tourKeys.begin}
	}
	return []key.Binding{tourKeys.next, tourKeys.back, tourKeys.end}
}

// tourHints are those of them that lead somewhere from here.
func (a *App) tourHints() []key.Binding {
	return slices.DeleteFunc(a.tourBindings(), func(b key.Binding) bool {
		on := a.touring()
		return on != nil && (on.Number == on.Of && b.Help() == tourKeys.next.Help() || on.Number == 1 && b.Help() == tourKeys.back.Help())
	})
}

func (a *App) tourKey(msg tea.KeyPressMsg) {
	switch on := a.touring(); {
	case on == nil:
		_, _ = runTour(a, "")
	case key.Matches(msg, tourKeys.end):
		a.options.Tour.End()
	case key.Matches(msg, tourKeys.back):
		a.options.Tour.Back()
	case on.Number == on.Of:
		a.say(kit.Notice{Text: "this is the last step; T ends the tour, backspace goes back"})
	default:
		a.options.Tour.Next()
	}
}

func runTour(a *App, _ string) (tea.Cmd, error) { return runStep(a, "") }

func runStep(a *App, name string) (tea.Cmd, error) {
	if a.options.Tour == nil {
		return nil, fmt.Errorf("there is no tour here: it comes with regroup demo")
	}
	return nil, a.options.Tour.Go(name)
}

func stepNames(a *App, typed string) []string {
	if a.options.Tour == nil {
		return nil
	}
	return beginning(a.options.Tour.Names(), typed)
}

// followTour opens the screen of a step when it begins. Whoever looks at something else meanwhile is left alone.
func (a *App) followTour() {
	t := a.touring()
	if t == nil {
		a.toured = ""
		return
	}
	if len(t.Groups) == 0 || t.Step == a.toured {
		return // the scene has not begun: it is not known yet what its groups are called
	}
	a.toured = t.Step
	switch first := t.Groups[0]; {
	case t.Screen == model.TourGroup && isGroup(a.top()) && a.top().group == first:
	case t.Screen == model.TourLab && a.inLab():
		a.openLab(first)
	default:
		a.home()
		a.openTour(t)
	}
}

func (a *App) openTour(t *model.TourStatus) {
	first := t.Groups[0]
	switch {
	case t.Screen == model.TourLab && a.options.Lab != nil:
		a.push(page{lab.New(a.options.Lab, first), first})
	case t.Screen == model.TourGroup, t.Screen == model.TourLab: // a recording has no lab
		a.push(page{group.New(first), first})
	case t.Screen == model.TourCompare:
		a.openCompare(t.Groups)
	}
}

// tourKeyTables are the keys of this screen for the page of all keys.
func tourKeyTables() []kit.KeyTable {
	k := tourKeys
	return []kit.KeyTable{{Title: "The tour", Bindings: []key.Binding{k.begin, k.next, k.back, k.end}}}
}
