package forecast

import (
	"fmt"
	"strings"

	"github.com/IBM/sarama"

	"regroup/model"
	"regroup/model/whatif"
)

// notes are what else there is to know of a classic group's forecast, the most important first.
func (p *planner) notes(f *whatif.Forecast) []string {
	var notes []string
	say := func(format string, values ...any) { notes = append(notes, fmt.Sprintf(format, values...)) }
	switch {
	case f.Certainty == whatif.CertaintyOutcomes && p.q.Reassigned():
		say("Members that restart get new ids, and %s goes by their order: among members of one client.id, chance decides.", f.Assignor)
	case f.Certainty == whatif.CertaintyOutcomes:
		say("%s goes by the order of the member ids, and no id is known before its member joins. Brokers make it of the client.id and a UUID.", f.Assignor)
	case f.Certainty == whatif.CertaintyNumbers:
		say("Of several partitions that would do as well, %s takes any: those marked ~ are an example, the numbers are sure.", f.Assignor)
	case f.Certainty == whatif.CertaintyExample && !p.alike:
		say("Members subscribe to different topics: %s then has many ways to be even, and this is one of them.", f.Assignor)
	case f.Certainty == whatif.CertaintyExample:
		say("The client that leads decides who of several that are as good gives or gets one more: this is what sarama's would do.")
	}
	if f.Sampled {
		say("There are more orders of the member ids than were computed.")
	}
	for i := range p.seats {
		if s := &p.seats[i]; s.Joins && s.ClientID != "" && !p.sticky && f.Certainty == whatif.CertaintyExact {
			say("%s sorts where it does because brokers make its id of client.id %s.", s.Slot, s.ClientID)
			break
		}
	}
	notes = append(notes, p.changeNotes()...)
	if f.Assignor == sarama.RangeBalanceStrategyName && !p.q.SaramaLeads {
		say("A Java client with client.rack set may give partitions to members of their racks instead.")
	}
	return notes
}

// changeNotes are what the changes mean beside who owns what.
func (p *planner) changeNotes() []string {
	var notes []string
	say := func(format string, values ...any) { notes = append(notes, fmt.Sprintf(format, values...)) }
	if p.q.Reassigned() {
		say("Members take another assignor by a restart, each of them a rebalance of its own; this is where it ends if all start anew.")
		if p.q.ProtocolThen() == model.ProtocolIncremental {
			say("From an eager assignor it takes two rounds of restarts: first with both, then with cooperative-sticky alone (KIP-429).")
		}
	}
	if len(p.q.Joining) > 0 && !p.alike {
		say("Who joins is taken to subscribe to what %s does.", p.q.Group.Members[0].Slot)
	}
	var static []string
	for _, lane := range p.q.Leaving {
		if m := p.q.Group.Member(lane); m != nil && m.InstanceID != "" {
			static = append(static, lane.String())
		}
	}
	if len(static) > 0 {
		say("%s is static: what it owns stays its own, unread, until its session.timeout.ms is over.", strings.Join(static, ", "))
	}
	switch {
	case p.q.Added() == 0:
	case p.q.Group.Type == model.TypeConsumer:
		say("The coordinator notices partitions that are added by itself; keys go to other partitions from then on.")
	default:
		say("Members notice partitions that are added within metadata.max.age.ms (Java: 5 min), and keys go to other partitions from then on.")
	}
	return notes
}

// serverNotes are what there is to know of a consumer group's forecast.
func (p *planner) serverNotes(f *whatif.Forecast) []string {
	var notes []string
	name := f.Assignor
	if name == "" {
		name = "uniform"
	}
	switch {
	case !p.alike:
		notes = append(notes, fmt.Sprintf("The broker's %s assignor decides, and members subscribe to different topics: this is one even way.", name))
	case name == sarama.RangeBalanceStrategyName:
		notes = append(notes, "The broker's range assignor decides: how many each gets is bounded topic by topic, who gets which cannot be computed.")
	default:
		notes = append(notes, fmt.Sprintf("The broker's %s assignor decides, in an order of its own: even to within one, and who keeps what cannot be computed.", name))
	}
	return append(notes, p.changeNotes()...)
}
