package group

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/text"
)

// groupBanner says in words what a person must know before reading the rest: that it is old, or that a part of it
// cannot be known.
func groupBanner(f kit.Frame, g *model.GroupView) []text.Line {
	th := f.Theme
	var lines []text.Line
	tell := func(style lipgloss.Style, what string) {
		for _, line := range strings.Split(ansi.Wordwrap(what, max(1, f.Width-2*kit.Margin), ""), "\n") {
			lines = append(lines, text.Of(text.S(style, line)))
		}
	}
	switch {
	case !g.GoneSince.IsZero():
		tell(th.Bad, fmt.Sprintf("The group was deleted %s ago. Last known values are shown.", text.Age(f.Now, g.GoneSince)))
	case !g.StaleSince.IsZero():
		tell(th.Warn, fmt.Sprintf("Stale for %s: %s. Last known values of %s are shown.",
			text.Age(f.Now, g.StaleSince), coordinatorTrouble(f.View, g), text.Clock(f.Now, g.StaleSince)))
	}
	for _, e := range f.View.Errs {
		if e.Group == g.ID {
			tell(th.Warn, text.Clean(e.Error()))
			break
		}
	}
	switch g.Type {
	case model.TypeShare:
		tell(th.Dim, "A share group (KIP-932): several members consume a partition at the same time, so it has no owner, and there are no committed offsets to compute lag from.")
	case model.TypeStreams:
		tell(th.Dim, "A streams group (KIP-1071): its members own tasks, which regroup cannot describe; type, state and coordinator are known.")
	default:
		if !g.MembersKnown && g.GoneSince.IsZero() {
			tell(th.Warn, "Its members could not be read: assignments are unknown.")
		}
	}
	return lines
}

// coordinatorTrouble is why the coordinator does not answer, as far as it is known.
func coordinatorTrouble(v *model.View, g *model.GroupView) string {
	id, known := g.Coordinator.Get()
	if !known {
		return "its coordinator is unknown"
	}
	for _, b := range v.Brokers {
		if b.ID == id && b.Problem != "" {
			return fmt.Sprintf("broker %d, its coordinator, does not answer (%s)", id, text.Clean(b.Problem))
		}
	}
	return fmt.Sprintf("broker %d, its coordinator, does not answer", id)
}
