package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"regroup/kafka/admin"
	"regroup/ui"
)

// monitor is `regroup` without a command: the live screen of the configured opened.
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
	return a.withSession(command.Flags(), func(s *session) error {
		// Before the screen is drawn, so that errors in the configuration stay visible.
		opened, err := a.openSources(nil)
		if err != nil {
			return err
		}
		admin, err := admin.New(a.config.kafka())
		if err != nil {
			return errors.Join(usageError{err: err}, opened.close())
		}
		s.add(s.screen())
		return s.run(command.Context(),
			func(ctx context.Context) error {
				return errors.Join(s.follow(ctx, opened.sources), opened.close())
			},
			func(ctx context.Context) error {
				return ui.Run(ctx, a.config.UI.onto(ui.Options{Source: s, Now: s.now, Remover: remover{admin, s}, Group: group}))
			})
	})
}

// needTerminal returns an error where standard output is a file or a pipe.
func (a *app) needTerminal(command *cobra.Command) error {
	if a.terminal {
		return nil
	}
	return usagef("%s needs a terminal, and standard output is not one; use regroup groups or regroup describe for a file or a pipe", command.CommandPath())
}
