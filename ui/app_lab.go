package ui

import (
	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/lab"
)

// labDoneMsg says how the action that was under way went.
type labDoneMsg struct{ said kit.Notice }

// queueLab has the lab do something as soon as it has done what was asked before. Commands run side by side: of two keys
// in quick succession, the value of the first could come last.
func (a *App) queueLab(action model.LabAction) tea.Cmd {
	a.labQueue = append(a.labQueue, action)
	if len(a.labQueue) > 1 {
		return nil
	}
	return a.doFirstInQueue()
}

// nextLab goes on after an action is done.
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
