package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/group"
	"regroup/ui/lab"
	"regroup/ui/tour"
)

// touring is the status of the tour; nil if it is not running.
func (a *App) touring() *model.TourStatus {
	if a.view == nil {
		return nil
	}
	return a.view.Tour
}

// tourBar is the tour's lines below the screen; none if it is not running.
func (a *App) tourBar() tour.Bar {
	return tour.Bar{Theme: a.theme, On: a.touring(), Now: a.now, Width: a.width}
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

// followTour opens the screen of a step when it begins. Afterwards the user may open other screens.
func (a *App) followTour() {
	t := a.touring()
	if t == nil {
		a.toured = ""
		return
	}
	if len(t.Groups) == 0 || t.Step == a.toured {
		return // the scene has not begun: the names of its groups are unknown
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
