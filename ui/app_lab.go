package ui

import (
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/lab"
)

// labDoneMsg is the result of an action of the lab.
type labDoneMsg struct{ said kit.Notice }

// queueLab executes an action of the lab after the previous ones. Commands run concurrently: of two keys in quick succession, the
// first could take effect last.
func (a *App) queueLab(action model.LabAction) tea.Cmd {
	a.labQueue = append(a.labQueue, action)
	if len(a.labQueue) > 1 {
		return nil
	}
	return a.doFirstInQueue()
}

// nextLab executes the next action.
func (a *App) nextLab() tea.Cmd {
	a.labQueue = a.labQueue[1:]
	if len(a.labQueue) == 0 {
		return nil
	}
	return a.doFirstInQueue()
}

func (a *App) doFirstInQueue() tea.Cmd {
	do := lab.Do(a.ctx, a.options.Lab, a.labQueue[0])
	return func() tea.Msg { return labDoneMsg{do().(kit.Notice)} }
}
