package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"regroup/kafka"
	"regroup/kafka/embedded"
	"regroup/kafka/lab"
	"regroup/model"
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

With --brokers the same happens on your own cluster, on topics and groups that the demo creates, and removes when it ends. Only the flag does that: brokers in the environment or in the configuration file do not.

` + exitHelp,
		Example: `regroup demo
regroup demo --scene two-partitions
regroup demo --brokers kafka-1:9092`,
	}
	screenFlags(command.Flags())
	watchFlags(command.Flags())
	recordFlag(command.Flags())
	intervalFlag(command.Flags(), "demo.interval", "250ms")
	demoFlags(command.Flags())
	complete(command, "theme", themes)
	complete(command, "tail", tailModes)
	complete(command, "scene", scenes)
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
	d := &demo{config: a.config, scene: scene, theirs: theirs}
	return a.recorded(command.Flags(), func(t tap) error {
		return runSession(command.Context(), t, d.run, func(ctx context.Context, s *session) error {
			return ui.Run(ctx, a.config.UI.onto(ui.Options{Source: s, Lab: d, Group: firstGroup(scene), StartInLab: true}))
		})
	})
}

// scene is the scene that was asked for. What it leaves open is as the configuration says, and --rate goes before all.
func (a *app) scene(flags *pflag.FlagSet) (lab.Scene, error) {
	config := a.config.Demo
	scene, err := lab.SceneByName(config.Scene)
	if err != nil {
		return lab.Scene{}, usageError{err: err}
	}
	if flags.Changed("rate") {
		scene = scene.WithRate(config.Rate)
	}
	return scene.Completed(config.Rate, lab.SettingsOf(config.Consumer.settings())), nil
}

// firstGroup is the group that the demo's screen begins with; "" if the scene has none.
func firstGroup(scene lab.Scene) string {
	if len(scene.Groups) == 0 {
		return ""
	}
	return scene.Groups[0].Name
}

// demo owns the cluster, the consumers and the poller of `regroup demo`. It is the screen's Lab.
type demo struct {
	config Config
	scene  lab.Scene
	theirs bool // the cluster is the user's own

	mu  sync.Mutex
	lab *lab.Lab // nil until it is up, and again when it is over
}

// run is the demo's source: it brings everything up, polls until ctx ends, and takes everything down again in the
// order in which nothing is missed: the sources, the consumers and what they created, the cluster.
func (d *demo) run(ctx context.Context, s *session) error {
	config := d.config.kafka()
	options := kafka.PollOptions{Interval: d.config.Demo.Interval, FocusInterval: min(d.config.FocusInterval, d.config.Demo.Interval)}
	var stand tail // in for the tail of a topic that there is not
	if !d.theirs {
		cluster, err := embedded.Start(embedded.Options{Brokers: demoBrokers})
		if err != nil {
			return fmt.Errorf("the demo's cluster did not start: %w", err)
		}
		defer cluster.Close()
		config = kafka.Config{
			Brokers: cluster.Addresses(), Name: "demo", ClientID: config.ClientID, Timeout: config.Timeout, DialTimeout: config.DialTimeout,
		}
		options.Generations = cluster.Generation
		if d.config.Tail != tailOff {
			stand = embeddedTail{cluster}
		}
		d.config.Tail = tailOff
	}
	look, err := openSources(d.config, config, options)
	if err != nil {
		return err
	}
	if stand != nil {
		look.tail = stand
	}
	return d.play(ctx, s, config, look)
}

// embeddedTail is the demo's cluster telling what would be in __consumer_offsets.
type embeddedTail struct{ cluster *embedded.Cluster }

func (t embeddedTail) Run(ctx context.Context, emit func(model.Observation)) {
	t.cluster.Tail(ctx, emit)
}
func (embeddedTail) Focus(string) {} // it has no history

// play runs the lab and the sources on a cluster until ctx ends.
func (d *demo) play(ctx context.Context, s *session, config kafka.Config, look *opened) (err error) {
	l, err := d.newLab(ctx, s, config)
	if err != nil {
		return errors.Join(err, look.close())
	}
	ctx, cancel := context.WithCancel(ctx)
	polled := make(chan error, 1)
	go func() {
		defer cancel() // if a source panics, the demo ends
		polled <- errors.Join(s.follow(ctx, look.sources), look.close())
	}()

	if err = unlessInterrupted(l.Start(ctx)); err == nil {
		d.setLab(l)
		<-ctx.Done()
		d.setLab(nil)
	}
	cancel()
	err = errors.Join(err, <-polled)
	// ctx has ended: the end of the demo has a time of its own.
	end, endCancel := context.WithTimeout(context.WithoutCancel(ctx), demoEnd)
	defer endCancel()
	return errors.Join(err, l.Close(end))
}

func (d *demo) newLab(ctx context.Context, s *session, config kafka.Config) (*lab.Lab, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot find the program itself, to start the demo's consumers with it: %w", err)
	}
	return lab.New(lab.Options{
		Kafka: config, Command: []string{program, labChild}, Scene: d.scene, Owned: d.theirs,
		Emit: func(snapshot *model.LabSnapshot) { s.observe(ctx, snapshot) },
	})
}

func (d *demo) setLab(l *lab.Lab) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lab = l
}

// Do carries out what the lab pane asks for; see ui.Lab.
func (d *demo) Do(ctx context.Context, action model.LabAction) error {
	d.mu.Lock()
	l := d.lab
	d.mu.Unlock()
	if l == nil {
		return errNotReady
	}
	return l.Do(ctx, action)
}

// errNotReady is the answer to a key that is pressed before the lab is up.
var errNotReady = errors.New("the lab is still starting; try again in a moment")
