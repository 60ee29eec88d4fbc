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
	"regroup/ui"
)

// The slowest and the fastest speed, in seconds of the recording per second.
const (
	minSpeed = 1.0 / 64
	maxSpeed = 1024
)

func (a *app) replayCommand(ended *error) *cobra.Command {
	command := &cobra.Command{
		Use: "replay FILE", Short: "Show a recording, or print its events",
		Long: "Plays a recording that was made with --record on the monitor's screen, with keys to pause, change the speed, and jump to a rebalance. With -o it prints the recording's events instead: the same lines as regroup watch.\n\n" +
			"A recording without an end, because regroup was killed while recording, is played up to there; printing it returns exit code 3.\n\n" + exitHelp,
		Example: `regroup --brokers kafka-1:9092 --record monday.regroup
regroup replay monday.regroup --speed 4x
regroup replay monday.regroup -o json | jq -c 'select(.type == "rebalance")'`,
	}
	flags := command.Flags()
	screenFlags(flags)
	output := flags.StringP("output", "o", "", "print the events instead; format: "+strings.Join(watchFormats, ", "))
	speed := flags.String("speed", "1x", "speed: 4x plays 4 seconds of the recording per second")
	group := flags.StringP("group", "g", "", "open this group at the start")
	complete(command, "output", watchFormats)
	complete(command, "theme", themes)
	command.RunE = a.command(ended, func(command *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("%s takes one recording, but got %d", command.CommandPath(), len(args)), command.CommandPath()}
		}
		factor, err := parseSpeed(*speed)
		if err != nil {
			return usageError{err, command.CommandPath()}
		}
		switch {
		case *output == "":
			return a.showReplay(command, args[0], *group, factor)
		case !slices.Contains(watchFormats, *output):
			return usageError{fmt.Errorf("--output is %s; accepted: %s%s", quote(*output), strings.Join(watchFormats, ", "), nearest.DidYouMean(*output, watchFormats)), command.CommandPath()}
		}
		return a.printReplay(command.Context(), args[0], formatNamed(*output))
	})
	return command
}

// parseSpeed parses a speed such as 4x or 4.
func parseSpeed(text string) (float64, error) {
	factor, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), "x"), 64)
	if err != nil || !(factor >= minSpeed && factor <= maxSpeed) { // in this form it is true for NaN
		return 0, fmt.Errorf("--speed is %s; accepted: a factor such as 0.5x, 1x or 4x, from %gx to %dx", quote(text), minSpeed, maxSpeed)
	}
	return factor, nil
}

// showReplay shows a recording on the monitor's screen.
func (a *app) showReplay(command *cobra.Command, path, group string, speed float64) error {
	if !a.terminal {
		return usagef("%s needs a terminal, and standard output is not one; use -o json or -o table for a file or a pipe", command.CommandPath())
	}
	// Before the screen is drawn, so that the error stays visible.
	reader, err := recording.Open(path)
	if err != nil {
		return err
	}
	if err := reader.Close(); err != nil {
		return err
	}
	p := newPlayer(path, speed)
	ctx, goroutines := newErrorGroup(command.Context())
	goroutines.Go("the player", func() error { return p.run(ctx) })
	return goroutines.Lead("the screen", func() error {
		return ui.Run(ctx, a.config.UI.onto(ui.Options{Source: p, Player: p, Group: group}))
	})
}

// printReplay prints the events of a recording: the lines of `regroup watch`.
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
			last, tracker = session, newTracker(session.Settings.LagAlert)
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

// endOfRecording turns the error at the end of a recording into the command's.
func (a *app) endOfRecording(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, recording.ErrCutShort):
		a.report(err)
		return partialError{}
	}
	return err
}
