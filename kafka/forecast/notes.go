package forecast

import (
	"fmt"
	"strings"

	"github.com/IBM/sarama"

	"regroup/model"
	"regroup/model/whatif"
)

// notes are the limits and consequences of a classic group's forecast, the most important first.
func (p *planner) notes(f *whatif.Forecast) []string {
	var notes []string
	say := func(format string, values ...any) { notes = append(notes, fmt.Sprintf(format, values...)) }
	switch {
	case f.Certainty == whatif.CertaintyOutcomes && p.q.ChangesAssignor():
		say("%s orders members by their ids, and restarted members get new ones: among members with the same client.id the order is random.", f.Assignor)
	case f.Certainty == whatif.CertaintyOutcomes:
		say("%s orders members by their ids, which are not known before a member joins: the broker makes them of the client.id and a UUID.", f.Assignor)
	case f.Certainty == whatif.CertaintyNumbers:
		say("%s picks any of several equally good partitions: those marked ~ are an example, the counts are certain.", f.Assignor)
	case f.Certainty == whatif.CertaintyExample && !p.alike:
		say("Members subscribe to different topics: there are many even assignments, and this is one of those that %s may choose.", f.Assignor)
	case f.Certainty == whatif.CertaintyExample:
		say("The client of the group leader breaks ties between members: this is what sarama would do.")
	}
	if f.Sampled {
		say("Only a sample of the possible orders of member ids was computed.")
	}
	for i := range p.members {
		if s := &p.members[i]; s.Joins && s.ClientID != "" && !p.sticky && f.Certainty == whatif.CertaintyExact {
			say("The position of %s follows from its client.id %s, with which its member id begins.", s.Slot, s.ClientID)
			break
		}
	}
	notes = append(notes, p.changeNotes()...)
	if f.Assignor == sarama.RangeBalanceStrategyName && !p.q.SaramaLeads {
		say("A Java client with client.rack set may assign partitions to members in the same rack instead.")
	}
	return notes
}

// changeNotes are the consequences of the changes other than the assignment.
func (p *planner) changeNotes() []string {
	var notes []string
	say := func(format string, values ...any) { notes = append(notes, fmt.Sprintf(format, values...)) }
	if p.q.ChangesAssignor() {
		say("Members change the assignor by a restart, and each restart is a rebalance; this is the assignment after the last one.")
		if p.q.NextProtocol() == model.ProtocolIncremental {
			say("Leaving an eager assignor takes two rolling restarts: first with both assignors, then with cooperative-sticky only (KIP-429).")
		}
	}
	if len(p.q.Joining) > 0 && !p.alike {
		say("Joining members are assumed to subscribe to the topics of %s.", p.q.Group.Members[0].Slot)
	}
	var static []string
	for _, slot := range p.q.Leaving {
		if m := p.q.Group.Member(slot); m != nil && m.InstanceID != "" {
			static = append(static, slot.String())
		}
	}
	if len(static) > 0 {
		say("%s is static: its partitions stay assigned to it, without an active consumer, until its session.timeout.ms has passed.", strings.Join(static, ", "))
	}
	switch {
	case p.q.Added() == 0:
	case p.q.Group.Type == model.TypeConsumer:
		say("The coordinator detects added partitions itself; from then on keys map to other partitions.")
	default:
		say("Members detect added partitions within metadata.max.age.ms (Java: 5 min); from then on keys map to other partitions.")
	}
	return notes
}

// serverNotes are the limits and consequences of a consumer group's forecast.
func (p *planner) serverNotes(f *whatif.Forecast) []string {
	var notes []string
	name := f.Assignor
	if name == "" {
		name = "uniform"
	}
	switch {
	case !p.alike:
		notes = append(notes, fmt.Sprintf("The broker's %s assignor decides, and members subscribe to different topics: this is one even assignment.", name))
	case name == sarama.RangeBalanceStrategyName:
		notes = append(notes, "The broker's range assignor decides: the counts are bounded topic by topic, the partitions of each member cannot be computed.")
	default:
		notes = append(notes, fmt.Sprintf("The broker's %s assignor decides: counts differ by one at most, the partitions of each member cannot be computed.", name))
	}
	return append(notes, p.changeNotes()...)
}
