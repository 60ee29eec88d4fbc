package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// open puts the page on the stack that a screen asks for.
func (a *App) open(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case openGroupMsg:
		a.openGroup(msg.id)
	case openWhatIfMsg:
		a.push(page{newWhatIf(msg.group, a.options.Foresee, a.options.Assignors), msg.group})
	case openCompareMsg:
		a.openCompare(nil)
	case openLabMsg:
		return a.openLab(msg.group)
	}
	return nil
}

func (a *App) top() page { return a.stack[len(a.stack)-1] }

// frame is what the top screen is drawn from.
func (a *App) frame() frame {
	p := a.shared()
	now := a.now
	if !a.paused.IsZero() {
		now = a.paused // ages stand still with what they are the ages of
	}
	return frame{view: a.view, now: now, theme: a.theme, width: a.width, height: p.height, removes: a.options.Remover != nil, foresees: a.options.Foresee != nil, big: a.big, still: a.still}
}

func (a *App) push(p page) {
	a.stack = append(a.stack, p)
	a.focus()
	p.observe(a.frame())
}

func (a *App) pop() {
	if len(a.stack) > 1 {
		a.stack = a.stack[:len(a.stack)-1]
		a.focus()
	}
}

// home goes back to the groups.
func (a *App) home() {
	a.stack = a.stack[:1]
	a.focus()
}

// focus asks the source to look more often at the group that is on the screen.
func (a *App) focus() { a.options.Source.Focus(a.top().group) }

func (a *App) openLab(group string) tea.Cmd {
	if a.options.Lab == nil {
		a.say(noticeMsg{"there is no lab here: it comes with regroup demo", true})
		return nil
	}
	if group == "" {
		group = a.top().group
	}
	a.remove(isLab) // one lab is enough on the stack
	a.push(page{newLabScreen(a.options.Lab, group), group})
	return nil
}

// openGroup shows a group. One that is open already moves to the top as it is: who goes to and fro between the lab and a
// group does not have to go back through all of that.
func (a *App) openGroup(id string) {
	p, open := a.remove(func(p page) bool { return isGroup(p) && p.group == id })
	if !open {
		p = page{newGroupScreen(id), id}
	}
	a.push(p)
}

// remove takes a page off the stack, wherever it is.
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
	_, is := p.screen.(*labScreen)
	return is
}

func isGroup(p page) bool {
	_, is := p.screen.(*groupScreen)
	return is
}
