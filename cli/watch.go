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

// drainTime is how long regroup waits at the end for a slow reader of its output.
const drainTime = 2 * time.Second

var watchFormats = []string{formatTable, formatJSON}

func (a *app) watchCommand(ended *error) *cobra.Command {
	command := &cobra.Command{
		Use: "watch", Short: "Print events of groups, one per line", Args: noArguments,
		Long: "Observes the groups like the monitor, and prints rebalances, state changes, lag alerts and read errors as they happen, until interrupted.\n\n" +
			"Output: table, for people; json, one JSON object per line (docs/events.md). If the reader is too slow, the oldest lines are dropped and their number is printed.\n\n" + exitHelp,
		Example: `regroup watch --brokers kafka-1:9092
regroup watch --group '^billing' -o json | jq -c 'select(.type == "rebalance")'`,
	}
	flags := command.Flags()
	watchFlags(flags)
	recordFlag(flags)
	intervalFlag(flags, "interval", "1s")
	output := flags.StringP("output", "o", formatTable, "format: "+strings.Join(watchFormats, ", "))
	group := flags.StringP("group", "g", "", "only groups whose ID matches this regular expression")
	limit := flags.Duration("for", 0, "stop after this time, such as 10m (default: never)")
	complete(command, "output", watchFormats)
	complete(command, "tail", tailModes)
	command.RunE = a.command(ended, func(command *cobra.Command, _ []string) error {
		if !slices.Contains(watchFormats, *output) {
			return usageError{fmt.Errorf("--output is %s; accepted: %s%s", quote(*output), strings.Join(watchFormats, ", "), nearest.DidYouMean(*output, watchFormats)), command.CommandPath()}
		}
		pattern, err := regexp.Compile(*group)
		if err != nil {
			return usageError{fmt.Errorf("--group is %s, which is not a regular expression: %w", quote(*group), err), command.CommandPath()}
		}
		if *limit < 0 {
			return usageError{fmt.Errorf("--for is %s; accepted: a duration with its unit, such as 10m", *limit), command.CommandPath()}
		}
		return a.watch(command, pattern.MatchString, formatNamed(*output), *limit)
	})
	return command
}

// formatNamed is the format of events with this name.
func formatNamed(name string) events.Format {
	if name == formatJSON {
		return events.JSON
	}
	return events.Table
}

// watch is `regroup watch` for the groups that wanted picks. Any goroutine may call wanted.
func (a *app) watch(command *cobra.Command, wanted func(group string) bool, format events.Format, limit time.Duration) error {
	if len(a.config.Brokers) == 0 {
		return usageError{errNoBrokers(), command.CommandPath()}
	}
	// A write to a closed pipe then fails instead of killing the process, and the session ends in order.
	signal.Ignore(syscall.SIGPIPE)
	ctx := command.Context()
	if limit > 0 {
		limited, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		ctx = limited
	}
	return a.withSession(command.Flags(), func(s *session) error {
		opened, err := a.openSources(wanted)
		if err != nil {
			return err
		}
		first, err := a.firstPoll(ctx, opened.kafkaPoller)
		if err != nil {
			return errors.Join(unlessOver(ctx, err), opened.close())
		}
		return unlessOver(ctx, a.print(ctx, s, format, func(ctx context.Context) error {
			s.observe(ctx, first)
			return errors.Join(s.follow(ctx, opened.sources), opened.close())
		}))
	})
}

// print runs a session and prints its events until ctx ends, source fails, or the reader of the output has gone.
func (a *app) print(ctx context.Context, s *session, format events.Format, source func(context.Context) error) error {
	lines := a.startLines(format)
	s.add(output{events: lines.queue.Put})
	err := s.run(ctx, source, func(ctx context.Context) error {
		select {
		case <-lines.ended: // the reader has gone, or the disk is full
		case <-ctx.Done():
		}
		return nil
	})
	return errors.Join(err, lines.end())
}

// unlessOver is err, or nil if it only says that ctx has ended.
func unlessOver(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// lines prints the events of a queue.
type lines struct {
	queue *events.Queue
	app   *app
	ended chan struct{} // closed when nothing more will be written
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

// end writes what is still waiting, for drainTime at most: the reader may have stopped reading.
func (l *lines) end() error {
	l.queue.End()
	select {
	case <-l.ended:
		return l.app.written(l.err)
	case <-time.After(drainTime):
		return nil
	}
}

// firstPoll polls before anything is printed, so that an unreachable cluster gives the same error as in the commands that
// poll once. What could not be read goes to stderr.
func (a *app) firstPoll(ctx context.Context, p *poll.Poller) (*model.Snapshot, error) {
	snapshot, err := pollTwice(ctx, p)
	if err != nil {
		return nil, err
	}
	a.reportUnread(snapshot.Errs)
	if len(snapshot.Errs) > 0 && !readAnything(snapshot) {
		return nil, fmt.Errorf("nothing could be read from %s", strings.Join(a.config.Brokers, ", "))
	}
	return snapshot, nil
}
