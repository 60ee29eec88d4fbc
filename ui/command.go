package ui

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/model/nearest"
	"regroup/ui/group"
	"regroup/ui/kit"
	"regroup/ui/lab"
	"regroup/ui/text"
)

// command is a command of the command line.
type command struct {
	name     string
	argument string // what the help calls the argument; "" takes none
	optional bool
	// candidates are the arguments that begin with the typed text, at most candidatesShown of them; nil offers none.
	candidates func(a *App, typed string) []string
	// run executes the command; the error is a sentence for the footer.
	run func(a *App, argument string) (tea.Cmd, error)
}

// candidatesShown limits the offered completions.
const candidatesShown = 20

// commands are all commands, in the order of the help.
func commands() []command {
	return []command{
		{name: "groups", run: func(a *App, _ string) (tea.Cmd, error) { a.home(); return nil, nil }},
		{name: "group", argument: "NAME", candidates: groupNames, run: runGroup},
		{name: "lab", argument: "GROUP", optional: true, candidates: groupNames, run: runLab},
		{name: "compare", run: runCompare},
		{name: "tour", run: runTour},
		{name: "step", argument: "NAME", candidates: stepNames, run: runStep},
		{name: "sort", argument: "COLUMN [asc|desc]", candidates: sortNames, run: runSort},
		{name: "refresh", run: func(a *App, _ string) (tea.Cmd, error) { a.refresh(); return nil, nil }},
		{name: "pause", run: func(a *App, _ string) (tea.Cmd, error) { a.pause(); return nil, nil }},
		{name: "theme", argument: "NAME", candidates: fixed(Themes()), run: runTheme},
		{name: "big", run: func(a *App, _ string) (tea.Cmd, error) { a.switchDensity(); return nil, nil }},
		{name: "animation", argument: "on|off", candidates: fixed([]string{"on", "off"}), run: runAnimation},
		{name: "save", argument: "FILE", run: func(a *App, path string) (tea.Cmd, error) { return lab.Save(a.ctx, a.options.Lab, path), nil }},
		{name: "errors", run: func(a *App, _ string) (tea.Cmd, error) { a.openErrors(); return nil, nil }},
		{name: "explain", run: func(a *App, _ string) (tea.Cmd, error) { a.openExplain(); return nil, nil }},
		{name: "help", run: func(a *App, _ string) (tea.Cmd, error) { a.openHelp(); return nil, nil }},
		{name: "quit", run: func(*App, string) (tea.Cmd, error) { return tea.Quit, nil }},
	}
}

func (a *App) runCommand(line string) (tea.Cmd, error) {
	name, argument, _ := strings.Cut(strings.TrimSpace(line), " ")
	argument = strings.TrimSpace(argument)
	if name == "" {
		return nil, nil
	}
	c, err := findCommand(name)
	switch {
	case err != nil:
		return nil, err
	case c.argument == "" && argument != "":
		return nil, fmt.Errorf(":%s takes no argument, and got %q", c.name, argument)
	case c.argument != "" && argument == "" && !c.optional:
		return nil, fmt.Errorf(":%s needs an argument: :%s %s", c.name, c.name, c.argument)
	}
	return c.run(a, argument)
}

// findCommand finds a command by its name or its unambiguous beginning.
func findCommand(name string) (command, error) {
	var begin []command
	meant, distance := "", len(name)
	for _, c := range commands() {
		if c.name == name {
			return c, nil
		}
		if strings.HasPrefix(c.name, name) {
			begin = append(begin, c)
		}
		if d := nearest.Distance(name, c.name); d < distance {
			meant, distance = c.name, d
		}
	}
	switch {
	case len(begin) == 1:
		return begin[0], nil
	case len(begin) > 1:
		return command{}, fmt.Errorf("%q is ambiguous: :%s or :%s", name, begin[0].name, begin[1].name)
	case meant != "" && distance <= 2:
		return command{}, fmt.Errorf("there is no command %q: did you mean :%s?", name, meant)
	}
	return command{}, fmt.Errorf("there is no command %q: tab lists the commands", name)
}

func fixed(names []string) func(*App, string) []string {
	return func(_ *App, typed string) []string { return beginning(names, typed) }
}

func beginning(names []string, typed string) []string {
	var out []string
	for _, n := range names {
		if strings.HasPrefix(n, typed) {
			out = append(out, n)
		}
	}
	return out
}

// groupNames are the groups whose names, as drawn, begin with the typed text.
func groupNames(a *App, typed string) []string {
	if a.view == nil {
		return nil
	}
	groups := a.view.Groups // sorted by ID
	from := sort.Search(len(groups), func(i int) bool { return groups[i].ID >= typed })
	var out []string
	for _, g := range groups[from:] {
		if !strings.HasPrefix(g.ID, typed) || len(out) == candidatesShown {
			break
		}
		out = append(out, text.Clean(g.ID))
	}
	return out
}

// findGroup finds a group by its name, raw or as drawn: some names can only be typed as drawn.
func (a *App) findGroup(name string) (string, error) {
	if a.view == nil {
		return "", fmt.Errorf("there is no group %q yet: the cluster has not been read", name)
	}
	if g := a.view.Group(name); g != nil {
		return g.ID, nil
	}
	i := slices.IndexFunc(a.view.Groups, func(g *model.GroupView) bool { return text.Clean(g.ID) == name })
	if i < 0 {
		return "", fmt.Errorf("there is no group %q among the %s of this cluster", name, text.Count(len(a.view.Groups)))
	}
	return a.view.Groups[i].ID, nil
}

func runGroup(a *App, name string) (tea.Cmd, error) {
	id, err := a.findGroup(name)
	if err != nil {
		return nil, err
	}
	a.home()
	a.push(page{group.New(id), id})
	return nil, nil
}

// runLab accepts any group name: the lab can start the first consumer of a new group.
func runLab(a *App, group string) (tea.Cmd, error) {
	if id, err := a.findGroup(group); err == nil {
		group = id
	}
	return a.openLab(group), nil
}

func sortNames(a *App, typed string) []string {
	if s, ok := a.top().Screen.(kit.Sorter); ok {
		return beginning(s.SortNames(), typed)
	}
	return nil
}

func runSort(a *App, argument string) (tea.Cmd, error) {
	s, ok := a.top().Screen.(kit.Sorter)
	if !ok {
		return nil, fmt.Errorf("nothing on this screen can be sorted")
	}
	name, direction, _ := strings.Cut(argument, " ")
	order, known := map[string]kit.SortOrder{"": kit.Naturally, "asc": kit.Ascending, "desc": kit.Descending}[direction]
	if !known {
		return nil, fmt.Errorf("%q is not an order: asc or desc", direction)
	}
	if !slices.Contains(s.SortNames(), name) {
		return nil, fmt.Errorf("%q is not a sort column: %s", name, strings.Join(s.SortNames(), ", "))
	}
	s.SortBy(name, order)
	return nil, nil
}

func runTheme(a *App, name string) (tea.Cmd, error) {
	if !slices.Contains(Themes(), name) {
		return nil, fmt.Errorf("%q is not a theme: %s", name, strings.Join(Themes(), ", "))
	}
	a.setTheme(name)
	return nil, nil
}

func runAnimation(a *App, wanted string) (tea.Cmd, error) {
	if wanted != "on" && wanted != "off" {
		return nil, fmt.Errorf("%q is neither on nor off", wanted)
	}
	a.motion = kit.Animated
	if wanted == "off" {
		a.motion = kit.Still
	}
	return nil, nil
}
