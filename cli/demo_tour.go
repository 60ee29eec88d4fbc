package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"regroup/cli/tour"
)

// tourFlags adds the flags of the guided tour. They are for one run, so the configuration has no keys for them.
func tourFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.Bool("tour", false, "begin with the guided tour: space opens the next step, backspace the previous one")
	flags.String("step", "", "begin the tour with this step, such as crash")
	flags.String("auto", "", "continue by itself; each step stays for this time after it was verified (default "+tour.DefaultDwell.String()+")")
	flags.Lookup("auto").NoOptDefVal = tour.DefaultDwell.String()
	complete(command, "step", tour.New(tour.Options{}).Names())
}

// guide returns the tour's guide, which waits for a key unless a flag begins the tour.
func (a *app) guide(flags *pflag.FlagSet) (g *tour.Guide, first bool, err error) {
	step, auto := flags.Lookup("step"), flags.Lookup("auto")
	asked, err := flags.GetBool("tour")
	if err != nil {
		return nil, false, err
	}
	options := tour.Options{Auto: auto.Changed}
	if auto.Changed {
		if options.Dwell, err = time.ParseDuration(auto.Value.String()); err != nil || options.Dwell < 0 {
			return nil, false, usageError{fmt.Errorf("--auto is %s; accepted: a duration such as 6s, as in --auto=6s", quote(auto.Value.String())), "regroup demo"}
		}
	}
	g = tour.New(options)
	first = asked || step.Changed || auto.Changed
	if first && flags.Changed("scene") {
		return nil, false, usageError{fmt.Errorf("--scene asks for a scene, and the tour plays its own; give --tour or --scene, not both"), "regroup demo"}
	}
	if first {
		if err := g.Go(step.Value.String()); err != nil {
			return nil, false, usageError{fmt.Errorf("--step is %s: %w", quote(step.Value.String()), err), "regroup demo"}
		}
	}
	return g, first, nil
}
