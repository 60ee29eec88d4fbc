package track

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
	"regroup/model/lag"
	"regroup/model/ownership"
)

// follows reports whether every generation of a group is read from its records, so that polls need not show them.
func (t *Tracker) follows(g *group) bool {
	return t.readsCommits(g) && (!t.tail.WithoutEpochs || g.view.Type != model.TypeConsumer)
}

// readsCommits reports whether every commit of a group is read from its records.
func (t *Tracker) readsCommits(g *group) bool {
	return t.tail.State == model.TailOn && g.view.Type != model.TypeShare && g.view.Type != model.TypeStreams
}

// observeTail takes in the state of reading __consumer_offsets.
func (t *Tracker) observeTail(s *model.TailStatus) {
	was := t.tail
	if s.At.Before(was.At) {
		return
	}
	t.tail = *s
	t.tail.Lost = slices.Clone(s.Lost)
	if s.State != model.TailOn || was.State != model.TailOn || s.Gaps > was.Gaps {
		t.missRecords()
	}
	switch lost := t.tailLost.State; {
	case s.State == model.TailOn && lost != model.TailOff:
		t.tailLost = model.TailStatus{}
		t.emit(model.Event{Kind: model.SourceFound, Detail: "__consumer_offsets is read again: generations are exact"})
	case s.State == model.TailRefused || s.State == model.TailTooBusy || s.State == model.TailFailed:
		t.tailLost = t.tail
		if s.State != lost {
			reason := s.Reason
			if reason == "" {
				reason = string(s.State)
			}
			t.emit(model.Event{Kind: model.SourceLost, Detail: fmt.Sprintf("__consumer_offsets is not read: %s; generations are counted from polls", reason)})
		}
	}
}

// shownTail is the state of the tail, without the moments in which a lost one is retried.
func (t *Tracker) shownTail() model.TailStatus {
	if t.tail.State == model.TailStarting && t.tailLost.State != model.TailOff {
		return t.tailLost
	}
	return t.tail
}

// missRecords: some records were not read, and may have been of any group.
func (t *Tracker) missRecords() {
	for _, g := range t.sorted {
		g.records.contiguous = false
		if g.convergence != nil {
			g.convergence.unresolved = true
		}
	}
}

// recordBatch is a *Records while it is folded in.
type recordBatch struct {
	*model.Records
	clock   *clock
	names   map[string]string // of the topics, by their id, as they came with the records
	touched []*group          // consumer groups of which something changed that has not been folded in yet
}

// observeRecords takes in records in the order in which they were written.
func (t *Tracker) observeRecords(o *model.Records) {
	at := o.At.Sub(t.base)
	broker := t.clock(o.Broker)
	for i := range o.Records {
		if r := &o.Records[i]; !r.Written.IsZero() && (!broker.known || !t.places[r.Partition].ledBefore(o.Broker)) {
			broker.learn(o.At, r.Written, at)
		}
	}
	b := recordBatch{Records: o, clock: broker, names: t.namesOf(o.Topics)}
	for i := range o.Records {
		if r := &o.Records[i]; !t.readBefore(r) {
			t.observeRecord(&b, r)
		}
	}
	for i := range o.Records {
		place := t.places[o.Records[i].Partition]
		place.leader = model.Some(o.Broker)
		t.places[o.Records[i].Partition] = place
	}
	for _, g := range b.touched {
		t.converge(&b, g)
	}
}

// recordPlace is where a record stands in its partition of __consumer_offsets.
type recordPlace struct {
	offset  int64 // of the newest that is not a commit
	written time.Time
	leader  model.Maybe[int32] // the broker that records of the partition were read from last
}

// ledBefore reports whether another broker led the partition when it was read last: what comes first from the new leader
// may have been written by the clock of the one before.
func (p recordPlace) ledBefore(broker int32) bool {
	return p.leader.Known() && p.leader != model.Some(broker)
}

// readBefore reports whether a record comes again, as where a reader starts again a little earlier. A log that lost its
// newest records has others at their offsets, which are younger. Commits of a transaction come when it ends, out of order.
func (t *Tracker) readBefore(r *model.Record) bool {
	if r.Commit != nil {
		return false
	}
	place := t.places[r.Partition]
	if !place.written.IsZero() && r.Offset <= place.offset && !r.Written.After(place.written) {
		return true
	}
	place.offset, place.written = r.Offset, r.Written
	t.places[r.Partition] = place
	return false
}

func (t *Tracker) observeRecord(b *recordBatch, r *model.Record) {
	switch {
	case r.Commit != nil:
		t.observeCommit(b, r)
	case r.Generation != nil:
		t.observeGeneration(b, r)
	default:
		t.observeEpochRecord(b, r)
	}
}

// observeCommit notes when a commit was made, to the millisecond. The offsets themselves are taken from polls, which know
// the log ends that belong to them.
func (t *Tracker) observeCommit(b *recordBatch, r *model.Record) {
	g := t.groups[r.Group]
	if g == nil || r.Commit.Tombstone {
		return
	}
	i, found := slices.BinarySearchFunc(g.view.Partitions, r.Commit.TopicPartition, comparePartition)
	if !found {
		return
	}
	seen := ownership.Commit{Offset: r.Commit.Offset, At: model.Exactly(b.clock.local(r.Written))}
	seen = g.partitions[i].addCommit(seen)
	g.addCommit(r.Commit.TopicPartition, seen)
}

// observeGeneration takes in a classic group as its coordinator wrote it down.
func (t *Tracker) observeGeneration(b *recordBatch, r *model.Record) {
	rec := r.Generation
	g := t.groups[r.Group]
	if rec.Tombstone {
		if g != nil {
			g.state.recreated()
			g.state.times.listed = t.at
		}
		return
	}
	sg := groupOf(b, r)
	if g.gone() {
		g = t.appear(&sg, g)
	}
	facts := &recordedFacts{
		joinEnded: b.clock.local(rec.JoinEnded), ended: b.clock.local(r.Written), written: r.Written,
		leader: rec.Leader, contiguous: g.records.contiguous, stable: rec.StableProbes,
	}
	g.records.contiguous, g.convergence = true, nil
	if g.state.knows(rec, facts.ended) {
		return
	}
	if rec.Generation == 0 {
		g.state.recreated()
		g.state.times.listed = t.at
	}
	if convertsToClassic(g, rec) {
		sg.State, facts.began = model.StatePreparingRebalance, model.Exactly(facts.ended)
	}
	g.translateAgain(b)
	t.foldRecorded(b, g, &sg, facts)
	g.records.newest = recordedEnd{broker: b.Broker, written: r.Written, at: facts.ended}
	t.beginProbed(g, facts)
}

// convertsToClassic reports whether a record converts a consumer group into a classic one, because the last member left
// that was not classic (KIP-848, an online downgrade). The coordinator writes down the members that stay, in a generation
// with the number of the group's epoch; then the group rebalances, and that record shows which members left.
func convertsToClassic(g *group, rec *model.GenerationRecord) bool {
	return g.view.Type == model.TypeConsumer && g.state.generation.Exact() == model.Some(rec.Generation) && len(rec.Members) > 0
}

// knows reports whether a record shows nothing new: polls knew the generation already, or saw later what came of it (the
// tail was behind), or it is the creation of a group that has gone on since.
func (s *state) knows(rec *model.GenerationRecord, ended time.Time) bool {
	if s.stable == nil {
		return false
	}
	if s.stable.Generation.Kind != model.GenerationExact {
		return ended.Before(s.times.stable) && !s.stable.Shows(&model.Group{Members: rec.Members})
	}
	if rec.Generation == 0 {
		return len(s.stable.Members) > 0
	}
	// A group that was deleted and created again restarts its count, and had no members before.
	return rec.Generation < s.stable.Generation.Number && len(s.stable.Members) > 0
}

// groupOf is a classic group as a record describes it.
func groupOf(b *recordBatch, r *model.Record) model.Group {
	rec := r.Generation
	sg := model.Group{
		ID: r.Group, Type: model.TypeClassic, ProtocolType: rec.ProtocolType, State: model.StateStable,
		Coordinator: model.Some(b.Broker), Assignor: rec.Assignor,
		Generation:   model.Generation{Number: rec.Generation, Kind: model.GenerationExact},
		MembersKnown: true, Members: rec.Members,
	}
	if len(rec.Members) == 0 {
		sg.State = model.StateEmpty
	}
	return sg
}

// foldRecorded takes in a group as records describe it.
func (t *Tracker) foldRecorded(b *recordBatch, g *group, sg *model.Group, facts *recordedFacts) {
	g.records.readAt = b.At
	g.records.inTime()
	next := *g.view
	s := sighting{at: b.At.Sub(t.base), moment: facts.ended, answered: facts.ended, recorded: facts}
	changed, r := t.foldMembers(s, g, &next, sg)
	if r == nil && g.state.leader == model.Nobody && g.state.stable != nil {
		g.state.leader = leaderAmong(g.state.stable.Members, facts.leader)
		changed = changed || g.state.leader != model.Nobody
	}
	if !changed {
		return
	}
	g.state.show(&next)
	if len(next.Partitions) > 0 {
		next.Partitions = slices.Clone(next.Partitions)
		showOwners(g, &next, next.Partitions, t.at)
		if r != nil {
			showMoves(r, next.Partitions, t.at)
		}
	}
	lag.Sum(&next)
	summariseOwnership(g, &next)
	t.show(g, next)
}
