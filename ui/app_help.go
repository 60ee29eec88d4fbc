package ui

import "regroup/ui/help"

// openHelp opens the page of the keys that work now.
func (a *App) openHelp() {
	var all []help.Command
	for _, c := range commands() {
		if (c.name == "lab" || c.name == "save") && a.options.Lab == nil || (c.name == "tour" || c.name == "step") && a.options.Tour == nil {
			continue
		}
		all = append(all, help.Command{Name: c.name, Argument: c.argument})
	}
	a.help = help.New(a.screenKeys(), a.shellKeys(), all)
}

// openErrors opens the page of errors.
func (a *App) openErrors() { a.help = help.Errors(a.view, a.started, a.notice.Text) }
