package cli

import (
	"errors"

	"github.com/spf13/cobra"
)

func (a *app) showReplay(command *cobra.Command, path, group string, speed float64) error {
	return errors.New("not yet")
}
