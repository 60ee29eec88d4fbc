package lab

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"regroup/ui/kit"
	"regroup/ui/text"
)

// Save has the lab write its set-up to a file, and says where it is.
func Save(ctx context.Context, lab Lab, path string) tea.Cmd {
	if lab == nil {
		return kit.Refuse("there is no lab here to save: it comes with regroup demo")
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, labTimeout)
		defer cancel()
		written, err := lab.Save(ctx, path)
		if err != nil {
			return kit.Notice{Text: text.Clean("saving the lab failed: " + err.Error()), Bad: true}
		}
		return kit.Notice{Text: text.Clean("saved: regroup demo --scene " + written + " starts it again")}
	}
}
