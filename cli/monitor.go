package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"regroup/kafka/admin"
	"regroup/ui"
)

// monitor is `regroup` itself: the live screen of the configured cluster.
func (a *app) monitor(command *cobra.Command, _ []string) error {
	if len(a.config.Brokers) == 0 {
		return usageError{errNoBrokers(), ""}
	}
	if err := a.needTerminal(command); err != nil {
		return err
	}
	group, err := command.Flags().GetString("group")
	if err != nil {
		return err
	}
	return a.recorded(command.Flags(), func(t tap) error {
		// Before the screen is there, so that a mistake in the configuration is told on the line where it was made.
		look, err := a.openSources(nil)
		if err != nil {
			return err
		}
		admin, err := admin.New(a.config.kafka())
		if err != nil {
			return errors.Join(usageError{err: err}, look.close())
		}
		return runSession(command.Context(), t,
			func(ctx context.Context, s *session) error {
				return errors.Join(s.follow(ctx, look.sources), look.close())
			},
			func(ctx context.Context, s *session) error {
				return ui.Run(ctx, a.config.UI.onto(ui.Options{Source: s, Now: t.now, Remover: remover{admin, s}, Group: group}))
			})
	})
}

// needTerminal refuses to draw a screen into a file or a pipe.
func (a *app) needTerminal(command *cobra.Command) error {
	if a.terminal {
		return nil
	}
	return usagef("%s draws on a terminal, and standard output is not one; for a file or a pipe use regroup groups or regroup describe", command.CommandPath())
}
