package cli

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"regroup/cli/events"
	"regroup/kafka/poll"
	"regroup/model"
	"regroup/model/nearest"
)

// drainTime is how long, at the end, a reader is given to take the lines that wait for it.
const drainTime = 2 * time.Second

var watchFormats = []string{formatTable, formatJSON}

func (a *app) watchCommand(ended *error) *cobra.Command {
	command := &cobra.Command{
		Use: "watch", Short: "Print what happens to groups, a line an event", Args: noArguments,
		Long: "Follows the groups as the monitor does, and prints every rebalance, change of state, alert and loss of a source when it happens, until it is interrupted.\n\n" +
			"Output: table, for people; json, a JSON object a line, for programs: docs/events.md describes it. A reader that is too slow loses the oldest lines, and is told how many.\n\n" + exitHelp,
		Example: `regroup watch --brokers kafka-1:9092
regroup watch --group '^billing' -o json | jq -c 'select(.type == "rebalance")'`,
	}
	flags := command.Flags()
	watchFlags(flags)
	recordFlag(flags)
	intervalFlag(flags, "interval", "1s")
	output := flags.StringP("output", "o", formatTable, "format: "+strings.Join(watchFormats, ", "))
	group := flags.StringP("group", "g", "", "only groups whose id matches this regular expression")
	limit := flags.Duration("for", 0, "end after this time, such as 10m (default never)")
	complete(command, "output", watchFormats)
	complete(command, "tail", tailModes)
	command.RunE = a.command(ended, func(command *cobra.Command, _ []string) error {
		if !slices.Contains(watchFormats, *output) {
			return usageError{fmt.Errorf("--output is %s; accepted is %s%s", quote(*output), strings.Join(watchFormats, ", "), nearest.DidYouMean(*output, watchFormats)), command.CommandPath()}
		}
		pattern, err := regexp.Compile(*group)
		if err != nil {
			return usageError{fmt.Errorf("--group is %s, which is no regular expression: %w", quote(*group), err), command.CommandPath()}
		}
		if *limit < 0 {
			return usageError{fmt.Errorf("--for is %s; accepted is a duration with its unit, such as 10m", *limit), command.CommandPath()}
		}
		return a.watch(command, pattern.MatchString, formatNamed(*output), *limit)
	})
	return command
}

// formatNamed is the format of events that has this name.
func formatNamed(name string) events.Format {
	if name == formatJSON {
		return events.JSON
	}
	return events.Table
}

// watch is `regroup watch`. wanted may be called by any goroutine.
func (a *app) watch(command *cobra.Command, wanted func(group string) bool, format events.Format, limit time.Duration) error {
	if len(a.config.Brokers) == 0 {
		return usageError{errNoBrokers(), command.CommandPath()}
	}
	// A reader that has gone is found by the next write, and the session then ends in order, with what it recorded.
	signal.Ignore(syscall.SIGPIPE)
	ctx := command.Context()
	if limit > 0 {
		limited, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		ctx = limited
	}
	return a.recorded(command.Flags(), func(t tap) error {
		look, err := a.openSources(wanted)
		if err != nil {
			return err
		}
		first, err := a.firstLook(ctx, look.polls)
		if err != nil {
			return errors.Join(unlessOver(ctx, err), look.close())
		}
		return unlessOver(ctx, a.printed(ctx, t, format, func(ctx context.Context, s *session) error {
			s.observe(ctx, first)
			return errors.Join(s.follow(ctx, look.sources), look.close())
		}))
	})
}

// printed runs a session whose events are printed until ctx ends, source fails, or nobody reads any more.
func (a *app) printed(ctx context.Context, t tap, format events.Format, source func(context.Context, *session) error) error {
	lines := a.startLines(format)
	t.happened, t.viewless = lines.queue.Put, true
	err := runSession(ctx, t, source, func(ctx context.Context, _ *session) error {
		select {
		case <-lines.ended: // the reader has gone, or there is no more room
		case <-ctx.Done():
		}
		return nil
	})
	return errors.Join(err, lines.end())
}

// unlessOver is err, or nil if it says no more than that the time or the user ended it.
func unlessOver(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// lines is the output of a session: what is put into its queue is written as it comes.
type lines struct {
	queue *events.Queue
	app   *app
	ended chan struct{} // closed when nothing more is written
	err   error         // valid when ended is closed
}

func (a *app) startLines(format events.Format) *lines {
	l := &lines{queue: events.NewQueue(a.stdout, format), app: a, ended: make(chan struct{})}
	go func() {
		defer close(l.ended)
		l.err = guarded("the output", l.queue.Run)
	}()
	return l
}

// end writes what still waits, unless nobody reads it: a process that ends does not wait for that.
func (l *lines) end() error {
	l.queue.End()
	select {
	case <-l.ended:
		return l.app.written(l.err)
	case <-time.After(drainTime):
		return nil
	}
}

// firstLook polls once before anything is printed, so that a cluster that is not there is told as by the commands that
// look once. What could not be read of one that is there is told on stderr.
func (a *app) firstLook(ctx context.Context, p *poll.Poller) (*model.Snapshot, error) {
	snapshot, err := pollTwice(ctx, p)
	if err != nil {
		return nil, err
	}
	a.tellUnread(snapshot.Errs)
	if len(snapshot.Errs) > 0 && !readAnything(snapshot) {
		return nil, fmt.Errorf("nothing could be read from %s", strings.Join(a.config.Brokers, ", "))
	}
	return snapshot, nil
}
