package track

import (
	"fmt"
	"slices"

	"regroup/model"
)

// failureKey names a part of the cluster that can fail by itself: an operation on a broker, or at an address as long
// as the broker's id is not known.
type failureKey struct {
	broker    model.Maybe[int32]
	address   string
	operation string
}

func (k failureKey) String() string {
	if id, known := k.broker.Get(); known {
		return fmt.Sprintf("%s on broker %d (%s)", k.operation, id, k.address)
	}
	if k.address != "" {
		return k.operation + model.Preposition(k.operation) + k.address
	}
	return k.operation
}

// foldSources emits for each broker, and each operation on one, once that it fails and once that it works again.
func (t *Tracker) foldSources(p *poll) {
	silent := make(map[int32]bool) // of the brokers that there are
	for i := range p.Brokers {
		b := &p.Brokers[i]
		silent[b.ID] = !b.Answered
		switch lost := t.lostBrokers[b.ID]; {
		case !b.Answered && !lost:
			t.lostBrokers[b.ID] = true
			t.emit(model.Event{Kind: model.SourceLost, Broker: model.Some(b.ID), Detail: brokerLost(b)})
		case b.Answered && lost:
			delete(t.lostBrokers, b.ID)
			t.emit(model.Event{Kind: model.SourceFound, Broker: model.Some(b.ID), Detail: fmt.Sprintf("broker %d (%s) answers again", b.ID, b.Address)})
		}
	}

	failures := failuresOf(p.Errs, silent)
	for _, found := range failures {
		if !slices.Contains(t.failures, found.key) {
			t.emit(model.Event{Kind: model.SourceLost, Broker: found.key.broker, Group: found.group, Detail: found.detail()})
		}
	}
	var still []failureKey
	for _, found := range failures {
		still = append(still, found.key)
	}
	for _, was := range t.failures {
		// Of a broker that is silent altogether nothing is known: its errors have not gone away. Of one that is not a broker
		// any more nothing will be.
		id, known := was.broker.Get()
		quiet, there := silent[id]
		switch {
		case known && quiet:
			still = append(still, was)
		case (!known || there) && !slices.Contains(still, was):
			t.emit(model.Event{Kind: model.SourceFound, Broker: was.broker, Detail: was.String() + " works again"})
		}
	}
	t.failures = still
}

func brokerLost(b *model.Broker) string {
	detail := fmt.Sprintf("broker %d (%s) does not answer", b.ID, b.Address)
	if b.Problem != "" {
		detail += ": " + b.Problem
	}
	return detail
}

// failure is one failing operation, and how many errors of a snapshot are of it.
type failure struct {
	key    failureKey
	group  string // "" if several groups are concerned, or all
	first  model.SourceError
	errors int
}

func (f *failure) detail() string {
	if f.errors == 1 {
		return f.first.Error()
	}
	return fmt.Sprintf("%s; and %d more of this kind", f.first.Error(), f.errors-1)
}

// failuresOf groups errors by what failed, in order: an operation that ten thousand groups are
// refused is one failure. Those of brokers that do not answer at all show nothing new.
func failuresOf(errs []model.SourceError, silent map[int32]bool) []failure {
	var failures []failure
	index := make(map[failureKey]int)
	for _, e := range errs {
		id, known := e.Broker.Get()
		if known && silent[id] {
			continue
		}
		key := failureKey{e.Broker, e.Address, e.Operation}
		i, seen := index[key]
		if !seen {
			index[key] = len(failures)
			failures = append(failures, failure{key: key, group: e.Group, first: e, errors: 1})
			continue
		}
		failures[i].errors++
		if failures[i].group != e.Group {
			failures[i].group = ""
		}
	}
	return failures
}

// listedWhole reports whether a group that is missing in the snapshot does not exist: all groups were asked for, and every
// broker that may coordinate one listed its groups. A broker that failed to, or that may not have handed its groups
// over yet, has an error of ListGroups. One that left the cluster long ago only stands in the list as silent.
func listedWhole(s *model.Snapshot) bool {
	if s.Partial || len(s.Brokers) == 0 {
		return false
	}
	return !slices.ContainsFunc(s.Errs, func(e model.SourceError) bool { return e.Operation == "ListGroups" || e.Operation == "Metadata" })
}
