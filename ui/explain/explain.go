// Package explain says in plain words what something on the screen is: with its own numbers, the settings of Kafka that
// govern it, and what a person can do about it. It is pure: a page is made of a view, a subject and a moment.
package explain

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/subject"
	"regroup/ui/text"
)

// Feed is how the screen gets its views.
type Feed int

// The ways.
const (
	Connecting Feed = iota // no broker has answered yet
	Live
	Late      // no poll came for several intervals
	Silent    // no broker answers any more
	Paused    // p was pressed
	Ended     // no further view will come
	Recording // a recording is played
)

// Context is what a page is made of beside its subject.
type Context struct {
	View  *model.View // nil before the first
	Now   time.Time
	Feed  Feed
	Since time.Time // of the feed: the last answer, when the display was paused, when regroup began to connect; zero is unknown
}

func (c Context) readings(g *model.GroupView) *ownership.Readings {
	return ownership.Now(g, c.View.Lab)
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
func Of(c Context, s subject.Subject) Page {
	p := pageOf(c, s)
	p.fillIn(c, s)
	return p
}

func pageOf(c Context, s subject.Subject) Page {
	switch s.Kind {
	case subject.Source:
		return sourcePage(c)
	case subject.Exactness:
		return exactnessPage(c)
	case subject.Tail:
		return tailPage(c)
	}
	if c.View == nil {
		return Page{Title: "Nothing is known yet", Sentences: []string{"No broker has answered so far. regroup keeps trying."}}
	}
	switch s.Kind {
	case subject.Event:
		return eventPage(c, s.Event)
	case subject.Consumer:
		return consumerPage(c, s.Name)
	case subject.Producer:
		return producerPage(c, s.Name)
	case subject.Why, subject.Moved, subject.Took, subject.Cost:
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
func groupPage(c Context, g *model.GroupView, s subject.Subject) Page {
	switch s.Kind {
	case subject.Member:
		return memberPage(c, g, s.Lane)
	case subject.Partition:
		return partitionPage(c, g, s.Partition)
	}
	makers := map[subject.Kind]func(Context, *model.GroupView) Page{
		subject.State: statePage, subject.Assignor: assignorPage, subject.Members: membersPage, subject.Parts: partsPage, subject.Lag: lagPage, subject.History: historyPage,
		subject.Behind: behindPage, subject.Generation: generationPage, subject.Last: lastPage, subject.Storm: stormPage, subject.Convergence: convergencePage,
		subject.Strip: stripPage, subject.Timeline: timelinePage,
	}
	return makers[s.Kind](c, g)
}
