package cli

import (
	"context"

	"github.com/spf13/cobra"

	"regroup/cli/recording"
	"regroup/ui"
)

// showReplay shows a recording on the monitor's screen.
func (a *app) showReplay(command *cobra.Command, path, group string, speed float64) error {
	if !a.terminal {
		return usagef("%s draws on a terminal, and standard output is not one; for a file or a pipe give -o json or -o table", command.CommandPath())
	}
	// Before the screen is there, so that what is no recording is told on the line where it was named.
	reader, err := recording.Open(path)
	if err != nil {
		return err
	}
	if err := reader.Close(); err != nil {
		return err
	}
	p := newPlayer(path, speed)
	return runBeside(command.Context(), "the player", p.run, "the screen", func(ctx context.Context) error {
		return ui.Run(ctx, a.config.UI.onto(ui.Options{Source: p, Player: p, Group: group}))
	})
}
