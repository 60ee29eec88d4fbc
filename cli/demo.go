package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"regroup/kafka/lab"
	"regroup/ui"
)

const (
	// demoBrokers makes coordinators and leaders differ, as they do in a real cluster.
	demoBrokers = 3
	// demoEnd bounds how long the end of a demo may take: its consumers leave their groups, and on a cluster of the
	// user's own their topics and groups are removed.
	demoEnd = 30 * time.Second

	labChild = "lab-child"
)

func (a *app) demoCommand(ended *error) *cobra.Command {
	command := &cobra.Command{
		Use: "demo", Short: "Watch consumers share a topic, on a cluster that regroup brings along", Args: noArguments,
		Long: `Starts a cluster of three brokers in the process, a producer, and real consumers as processes of their own, and shows the monitor of it. In the lab you start, stop, kill, pause and slow down the consumers.

What it begins with is a scene: ` + "`regroup scenes`" + ` lists those that there are, and a file of your own is another. What the scene leaves open is as the configuration says; --rate goes before the scene.

With --brokers the same happens on your own cluster, on topics and groups that the demo creates, and removes when it ends. Only the flag does that: brokers in the environment or in the configuration file do not.

` + exitHelp,
		Example: `regroup demo
regroup demo --tour
regroup demo --step crash --auto
regroup demo --scene two-partitions
regroup demo --scene mine.yaml
regroup demo --brokers kafka-1:9092`,
	}
	screenFlags(command.Flags())
	watchFlags(command.Flags())
	recordFlag(command.Flags())
	intervalFlag(command.Flags(), "demo.interval", "250ms")
	demoFlags(command.Flags())
	tourFlags(command)
	complete(command, "theme", themes)
	complete(command, "tail", tailModes)
	completeScene(command)
	command.RunE = a.command(ended, a.demo)
	return command
}

// labChildCommand is what the lab starts its consumers and producers with. People have no use for it.
func (a *app) labChildCommand(ended *error) *cobra.Command {
	return &cobra.Command{
		Use: labChild, Short: "Be a consumer or a producer of the lab", Args: noArguments, Hidden: true,
		RunE: func(command *cobra.Command, _ []string) error {
			*ended = lab.RunChild(command.Context(), a.stdin, a.stdout)
			return nil
		},
	}
}

// demo is `regroup demo`. The screen is up at once, and says that it is connecting while the cluster and the consumers
// start behind it.
func (a *app) demo(command *cobra.Command, _ []string) error {
	if err := a.needTerminal(command); err != nil {
		return err
	}
	scene, err := a.scene(command.Flags())
	if err != nil {
		return err
	}
	theirs := command.Flags().Changed("brokers")
	if theirs {
		// Before the screen is there, so that a mistake is told on the line where it was made.
		if len(a.config.Brokers) == 0 {
			return usagef("--brokers names no broker; name one or more as host:port, or leave the flag out for the demo's own cluster")
		}
		if _, err := a.config.kafka().Sarama(); err != nil {
			return usageError{err: err}
		}
		// Nobody's own topic or group may be mistaken for the demo's: it removes its own in the end.
		scene = scene.WithPrefix(a.config.Demo.Prefix)
	}
	guide, tourFirst, err := a.guide(command.Flags())
	if err != nil {
		return err
	}
	d := newDemo(a.config, scene, theirs, guide, tourFirst)
	return a.withSession(command.Flags(), func(s *session) error {
		s.add(s.screen(), output{view: guide.Update})
		return s.run(command.Context(), func(ctx context.Context) error { return d.run(ctx, s) }, func(ctx context.Context) error {
			return ui.Run(ctx, a.config.UI.onto(ui.Options{Source: s, Now: s.now, Lab: d, Tour: guide, Group: firstGroup(scene), StartInLab: true}))
		})
	})
}

// scene is the scene that was asked for. What it leaves open is as the configuration says, and --rate goes before all.
func (a *app) scene(flags *pflag.FlagSet) (lab.Scene, error) {
	config := a.config.Demo
	scene, _, err := readScene(config.Scene)
	if err != nil {
		return lab.Scene{}, err
	}
	if flags.Changed("rate") {
		scene = scene.WithRate(config.Rate)
	}
	return scene.Completed(config.Rate, lab.SettingsOf(config.Consumer)), nil
}

// firstGroup is the group that the demo's screen begins with; "" if the scene has none.
func firstGroup(scene lab.Scene) string {
	if len(scene.Groups) == 0 {
		return ""
	}
	return scene.Groups[0].Name
}
