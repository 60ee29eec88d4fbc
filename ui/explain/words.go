package explain

import (
	"fmt"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/text"
)

// namesShown is the number of names that a sentence lists; more are counted.
const namesShown = 4

// and joins names: "A", "A and B", "A, B and C".
func and(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// partitions lists a few partitions, or their number.
func partitions(tps []model.TopicPartition) string {
	if len(tps) == 0 {
		return "no partition"
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

// memberName is a member's letter and client id: B (consumer-2).
func memberName(m model.MemberRef) string {
	if m.ClientID == "" {
		return m.Slot.String()
	}
	return fmt.Sprintf("%s (%s)", m.Slot, m.ClientID)
}

// letters joins the letters of members: "A", "A and B".
func letters(slots []model.Slot) string {
	names := make([]string, len(slots))
	for i, slot := range slots {
		names[i] = slot.String()
	}
	return and(names)
}

// others are the members of a group except one.
func others(g *model.GroupView, slot model.Slot) []model.Slot {
	var all []model.Slot
	for i := range g.Members {
		if g.Members[i].Slot != slot {
			all = append(all, g.Members[i].Slot)
		}
	}
	return all
}

// takeover is a clause about the partitions of a member that is removed: among several members the next assignment decides.
func takeover(g *model.GroupView, slot model.Slot, what string) string {
	switch rest := others(g, slot); {
	case len(rest) == 0:
		return "there is no other member to take over " + what
	case len(rest) == 1:
		return rest[0].String() + " takes over " + what
	case g.Type.Reconciles():
		return "the coordinator reassigns " + what
	}
	return "the leader reassigns " + what
}

// lowerFirst is a sentence after a colon: it begins with a lower-case letter, except for names.
func lowerFirst(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'a' && s[1] <= 'z' && s[:min(5, len(s))] != "Kafka" {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}

// upperFirst is words as a title.
func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// coordinator names the broker that coordinates a group.
func coordinator(g *model.GroupView) string {
	if id, known := g.Coordinator.Get(); known {
		return fmt.Sprintf("The coordinator, broker %d,", id)
	}
	return "The coordinator"
}

// ago is the time since an event.
func ago(now, at time.Time) string {
	switch {
	case at.IsZero():
		return "at an unknown time"
	case now.Sub(at) < time.Second:
		return "just now"
	}
	return text.Age(now, at) + " ago"
}

// agree is the form of a word that agrees with a number: one member is, two members are.
func agree[N int | int64](n N, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// between is the time between two moments; "" if it is unknown.
func between(from, to model.Moment) string {
	if from.IsZero() || to.IsZero() {
		return ""
	}
	atLeast, atMost := from.Until(to)
	if most, known := atMost.Get(); known {
		return text.DurationBetween(atLeast, most)
	}
	return "at least " + text.Duration(atLeast)
}

// until is the time from now to a later moment.
func until(now, at time.Time) time.Duration { return max(0, at.Sub(now)) }

// duration formats a timeout as in a configuration with units: 10s, 1m30s, 500ms.
func duration(d time.Duration) string {
	s := d.Round(time.Millisecond).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// longest is the maximum of a timeout over the members; unknown if it is unknown for all of them.
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
