package explain

import (
	"fmt"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/text"
)

// namesShown is how many names a sentence lists before it counts.
const namesShown = 4

// and joins names: "A", "A and B", "A, B and C".
func and(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// partitions names a few partitions, and counts more.
func partitions(tps []model.TopicPartition) string {
	if len(tps) == 0 {
		return "nothing"
	}
	if len(tps) > namesShown {
		return text.Plural(len(tps), "partition")
	}
	names := make([]string, len(tps))
	for i, tp := range tps {
		names[i] = tp.String()
	}
	return and(names)
}

// who names a member: B (consumer-2).
func who(m model.MemberRef) string {
	if m.ClientID == "" {
		return m.Slot.String()
	}
	return fmt.Sprintf("%s (%s)", m.Slot, m.ClientID)
}

// letters are the letters of members in words: "A", "A and B".
func letters(slots []model.Slot) string {
	names := make([]string, len(slots))
	for i, slot := range slots {
		names[i] = slot.String()
	}
	return and(names)
}

// others are the members of a group but one.
func others(g *model.GroupView, lane model.Slot) []model.Slot {
	var all []model.Slot
	for i := range g.Members {
		if g.Members[i].Slot != lane {
			all = append(all, g.Members[i].Slot)
		}
	}
	return all
}

// inherit says who gets what a member leaves behind. Among several it is decided only then, and not all of them need get
// some of it.
func inherit(g *model.GroupView, lane model.Slot, what string) string {
	switch rest := others(g, lane); {
	case len(rest) == 0:
		return "nobody gets " + what + ": there is no other member"
	case len(rest) == 1:
		return rest[0].String() + " gets " + what
	case server(g):
		return "the others get " + what + ": the coordinator works out who"
	}
	return "the others get " + what + ": the leader works out who"
}

// coordinator names the broker that coordinates a group.
func coordinator(g *model.GroupView) string {
	if id, known := g.Coordinator.Get(); known {
		return fmt.Sprintf("The coordinator, broker %d,", id)
	}
	return "The coordinator"
}

// ago is how long ago something was.
func ago(now, at time.Time) string {
	switch {
	case at.IsZero():
		return "at a time that is not known"
	case now.Sub(at) < time.Second:
		return "just now"
	}
	return text.Age(now, at) + " ago"
}

// isAre is the verb for so many.
func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// server says that the coordinator assigns, and members have epochs.
func server(g *model.GroupView) bool {
	return g.Type == model.TypeConsumer || g.Type == model.TypeStreams
}

// between is how long lay between two moments, in words; "" where that is not known.
func between(from, to model.Moment) string {
	if from.IsZero() || to.IsZero() {
		return ""
	}
	atLeast := max(0, to.NotBefore.Sub(from.NotAfter))
	if from.NotBefore.IsZero() {
		return "at least " + text.Duration(atLeast)
	}
	return text.DurationBetween(atLeast, max(0, to.NotAfter.Sub(from.NotBefore)))
}

// duration is a timeout as one would write it in a configuration that has units: 10s, 1m30s, 500ms.
func duration(d time.Duration) string {
	s := d.Round(time.Millisecond).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// longest is the largest of a timeout among the members, where any is known.
func longest(g *model.GroupView, of func(*model.MemberView) model.Maybe[time.Duration]) model.Maybe[time.Duration] {
	most := model.None[time.Duration]()
	for i := range g.Members {
		if d, known := of(&g.Members[i]).Get(); known && d > most.Or(0) {
			most = model.Some(d)
		}
	}
	return most
}

func sessionOf(m *model.MemberView) model.Maybe[time.Duration] { return m.SessionTimeout }
func pollOf(m *model.MemberView) model.Maybe[time.Duration]    { return m.RebalanceTimeout }
