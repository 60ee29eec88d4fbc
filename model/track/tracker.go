// Package track merges what the sources report, and runs the state machine of each group: a [Tracker] folds observations, in
// order, into events and an immutable view.
package track

import (
	"time"

	"regroup/model"
	"regroup/model/cause"
	"regroup/model/ring"
)

// Tracker folds observations into events and views. It has one owner: Observe and View are not for several goroutines
// at once; the views that it hands out are.
type Tracker struct {
	// LagAlert is the lag of a group, in records, from which on it is alerted of; 0 is never. Set it before the first
	// observation.
	LagAlert int64

	started bool
	base    time.Time // of the first observation
	newest  time.Time // of the newest observation
	run     int       // counts snapshots

	groups map[string]*group
	sorted []*group // by id
	topics map[string]*topicState

	polled        *pollHeader // the newest complete poll; nil before the first
	lostBrokers   map[int32]bool
	failures      []failureKey
	lab           *model.LabSnapshot
	tour          *model.TourStatus
	recordingLost string // why; "" while nothing went wrong
	tail          model.TailStatus
	tailLost      model.TailStatus      // the newest that was reported as lost; TailOff if none is
	clocks        map[int32]*clock      // of the brokers, by id
	places        map[int32]recordPlace // of the newest records read, by the partition of __consumer_offsets
	topicIDs      map[string]string     // the names of the topics, by their id
	changes       []cause.TopicChange   // the newest, oldest first; at most changesKept

	events     ring.Ring[model.Event]
	rebalances ring.Ring[*model.Rebalance]

	// view is the one that View returned last; nil when something was observed since. groupViews are its groups, nil
	// when one of them changed since.
	view       *model.View
	groupViews []*model.GroupView

	// For the observation under way only.
	at      time.Time
	emitted []model.Event
}

// NewTracker is a tracker that has seen nothing.
func NewTracker() *Tracker {
	return &Tracker{
		groups:      make(map[string]*group),
		topics:      make(map[string]*topicState),
		lostBrokers: make(map[int32]bool),
		clocks:      make(map[int32]*clock),
		places:      make(map[int32]recordPlace),
		topicIDs:    make(map[string]string),
	}
}

// Observe takes in what a source saw and returns what changed by it, in order. It is the only place where state
// changes. What is older than what was already seen of the same thing (a late answer) changes nothing. The tracker
// keeps copies only: of a *[LabSnapshot] and a *[TourStatus] it keeps the pointer, which must not be changed afterwards.
func (t *Tracker) Observe(o model.Observation) []model.Event {
	t.at, t.emitted = o.ObservedAt(), nil
	if !t.started {
		t.started, t.base, t.newest = true, t.at, t.at
	}
	switch o := o.(type) {
	case *model.Snapshot:
		t.observeSnapshot(o)
	case *model.StateProbe:
		t.observeProbe(o)
	case *model.Records:
		t.observeRecords(o)
	case *model.History:
		t.observeHistory(o)
	case *model.TailStatus:
		t.observeTail(o)
	case *model.LabSnapshot:
		t.observeLab(o)
	case *model.AdminAction:
		t.observeAdmin(o)
	case *model.SceneBegan:
		t.observeScene(o)
	case *model.TourStatus:
		t.observeTour(o)
	case *model.RecordingLost:
		t.observeRecordingLost(o)
	}
	if t.at.After(t.newest) {
		t.newest = t.at
	}
	t.view = nil
	return t.emitted
}

// emit adds an event of the observation under way.
func (t *Tracker) emit(e model.Event) {
	e.At = t.at
	t.emitted = append(t.emitted, e)
	if e.Kind != model.CostKnown && e.Kind != model.VerdictRevised { // the view's rebalance has it already
		t.events.Add(e, model.EventsKept)
	}
}

func (t *Tracker) observeLab(l *model.LabSnapshot) {
	if t.lab != nil && l.At.Before(t.lab.At) {
		return
	}
	t.noteExpelled(t.lab, l)
	t.lab = l
	if l.Acted != (model.LabActionDone{}) {
		t.noteLabAction(l)
		t.emit(model.Event{Kind: model.LabActed, Group: l.Acted.Group, Topic: l.Acted.Topic, Detail: l.Acted.Words})
	}
}

// View is everything known after the newest observation. It is immutable, and the same one until the next observation.
func (t *Tracker) View() *model.View {
	if t.view != nil {
		return t.view
	}
	if t.groupViews == nil {
		t.groupViews = make([]*model.GroupView, len(t.sorted))
		for i, g := range t.sorted {
			t.groupViews[i] = g.view
		}
	}
	v := &model.View{
		Groups:           t.groupViews,
		Events:           t.events.Newest(model.EventsKept),
		Rebalances:       t.rebalances.Newest(model.RebalancesKept),
		GenerationsExact: t.tail.State == model.TailOn || generationsExact(t.groupViews),
		Lab:              t.lab,
		Tour:             t.tour,
		Tail:             t.shownTail(),
		RecordingLost:    t.recordingLost,
	}
	if t.started {
		v.At = t.newest
	}
	if h := t.polled; h != nil {
		v.PolledAt, v.Took, v.Requests, v.Interval = h.at, h.took, h.requests, h.interval
		v.Cluster, v.Brokers, v.Errs = h.cluster, h.brokers, h.errs
	}
	t.view = v
	return v
}

// generationsExact looks at the groups whose members rebalance: there is one, and the coordinator's own generation is
// known for all.
func generationsExact(groups []*model.GroupView) bool {
	exact := false
	for _, g := range groups {
		if len(g.Members) == 0 || !g.GoneSince.IsZero() || g.Type == model.TypeShare {
			continue
		}
		if g.Generation.Kind != model.GenerationExact {
			return false
		}
		exact = true
	}
	return exact
}

func (t *Tracker) observeRecordingLost(l *model.RecordingLost) {
	t.recordingLost = l.Reason
	t.emit(model.Event{Kind: model.SourceLost, Detail: "recording stopped: " + l.Reason})
}

// observeScene forgets everything but the tour.
func (t *Tracker) observeScene(s *model.SceneBegan) {
	fresh := NewTracker()
	fresh.LagAlert, fresh.tour, fresh.recordingLost = t.LagAlert, t.tour, t.recordingLost
	fresh.started, fresh.base, fresh.newest, fresh.at = true, s.At, s.At, s.At
	*t = *fresh
}

func (t *Tracker) observeTour(s *model.TourStatus) {
	if s.Step == "" {
		s = nil
	}
	t.tour = s
}
