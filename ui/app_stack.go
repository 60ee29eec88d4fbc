package ui

import (
	"slices"

	"regroup/ui/card"
	"regroup/ui/compare"
	"regroup/ui/group"
	"regroup/ui/kit"
	"regroup/ui/lab"
	"regroup/ui/whatif"

	tea "charm.land/bubbletea/v2"
)

// open opens the page that a screen requests.
func (a *App) open(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case kit.OpenGroup:
		a.openGroup(msg.ID)
	case kit.OpenCard:
		a.push(page{card.New(msg.Group, msg.Rebalance), msg.Group})
	case kit.OpenWhatIf:
		a.push(page{whatif.New(msg.Group, a.options.Foresee, a.options.Assignors), msg.Group})
	case kit.OpenCompare:
		a.openCompare(nil)
	case kit.OpenLab:
		return a.openLab(msg.Group)
	}
	return nil
}

func (a *App) top() page { return a.stack[len(a.stack)-1] }

// frame is the input of the top screen.
func (a *App) frame() kit.Frame {
	p := a.shared()
	now := a.now
	if !a.paused.IsZero() {
		now = a.paused // ages are paused with their values
	}
	return kit.Frame{View: a.view, Now: now, Theme: a.theme, Width: a.width, Height: p.height, Density: a.density, Motion: a.motion, Can: a.can()}
}

// can are the capabilities, from the ports of the program.
func (a *App) can() (all kit.Ability) {
	if a.options.Remover != nil {
		all |= kit.RemoveMembers
	}
	if a.options.Foresee != nil {
		all |= kit.AnswerWhatIf
	}
	return all
}

func (a *App) push(p page) {
	a.stack = append(a.stack, p)
	a.focus()
	p.Observe(a.frame())
}

func (a *App) pop() {
	if len(a.stack) > 1 {
		a.stack = a.stack[:len(a.stack)-1]
		a.focus()
	}
}

// home returns to the groups.
func (a *App) home() {
	a.stack = a.stack[:1]
	a.focus()
}

// focus asks the source to poll the group on the screen more often.
func (a *App) focus() { a.options.Source.Focus(a.top().group) }

func (a *App) openLab(group string) tea.Cmd {
	if a.options.Lab == nil {
		a.say(kit.Notice{Text: "there is no lab here: it comes with regroup demo", Bad: true})
		return nil
	}
	if group == "" {
		group = a.top().group
	}
	a.remove(isLab) // at most one lab is on the stack
	a.push(page{lab.New(a.options.Lab, group), group})
	return nil
}

// openGroup opens a group. An open one moves to the top: after switching between the lab and a group, esc does not go through all
// of them.
func (a *App) openGroup(id string) {
	p, open := a.remove(func(p page) bool { return isGroup(p) && p.group == id })
	if !open {
		p = page{group.New(id), id}
	}
	a.push(p)
}

// remove removes pages from the stack.
func (a *App) remove(is func(page) bool) (removed page, found bool) {
	i := slices.IndexFunc(a.stack, is)
	if i < 0 {
		return page{}, false
	}
	removed = a.stack[i]
	a.stack = slices.Delete(a.stack, i, i+1)
	return removed, true
}

func (a *App) inLab() bool { return isLab(a.top()) }

func isLab(p page) bool {
	_, is := p.Screen.(*lab.Screen)
	return is
}

func isGroup(p page) bool {
	_, is := p.Screen.(*group.Screen)
	return is
}

func (a *App) openCompare(groups []string) {
	a.remove(func(p page) bool { _, is := p.Screen.(*compare.Screen); return is })
	a.push(page{Screen: compare.New(groups)})
}

func runCompare(a *App, _ string) (tea.Cmd, error) {
	a.openCompare(nil)
	return nil, nil
}
