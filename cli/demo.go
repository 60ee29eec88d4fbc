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
	// demoBrokers is more than one, so that coordinators and leaders differ as in a real cluster.
	demoBrokers = 3
	// demoEnd bounds the end of a demo: its consumers leave their groups, and on a cluster of the user's own its topics and
	// groups are removed.
	demoEnd = 30 * time.Second

	labChild = "lab-child"
)

func (a *app) demoCommand(ended *error) *cobra.Command {
	command := &cobra.Command{
		Use: "demo", Short: "Watch consumers share a topic, on an embedded cluster", Args: noArguments,
		Long: `Starts an embedded cluster of three brokers, a producer, and real consumers in processes of their own, and monitors them. In the lab you start, stop, kill, pause and slow down the consumers.

It begins with a scene, either a built-in one, which ` + "`regroup scenes`" + ` lists, or a file of your own. What the scene does not set comes from the configuration; --rate overrides both.

With --brokers it runs on your own cluster, with topics and groups that it creates, and removes when it ends. Only the flag does that: brokers in the environment or in the configuration file do not.

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

// labChildCommand is the command of the lab's child processes. It is not for users.
func (a *app) labChildCommand(ended *error) *cobra.Command {
	return &cobra.Command{
		Use: labChild, Short: "Run a consumer or a producer of the lab", Args: noArguments, Hidden: true,
		RunE: func(command *cobra.Command, _ []string) error {
			*ended = lab.RunChild(command.Context(), a.stdin, a.stdout)
			return nil
		},
	}
}

// demo is `regroup demo`. The screen is shown at once, as connecting, while the cluster and the consumers start.
func (a *app) demo(command *cobra.Command, _ []string) error {
	if err := a.needTerminal(command); err != nil {
		return err
	}
	scene, err := a.scene(command.Flags())
	if err != nil {
		return err
	}
	ownCluster := command.Flags().Changed("brokers")
	if ownCluster {
		// Before the screen is shown, so that an error appears below the command line.
		if len(a.config.Brokers) == 0 {
			return usagef("--brokers names no broker; name one or more as host:port, or leave the flag out for the demo's own cluster")
		}
		if _, err := a.config.kafka().Sarama(); err != nil {
			return usageError{err: err}
		}
		// No topic or group of somebody else may be mistaken for the demo's, because the demo removes its own in the end.
		scene = scene.WithPrefix(a.config.Demo.Prefix)
	}
	guide, tourFirst, err := a.guide(command.Flags())
	if err != nil {
		return err
	}
	d := newDemo(a.config, scene, ownCluster, guide, tourFirst)
	return a.withSession(command.Flags(), func(s *session) error {
		s.add(s.screen(), output{view: guide.Update})
		return s.run(command.Context(), func(ctx context.Context) error { return d.run(ctx, s) }, func(ctx context.Context) error {
			return ui.Run(ctx, a.config.UI.onto(ui.Options{Source: s, Now: s.now, Lab: d, Tour: guide, Group: firstGroup(scene), StartInLab: true}))
		})
	})
}

// scene is the requested scene, completed by the configuration. --rate overrides both.
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

// firstGroup is the group that the demo's screen shows first; "" if the scene has none.
func firstGroup(scene lab.Scene) string {
	if len(scene.Groups) == 0 {
		return ""
	}
	return scene.Groups[0].Name
}
