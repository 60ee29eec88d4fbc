// Package cli has the commands with their flags and configuration. It wires sources of observations to the tracker, and
// the tracker's events and views to outputs: a screen, or lines on standard output.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"charm.land/fang/v2"
	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"regroup/model/nearest"
	"regroup/ui/text"
)

// app is one run of the program: its inputs, outputs and configuration.
type app struct {
	stdin    io.Reader
	stdout   io.Writer
	stderr   io.Writer
	environ  []string
	terminal bool // stdout is a terminal

	config Config
}

// Main runs the program and returns its exit code.
func Main() int {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	a := &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ(), terminal: term.IsTerminal(os.Stdout.Fd()),
	}
	return a.run(ctx, os.Args[1:])
}

// run runs the command line, reports errors on stderr, and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	var ended error // of the command itself: only errors of the command line go through fang
	root := a.rootCommand(&ended)
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := fang.Execute(ctx, root,
		fang.WithVersion(version()),
		fang.WithErrorHandler(func(io.Writer, fang.Styles, error) {})) // reported below, in one style for people and logs
	if err == nil {
		err = ended
	}
	a.report(err)
	return exitCode(err)
}

// report writes an error to stderr, one line for each problem.
func (a *app) report(err error) {
	var partial partialError
	var reported reportedError
	if err == nil || errors.As(err, &partial) || errors.As(err, &reported) {
		return
	}
	for line := range strings.SplitSeq(strings.TrimRight(err.Error(), "\n"), "\n") {
		line = strings.ReplaceAll(line, "\t", "    ") // of a stack
		if !strings.HasPrefix(line, " ") {            // else it continues the line before
			line = "regroup: " + line
		}
		// The text may come from a certificate, a broker or a file: escape control characters.
		fmt.Fprintln(a.stderr, text.Clean(line))
	}
	var usage usageError
	if errors.As(err, &usage) && usage.command != "" {
		fmt.Fprintf(a.stderr, "regroup: see %s --help\n", usage.command)
	}
}

// warn writes a warning to stderr.
func (a *app) warn(format string, args ...any) {
	fmt.Fprintf(a.stderr, "regroup: warning: "+format+"\n", args...)
}

const longHelp = `regroup shows the consumer groups of an Apache Kafka cluster live: which members join and leave, which partitions move between them and why, and the lag.

Without a command it monitors the cluster that --brokers, the environment or the configuration file names. ` +
	"`regroup demo`" + ` starts a cluster of its own.

Every key of the configuration file has an environment variable: sasl.password is REGROUP_SASL_PASSWORD. Flags override environment variables, which override the file.

` + exitHelp

func (a *app) rootCommand(ended *error) *cobra.Command {
	root := &cobra.Command{
		Use:   "regroup",
		Short: "A live monitor for Apache Kafka consumer groups",
		Long:  longHelp,
		Example: `# try it, with a cluster of its own
regroup demo
# monitor your cluster
regroup --brokers kafka-1:9092,kafka-2:9092
# the lag of every group, for scripts
regroup groups --brokers kafka-1:9092 -o json`,
		Args: noArguments,
	}
	root.SetFlagErrorFunc(func(command *cobra.Command, err error) error {
		return usageError{err: explainFlag(command.Flags(), err), command: command.CommandPath()}
	})
	connectionFlags(root.PersistentFlags())
	screenFlags(root.Flags())
	watchFlags(root.Flags())
	recordFlag(root.Flags())
	intervalFlag(root.Flags(), "interval", "1s")
	root.Flags().StringP("group", "g", "", "open this group at the start")
	complete(root, "theme", themes)
	complete(root, "tail", tailModes)
	complete(root, "sasl-mechanism", saslMechanisms)
	root.RunE = a.command(ended, a.monitor)
	root.AddCommand(a.demoCommand(ended), a.scenesCommand(ended), a.groupsCommand(ended), a.describeCommand(ended), a.watchCommand(ended), a.replayCommand(ended), a.labChildCommand(ended), a.versionCommand(ended))
	return root
}

// command loads the configuration before it runs a command, and passes the error to run, past fang.
func (a *app) command(ended *error, do func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		config, warnings, err := loadConfig(command.Flags(), a.environ)
		for _, warning := range warnings {
			a.warn("%s", warning)
		}
		if err == nil {
			a.config = config
			err = do(command, args)
		}
		*ended = err
		return nil
	}
}

func (a *app) versionCommand(ended *error) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, *ended = fmt.Fprintln(a.stdout, "regroup version "+version())
			return nil
		},
	}
}

// version is the version that the Go toolchain stamped into the binary: that of the module, or the commit.
func version() string {
	text := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			text = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" && len(setting.Value) >= 12 {
				text += " (" + setting.Value[:12] + ")"
			}
		}
	}
	return fmt.Sprintf("%s, %s %s/%s", text, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// noArguments rejects arguments. With subcommands it takes one for a mistyped command.
func noArguments(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !command.HasSubCommands() {
		return usageError{err: fmt.Errorf("%s takes no arguments, but got %s%s", command.CommandPath(), quote(args[0]), valueApart(command, args[0])), command: command.CommandPath()}
	}
	var names []string
	for _, c := range command.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return usageError{err: fmt.Errorf("unknown command %s%s", quote(args[0]), nearest.DidYouMean(args[0], names)), command: command.CommandPath()}
}

// valueApart suggests --flag=value where an argument was meant as the value of a flag whose value is optional.
func valueApart(command *cobra.Command, argument string) (words string) {
	command.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.Type() != "bool" && f.NoOptDefVal != "" && f.Value.String() == f.NoOptDefVal {
			words = fmt.Sprintf("; did you mean %s?", quote("--"+f.Name+"="+argument))
		}
	})
	return words
}

// complete registers the accepted values of a flag for shell completion.
func complete(command *cobra.Command, flag string, words []string) {
	if err := command.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(slices.Clone(words), cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // no such flag: a mistake in this package that every test finds
	}
}
