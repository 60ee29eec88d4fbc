package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"regroup/cli/events"
	"regroup/cli/recording"
	"regroup/model/nearest"
)

// The slowest and the fastest that a recording is played.
const (
	minSpeed = 1.0 / 64
	maxSpeed = 1024
)

func (a *app) replayCommand(ended *error) *cobra.Command {
	command := &cobra.Command{
		Use: "replay FILE", Short: "Show a recording, or print its events",
		Long: "Shows a recording that was made with --record on the monitor's screen: pause it, play it faster or slower, jump to a rebalance or back. With -o it prints the recording's events instead, all at once: the lines that regroup watch printed, or would have.\n\n" +
			"A recording whose end is missing, because the program that made it was killed, is shown as far as it goes; printing it ends with exit code 3.\n\n" + exitHelp,
		Example: `regroup --brokers kafka-1:9092 --record monday.regroup
regroup replay monday.regroup --speed 4x
regroup replay monday.regroup -o json | jq -c 'select(.type == "rebalance")'`,
	}
	flags := command.Flags()
	screenFlags(flags)
	output := flags.StringP("output", "o", "", "print the events, in a format: "+strings.Join(watchFormats, ", "))
	speed := flags.String("speed", "1x", "how fast it is played: 4x is four seconds a second")
	group := flags.StringP("group", "g", "", "open this group at the start")
	complete(command, "output", watchFormats)
	complete(command, "theme", themes)
	command.RunE = a.command(ended, func(command *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("%s takes the name of one recording, and got %d", command.CommandPath(), len(args)), command.CommandPath()}
		}
		factor, err := parseSpeed(*speed)
		if err != nil {
			return usageError{err, command.CommandPath()}
		}
		switch {
		case *output == "":
			return a.showReplay(command, args[0], *group, factor)
		case !slices.Contains(watchFormats, *output):
			return usageError{fmt.Errorf("--output is %s; accepted is %s%s", quote(*output), strings.Join(watchFormats, ", "), nearest.DidYouMean(*output, watchFormats)), command.CommandPath()}
		}
		return a.printReplay(command.Context(), args[0], formatNamed(*output))
	})
	return command
}

// parseSpeed reads how fast a recording is played: 4x, or 4.
func parseSpeed(text string) (float64, error) {
	factor, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), "x"), 64)
	if err != nil || !(factor >= minSpeed && factor <= maxSpeed) { // so written, NaN fails
		return 0, fmt.Errorf("--speed is %s; accepted is a factor such as 0.5x, 1x or 4x, from %gx to %dx", quote(text), minSpeed, maxSpeed)
	}
	return factor, nil
}

// printReplay prints the events of a recording, as watch did or would have.
func (a *app) printReplay(ctx context.Context, path string, format events.Format) (err error) {
	reader, err := recording.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	var last *recording.Session
	var tracker folder
	var lines []byte
	for ctx.Err() == nil {
		session, o, err := reader.Next()
		if err != nil {
			return a.endOfRecording(err)
		}
		if session != last {
			last, tracker = session, tap{lagAlert: session.Settings.LagAlert}.newTracker()
		}
		lines = lines[:0]
		for _, e := range tracker.Observe(o) {
			lines = format.Event(lines, &e)
		}
		if len(lines) == 0 {
			continue
		}
		if _, err := a.stdout.Write(lines); err != nil {
			return a.written(err)
		}
	}
	return nil
}

// endOfRecording is how printing a recording ends whose reading ended with err.
func (a *app) endOfRecording(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, recording.ErrCutShort):
		a.tell(err)
		return partialError{}
	}
	return err
}
