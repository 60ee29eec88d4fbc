// Package explain explains what is on the screen: its current values, the Kafka settings that govern it, and what to do about it.
// It is pure: a page is a function of a view, a subject and a time.
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

// Feed is the state of the source of the views.
type Feed int

// The states.
const (
	Connecting Feed = iota // no broker has answered yet
	Live
	Late      // no poll completed for several intervals
	Silent    // no broker answers any more
	Paused    // p was pressed
	Ended     // the source has ended
	Recording // a recording is played
)

// Context is the input of a page besides its subject.
type Context struct {
	View  *model.View // nil before the first
	Now   time.Time
	Feed  Feed
	Since time.Time // of the feed: of the last answer, of the pause, or of the first connection attempt; zero is unknown
}

func (c Context) readings(g *model.GroupView) *ownership.Readings {
	return ownership.Now(g, c.View.Lab)
}

// Page is an explanation.
type Page struct {
	Title     string
	Sentences []string // one per paragraph
	Settings  []Setting
	Actions   []string // recommendations
	Animated  bool     // its values change more than once per second
}

// Setting is a Kafka setting.
type Setting struct {
	Name    string
	Value   string // with defaultPrefix if only the default is known
	Meaning string
}

// paragraph is the maximum length of joined sentences, in bytes.
const paragraph = 130

// addf adds a sentence: in a new paragraph, or joined to the previous one if both are short.
func (p *Page) addf(format string, args ...any) {
	words := fmt.Sprintf(format, args...)
	if n := len(p.Sentences); n > 0 && len(p.Sentences[n-1])+len(words) <= paragraph {
		p.Sentences[n-1] += " " + words
		return
	}
	p.Sentences = append(p.Sentences, words)
}

// advise adds recommendations.
func (p *Page) advise(actions ...string) { p.Actions = append(p.Actions, actions...) }

// addSettings adds settings with their defaults.
func (p *Page) addSettings(names ...string) {
	for _, name := range names {
		entry := entryOf(name)
		value := ""
		if entry.byDefault != "" {
			value = defaultPrefix + entry.byDefault
		}
		p.Settings = append(p.Settings, Setting{name, value, entry.meaning})
	}
}

// addSetting adds a setting with a known value.
func (p *Page) addSetting(name, value string) {
	p.Settings = append(p.Settings, Setting{name, value, entryOf(name).meaning})
}

// addSettingsOf adds settings of a group, with the values that its members or its type reveal. For a consumer group (KIP-848) it
// adds their counterparts.
func (p *Page) addSettingsOf(g *model.GroupView, names ...string) {
	for _, name := range names {
		if counterpart, has := serverSettings[name]; has && g != nil && g.Type.Reconciles() {
			name = counterpart
		}
		switch present := slices.ContainsFunc(p.Settings, func(s Setting) bool { return s.Name == name }); {
		case present:
		case g == nil:
			p.addSettings(name)
		case name == "session.timeout.ms":
			p.addTimeout(name, longest(g, sessionOf))
		case name == "max.poll.interval.ms":
			p.addTimeout(name, longest(g, pollOf))
		case name == "partition.assignment.strategy" && g.Assignor != "":
			p.addSetting(name, g.Assignor)
		case name == "group.protocol" && (g.Type == model.TypeClassic || g.Type == model.TypeConsumer):
			p.addSetting(name, string(g.Type))
		default:
			p.addSettings(name)
		}
	}
}

// addTimeout adds a timeout with its value, or with its default if the value is unknown.
func (p *Page) addTimeout(name string, value model.Maybe[time.Duration]) {
	if d, known := value.Get(); known {
		p.addSetting(name, duration(d))
		return
	}
	p.addSettings(name)
}

// Of explains a subject.
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
		return Page{Title: "No data yet", Sentences: []string{"No broker has answered so far. regroup keeps trying."}}
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
			Sentences: []string{"The cluster does not list this group. It appears when its first member joins or its first offset is committed."},
		}
	}
	return groupPage(c, g, s)
}

// groupPage explains a subject of one group.
func groupPage(c Context, g *model.GroupView, s subject.Subject) Page {
	switch s.Kind {
	case subject.Member:
		return memberPage(c, g, s.Slot)
	case subject.Partition:
		return partitionPage(c, g, s.Partition)
	}
	pages := map[subject.Kind]func(Context, *model.GroupView) Page{
		subject.State: statePage, subject.Assignor: assignorPage, subject.Members: membersPage, subject.Parts: partsPage, subject.Lag: lagPage, subject.History: historyPage,
		subject.Behind: behindPage, subject.Generation: generationPage, subject.Last: lastPage, subject.Storm: stormPage, subject.Convergence: convergencePage,
		subject.Strip: stripPage, subject.Timeline: timelinePage,
	}
	return pages[s.Kind](c, g)
}
