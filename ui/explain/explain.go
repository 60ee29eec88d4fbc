// Package explain says in plain words what something on the screen is: with its own numbers, the settings of Kafka that
// govern it, and what a person can do about it. It is pure: a page is made of a view, a subject and a moment.
package explain

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
	"regroup/ui/text"
)

// Kind is what sort of thing is explained.
type Kind int

// The kinds. Those of a group need [Subject.Group].
const (
	State       Kind = iota // of a group
	Assignor                // of a group
	Members                 // of a group, as a whole
	Parts                   // of a group: how many partitions, and how many have an owner
	Lag                     // of a group
	History                 // of a group: its lag over the last minute
	Behind                  // of a group
	Generation              // of a group, or its epochs
	Last                    // of a group: its last rebalance, or the one that is under way
	Storm                   // of a group: how often it rebalances
	Convergence             // of a KIP-848 group: who waits for whom
	Strip                   // of a group: who owned what over time
	Timeline                // of a group: its rebalances over time
	Member                  // Group and Lane; [model.Nobody] is the partitions that no member owns
	Partition               // Group and Partition
	Why                     // Rebalance: its cause
	Moved                   // Rebalance: what changed hands
	Took                    // Rebalance: how long each phase took
	Cost                    // Rebalance: for how long nobody read, and what that cost
	Event                   // Event
	Consumer                // Name: a demo consumer of the lab
	Producer                // Name: the topic of a demo producer of the lab
	Source                  // the cluster as it is being looked at
	Exactness               // how generations are known
	Tail                    // the reading of __consumer_offsets
)

// Subject is the thing that is explained. It is known by names, not by what was drawn: what it is now is looked up in
// the view each time.
type Subject struct {
	Kind      Kind
	Group     string
	Lane      model.Lane
	Partition model.TopicPartition
	Rebalance *model.Rebalance
	Event     *model.Event
	Name      string
}

// Same says that two subjects are one thing.
func (s Subject) Same(other Subject) bool {
	a, b := s, other
	if a.Rebalance != nil && b.Rebalance != nil && a.Rebalance.Same(b.Rebalance) {
		a.Rebalance, b.Rebalance = nil, nil
	}
	return a == b
}

// labels are what a subject is called where several can be chosen from.
var labels = map[Kind]string{
	State: "STATE", Assignor: "ASSIGNOR", Members: "MEMBERS", Parts: "PARTS", Lag: "LAG", History: "LAST 60s", Behind: "BEHIND",
	Generation: "GEN", Last: "LAST REBALANCE", Storm: "STORM", Convergence: "TARGET", Strip: "WHO OWNED WHAT", Timeline: "TIMELINE",
	Why: "WHY", Moved: "MOVED", Took: "TIME", Cost: "COST", Event: "EVENT", Source: "SOURCE", Exactness: "EXACT OR ≈", Tail: "TAIL",
}

// Label is a word or two for the subject.
func (s Subject) Label() string {
	switch s.Kind {
	case Member:
		if s.Lane == model.Nobody {
			return "NOBODY"
		}
		return "MEMBER " + s.Lane.String()
	case Partition:
		return s.Partition.String()
	case Consumer, Producer:
		return s.Name
	}
	if s.Rebalance != nil && s.Group != "" { // several groups have one on the same screen
		return labels[s.Kind] + " " + text.Name(s.Group)
	}
	return labels[s.Kind]
}

// Feed is how the screen gets its views.
type Feed int

// The ways.
const (
	Connecting Feed = iota // no broker has answered yet
	Live
	Late      // no poll came for several intervals
	Silent    // no broker answers any more
	Held      // the display stands still
	Ended     // no further view will come
	Recording // a recording is played
)

// Context is what a page is made of beside its subject.
type Context struct {
	View  *model.View // nil before the first
	Now   time.Time
	Feed  Feed
	Since time.Time // of the feed: the last answer, when the display was held, when regroup began to connect; zero is unknown
}

// Page is an explanation.
type Page struct {
	Title     string
	Sentences []string // a paragraph each
	Settings  []Setting
	Actions   []string // what a person can do
	Moves     bool     // its numbers change faster than once a second
}

// Setting is one of Kafka's settings.
type Setting struct {
	Name    string
	Value   string // with "default " before it where the one that is used is not known
	Meaning string
}

// paragraph is the longest that sentences become together, in bytes.
const paragraph = 130

// say adds a sentence, in a paragraph of its own unless it is short and so is the one before.
func (p *Page) say(format string, args ...any) {
	words := fmt.Sprintf(format, args...)
	if n := len(p.Sentences); n > 0 && len(p.Sentences[n-1])+len(words) <= paragraph {
		p.Sentences[n-1] += " " + words
		return
	}
	p.Sentences = append(p.Sentences, words)
}

func (p *Page) do(actions ...string) { p.Actions = append(p.Actions, actions...) }

// set tells of a setting whose value is not known: its default is told.
func (p *Page) set(names ...string) {
	for _, name := range names {
		entry := about(name)
		value := ""
		if entry.usual != "" {
			value = usual + entry.usual
		}
		p.Settings = append(p.Settings, Setting{name, value, entry.meaning})
	}
}

// setTo tells of a setting whose value is known.
func (p *Page) setTo(name, value string) {
	p.Settings = append(p.Settings, Setting{name, value, about(name).meaning})
}

// setFor tells of settings of a group, with their values as far as its members or its type show them. Of a consumer group
// (KIP-848) it tells of what governs the same there.
func (p *Page) setFor(g *model.GroupView, names ...string) {
	for _, name := range names {
		if translated, has := serverSettings[name]; has && g != nil && server(g) {
			name = translated
		}
		switch told := slices.ContainsFunc(p.Settings, func(s Setting) bool { return s.Name == name }); {
		case told:
		case g == nil:
			p.set(name)
		case name == "session.timeout.ms":
			p.setMaybe(name, longest(g, sessionOf))
		case name == "max.poll.interval.ms":
			p.setMaybe(name, longest(g, pollOf))
		case name == "partition.assignment.strategy" && g.Assignor != "":
			p.setTo(name, g.Assignor)
		case name == "group.protocol" && (g.Type == model.TypeClassic || g.Type == model.TypeConsumer):
			p.setTo(name, string(g.Type))
		default:
			p.set(name)
		}
	}
}

// setMaybe tells of a timeout that may be known.
func (p *Page) setMaybe(name string, value model.Maybe[time.Duration]) {
	if d, known := value.Get(); known {
		p.setTo(name, duration(d))
		return
	}
	p.set(name)
}

// Of explains a subject as it is now.
func Of(c Context, s Subject) Page {
	p := pageOf(c, s)
	p.fillIn(c, s)
	return p
}

func pageOf(c Context, s Subject) Page {
	switch s.Kind {
	case Source:
		return sourcePage(c)
	case Exactness:
		return exactnessPage(c)
	case Tail:
		return tailPage(c)
	}
	if c.View == nil {
		return Page{Title: "Nothing is known yet", Sentences: []string{"No broker has answered so far. regroup keeps trying."}}
	}
	switch s.Kind {
	case Event:
		return eventPage(c, s.Event)
	case Consumer:
		return consumerPage(c, s.Name)
	case Producer:
		return producerPage(c, s.Name)
	case Why, Moved, Took, Cost:
		return rebalancePage(c, s)
	}
	g := c.View.Group(s.Group)
	if g == nil {
		return Page{
			Title:     "The group " + text.Name(s.Group),
			Sentences: []string{"The cluster does not list it now. It appears when its first member joins, or when its first offset is committed."},
		}
	}
	return groupPage(c, g, s)
}

// groupPage explains what belongs to one group.
func groupPage(c Context, g *model.GroupView, s Subject) Page {
	switch s.Kind {
	case Member:
		return memberPage(c, g, s.Lane)
	case Partition:
		return partitionPage(c, g, s.Partition)
	}
	makers := map[Kind]func(Context, *model.GroupView) Page{
		State: statePage, Assignor: assignorPage, Members: membersPage, Parts: partsPage, Lag: lagPage, History: historyPage,
		Behind: behindPage, Generation: generationPage, Last: lastPage, Storm: stormPage, Convergence: convergencePage,
		Strip: stripPage, Timeline: timelinePage,
	}
	return makers[s.Kind](c, g)
}
