package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"regroup/kafka/poll"
	"regroup/model"
	"regroup/model/nearest"
	"regroup/model/track"
)

// errorsShown is the most errors that are printed: behind a firewall every group has one.
const errorsShown = 20

// retryPause is the pause before the only retry, where every broker refused the connection at once.
const retryPause = 300 * time.Millisecond

func (a *app) groupsCommand(ended *error) *cobra.Command {
	command := &cobra.Command{
		Use: "groups", Short: "List the consumer groups", Args: noArguments,
		Long: "Lists every group of the cluster with its type, state, number of members and partitions, and lag.\n\n" + outputHelp + "\n\n" + exitHelp,
		Example: `regroup groups --brokers kafka-1:9092
regroup groups -o json | jq -r '.[] | select(.lag > 1000) | .group'`,
	}
	output := outputFlag(command)
	command.RunE = a.command(ended, func(command *cobra.Command, _ []string) error {
		if err := checkOutput(command, *output); err != nil {
			return err
		}
		result, err := a.pollOnce(command, nil)
		if err != nil {
			return err
		}
		return result.exit(a.written(writeGroups(a.stdout, *output, result.groups)))
	})
	return command
}

func (a *app) describeCommand(ended *error) *cobra.Command {
	command := &cobra.Command{
		Use: "describe [GROUP...]", Short: "Show the partitions, offsets and lag of groups",
		Long: "Prints the same columns and order as kafka-consumer-groups.sh --describe.\n\n" + outputHelp +
			"\n\nA group that does not exist is an error (exit code 1); the other groups are printed nevertheless.\n\n" + exitHelp,
		Example: `regroup describe 1consumer --brokers kafka-1:9092
regroup describe --all -o csv > lag.csv`,
	}
	output := outputFlag(command)
	all := command.Flags().Bool("all", false, "describe every group")
	command.RunE = a.command(ended, func(command *cobra.Command, ids []string) error {
		if err := checkOutput(command, *output); err != nil {
			return err
		}
		switch {
		case *all && len(ids) > 0:
			return usageError{fmt.Errorf("both --all and names of groups were given; use one of them"), command.CommandPath()}
		case !*all && len(ids) == 0:
			return usageError{fmt.Errorf("no group was given; name one or more, or use --all"), command.CommandPath()}
		}
		result, err := a.pollOnce(command, ids)
		if err != nil {
			return err
		}
		return result.exit(a.written(writeDescriptions(a.stdout, a.stderr, *output, result.groups)))
	})
	return command
}

const outputHelp = "Output: table; wide, a table with all columns; json, with null for unknown; csv. " +
	"Tables print - for unknown, and escape control characters in names. CSV leaves unknown empty, and puts an " +
	"apostrophe before a name that a spreadsheet would take for a formula."

func outputFlag(command *cobra.Command) *string {
	output := command.Flags().StringP("output", "o", formatTable, "format: "+strings.Join(formats, ", "))
	complete(command, "output", formats)
	return output
}

func checkOutput(command *cobra.Command, output string) error {
	if slices.Contains(formats, output) {
		return nil
	}
	return usageError{fmt.Errorf("--output is %s; accepted: %s%s", quote(output), strings.Join(formats, ", "), nearest.DidYouMean(output, formats)), command.CommandPath()}
}

// pollResult is the result of one poll of the cluster.
type pollResult struct {
	groups  []*groupReport
	missing bool // a requested group does not exist
	partial bool // something could not be read
}

// exit is the error of a command after its output was written with err.
func (l pollResult) exit(err error) error {
	switch {
	case err != nil:
		return err
	case l.missing:
		return reportedError{errors.New("a group does not exist")}
	case l.partial:
		return partialError{}
	}
	return nil
}

// pollOnce polls the cluster once and folds the snapshot, so that lag has the same definition as on the screen. ids are the
// requested groups; none is all. What could not be read goes to stderr; it returns an error if nothing could be read.
func (a *app) pollOnce(command *cobra.Command, ids []string) (pollResult, error) {
	if len(a.config.Brokers) == 0 {
		return pollResult{}, usageError{errNoBrokers(), command.CommandPath()}
	}
	listed := &idSet{wanted: ids}
	options := poll.Options{Interval: a.config.Interval, FocusInterval: a.config.FocusInterval}
	if len(ids) > 0 {
		options.Groups = listed.want
	}
	snapshot, err := a.poll(command.Context(), options)
	if err != nil {
		return pollResult{}, err
	}
	tracker := track.NewTracker()
	tracker.Observe(snapshot)
	view := tracker.View()

	result := pollResult{partial: len(snapshot.Errs) > 0}
	a.reportUnread(snapshot.Errs)
	for _, group := range view.Groups {
		result.groups = append(result.groups, reportGroup(group))
	}
	if result.partial && !readAnything(snapshot) {
		return pollResult{}, fmt.Errorf("nothing could be read from %s", strings.Join(a.config.Brokers, ", "))
	}
	if len(ids) == 0 && len(view.Groups) == 0 && !result.partial {
		fmt.Fprintln(a.stderr, "regroup: the cluster lists no groups (brokers list only groups that the user may describe)")
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if view.Group(id) != nil {
			continue
		}
		if result.partial { // its coordinator may be a broker that did not answer
			fmt.Fprintf(a.stderr, "regroup: group %s was not found on the brokers that answered\n", quote(id))
			continue
		}
		result.missing = true
		fmt.Fprintf(a.stderr, "regroup: group %s does not exist%s\n", quote(id), nearest.DidYouMean(id, listed.all()))
	}
	return result, nil
}

// poll polls the cluster, once more if no broker could be reached: a broker that is starting refuses connections for a
// moment.
func (a *app) poll(ctx context.Context, options poll.Options) (*model.Snapshot, error) {
	p, err := poll.New(a.config.kafka(), options)
	if err != nil {
		return nil, usageError{err: err}
	}
	defer p.Close() //nolint:errcheck // the connections end with the process
	return pollTwice(ctx, p)
}

func pollTwice(ctx context.Context, p *poll.Poller) (*model.Snapshot, error) {
	snapshot := p.Poll(ctx)
	if len(snapshot.Errs) > 0 && !readAnything(snapshot) && snapshot.Took < retryPause {
		select {
		case <-time.After(retryPause):
			snapshot = p.Poll(ctx)
		case <-ctx.Done():
		}
	}
	return snapshot, ctx.Err()
}

// readAnything reports whether some broker answered.
func readAnything(snapshot *model.Snapshot) bool {
	return len(snapshot.Groups) > 0 || slices.ContainsFunc(snapshot.Brokers, func(b model.Broker) bool { return b.Answered })
}

// reportUnread writes what could not be read to stderr.
func (a *app) reportUnread(errs []model.SourceError) {
	for _, err := range errs[:min(len(errs), errorsShown)] {
		a.report(err)
	}
	if more := len(errs) - errorsShown; more > 0 {
		fmt.Fprintf(a.stderr, "regroup: and %d more\n", more)
	}
}

// written turns an error of writing to stdout into the command's: a closed pipe (| head) is not a failure.
func (a *app) written(err error) error {
	if err == nil || slices.ContainsFunc(pipeClosed, func(closed error) bool { return errors.Is(err, closed) }) {
		return nil
	}
	return fmt.Errorf("cannot write the output: %w", err)
}

// idSet picks the requested groups and remembers the others, for suggestions.
type idSet struct {
	wanted []string
	mu     sync.Mutex
	listed []string
}

// want is called by the poller with the id of each group, in any goroutine.
func (s *idSet) want(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listed = append(s.listed, id)
	return slices.Contains(s.wanted, id)
}

func (s *idSet) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(s.listed)))
}

// errNoBrokers is the error where no cluster is configured.
func errNoBrokers() error {
	return errors.New("no cluster is configured; run\n" +
		"  regroup demo                         to try regroup with a cluster of its own\n" +
		"  regroup --brokers HOST:PORT,…        to monitor your cluster (or set REGROUP_BROKERS, or brokers in the configuration file)")
}
