package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"regroup/ui/text"
)

// saveLab has the lab write its set-up to a file, and says where it is.
func saveLab(ctx context.Context, lab Lab, path string) tea.Cmd {
	if lab == nil {
		return refuse("there is no lab here to save: it comes with regroup demo")
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, labTimeout)
		defer cancel()
		written, err := lab.Save(ctx, path)
		if err != nil {
			return noticeMsg{text: text.Clean("saving the lab failed: " + err.Error()), bad: true}
		}
		return noticeMsg{text: text.Clean("saved: regroup demo --scene " + written + " starts it again")}
	}
}
