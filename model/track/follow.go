package track

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"regroup/model"
	"regroup/model/ownership"
)

// recordFacts are what a record adds to a pass. Times are by regroup's clock.
type recordFacts struct {
	began      model.Moment // zero is unknown
	joinEnded  time.Time    // zero is unknown
	ended      time.Time
	written    time.Time    // by the coordinator's clock
	leader     string       // the member id
	contiguous bool         // the records since the generation before have all been read
	calm       []model.Look // found the group in no rebalance before the join ended, or about then; the newest first
	overtaken  bool         // the target was replaced before every member had reached it
}

// follows says that the records tell of every generation of a group: polls need not.
func (t *Tracker) follows(g *group) bool {
	return t.readsCommits(g) && (!t.tail.WithoutEpochs || g.view.Type != model.TypeConsumer)
}

// readsCommits says that the records tell of every commit of a group.
func (t *Tracker) readsCommits(g *group) bool {
	return t.tail.State == model.TailOn && g.view.Type != model.TypeShare && g.view.Type != model.TypeStreams
}

// observeTail takes in how the reading of __consumer_offsets fares.
func (t *Tracker) observeTail(s *model.TailStatus) {
	was := t.tail
	if s.At.Before(was.At) {
		return
	}
	t.tail = *s
	t.tail.Lost = slices.Clone(s.Lost)
	if s.State != model.TailOn || was.State != model.TailOn || s.Gaps > was.Gaps {
		t.passOver()
	}
	switch lost := t.tailLost.State; {
	case s.State == model.TailOn && lost != model.TailOff:
		t.tailLost = model.TailStatus{}
		t.emit(model.Event{Kind: model.SourceFound, Detail: "__consumer_offsets is read again: generations are exact"})
	case s.State == model.TailRefused || s.State == model.TailTooBusy || s.State == model.TailFailed:
		t.tailLost = t.tail
		if s.State != lost {
			t.emit(model.Event{Kind: model.SourceLost, Detail: fmt.Sprintf("__consumer_offsets is not read: %s; generations are counted from polls", cmp.Or(s.Reason, string(s.State)))})
		}
	}
}

// shownTail is how the tail fares, without the moments in which it is tried again in vain.
func (t *Tracker) shownTail() model.TailStatus {
	if t.tail.State == model.TailStarting && t.tailLost.State != model.TailOff {
		return t.tailLost
	}
	return t.tail
}

// passOver forgets that the records tell of every generation: some were not read, nobody knows of which groups.
func (t *Tracker) passOver() {
	for _, g := range t.sorted {
		g.followed = false
		if g.converging != nil {
			g.converging.unresolved = true
		}
	}
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
	offset  int64 // of the newest that is no commit
	written time.Time
	leader  model.Maybe[int32] // the broker that records of the partition were read from last
}

// ledBefore says that another broker led the partition when it was read last: what comes first from the new leader may
// have been written by the clock of the one before.
func (p recordPlace) ledBefore(broker int32) bool {
	return p.leader.Known() && p.leader != model.Some(broker)
}

// readBefore says that a record comes again, as where a reader begins anew a little earlier. A log that lost its newest
// records has others at their offsets, which are younger. Commits of a transaction come when it ends, out of order.
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

// recordBatch is a *Records while it is folded in.
type recordBatch struct {
	*model.Records
	clock   *clock
	names   map[string]string // of the topics, by their id, as the source tells them with the records
	touched []*group          // consumer groups of which something changed that has not been judged yet
}

func (t *Tracker) clock(broker int32) *clock {
	c := t.clocks[broker]
	if c == nil {
		c = &clock{}
		t.clocks[broker] = c
	}
	return c
}

func (t *Tracker) observeRecord(b *recordBatch, r *model.Record) {
	switch {
	case r.Commit != nil:
		t.observeCommit(b, r)
	case r.Generation != nil:
		t.observeGeneration(b, r)
	default:
		t.observeStep(b, r)
	}
}

// observeCommit notes when a commit was made, to the instant. The offsets themselves are the polls' to tell, which know
// the ends that belong to them.
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
	seen = g.partitions[i].takeCommit(seen)
	t.reckonCommit(g, r.Commit.TopicPartition, seen)
}

// takeCommit takes a commit that a record tells of, and returns it with what the one before says of it.
func (st *partition) takeCommit(seen ownership.Commit) ownership.Commit {
	rhythm := st.commitEvery
	st.commitEvery, st.repeated = model.None[time.Duration](), false
	if before, known := st.newest.Get(); known && before.At.Exact() {
		every := max(0, seen.At.NotAfter.Sub(before.At.NotAfter))
		if was, known := rhythm.Get(); known && was < every {
			every = was + (every-was)/2 // one that came late is no rhythm yet: it may be the last before a member is stuck
		}
		st.commitEvery = model.Some(every)
		if st.repeated = before.Offset == seen.Offset; st.repeated {
			if seen.Since = before.Since; seen.Since.IsZero() {
				seen.Since = before.At.NotBefore
			}
		}
	}
	st.newest = model.Some(seen)
	return seen
}

func comparePartition(v model.PartitionView, tp model.TopicPartition) int {
	return v.TopicPartition.Compare(tp)
}

// observeGeneration takes in a classic group as its coordinator wrote it down.
func (t *Tracker) observeGeneration(b *recordBatch, r *model.Record) {
	rec := r.Generation
	g := t.groups[r.Group]
	if rec.Tombstone {
		if g != nil {
			g.beginAnew()
			g.listed = t.at
		}
		return
	}
	sg := groupOf(b, r)
	if g == nil || !g.view.GoneSince.IsZero() {
		g = t.appear(&sg, g)
	}
	contiguous := g.followed
	g.followed, g.converging = true, nil
	facts := &recordFacts{joinEnded: b.clock.local(rec.JoinEnded), ended: b.clock.local(r.Written), written: r.Written, leader: rec.Leader, contiguous: contiguous, calm: rec.Calm}
	if stale(g, rec, facts.ended) {
		return
	}
	if rec.Generation == 0 {
		g.beginAnew()
		g.listed = t.at
	}
	if converts(g, rec) {
		sg.State, facts.began = model.StatePreparingRebalance, model.Exactly(facts.ended)
	}
	g.translateAgain(b)
	t.foldRecord(b, g, &sg, facts)
	g.recorded = recordedEnd{broker: b.Broker, written: r.Written, at: facts.ended}
	t.rebalancesAgain(g, facts)
}

// converts says that a record makes a consumer group a classic one, because the last member has gone that was no classic
// one (KIP-848, an online downgrade). The coordinator writes down who stays, in a generation that has the number of the
// group's epoch; then the group rebalances, and the record of that is the one that tells who has gone.
func converts(g *group, rec *model.GenerationRecord) bool {
	return g.view.Type == model.TypeConsumer && g.view.Generation.Exact() == model.Some(rec.Generation) && len(rec.Members) > 0
}

// beginAnew begins the count of an empty group at 0: it was deleted, and may be made again before a poll finds it gone.
func (g *group) beginAnew() {
	if g.settled != nil && len(g.settled.Members) == 0 {
		g.settled.Generation = model.Generation{Kind: model.GenerationExact}
	}
}

// stale says that a record tells nothing new: polls knew the generation already, or saw later what came of it (the tail
// was behind), or it is the creation of a group that has gone on since.
func stale(g *group, rec *model.GenerationRecord, ended time.Time) bool {
	if g.settled == nil {
		return false
	}
	if g.settled.Generation.Kind != model.GenerationExact {
		return ended.Before(g.settledAt) && !g.settled.Shows(&model.Group{Members: rec.Members})
	}
	known := g.settled.Generation.Number
	if rec.Generation == 0 {
		return len(g.settled.Members) > 0
	}
	// A group that was deleted and made again begins anew, with nobody in it before.
	return rec.Generation < known && len(g.settled.Members) > 0
}

// groupOf is a classic group as a record shows it, in the words of a poll.
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

// foldRecord takes in a group as records show it.
func (t *Tracker) foldRecord(b *recordBatch, g *group, sg *model.Group, facts *recordFacts) {
	p := &pass{
		Snapshot: &model.Snapshot{At: facts.ended, Partial: true}, at: b.At.Sub(t.base), ended: facts.ended, record: facts,
	}
	g.recordAt = b.At
	g.onTime()
	next := *g.view
	changed, r := t.foldMembers(p, g, &next, sg)
	if r == nil && next.Leader == model.Nobody && g.settled != nil {
		next.Leader = leaderAmong(g.settled.Members, facts.leader)
		changed = changed || next.Leader != model.Nobody
	}
	if !changed {
		return
	}
	if len(next.Partitions) > 0 {
		next.Partitions = slices.Clone(next.Partitions)
		showOwners(g, &next, next.Partitions, t.at)
		if r != nil {
			showMoves(r, next.Partitions, t.at)
		}
	}
	summarise(g, &next)
	t.replaceView(g, next)
}

func leaderAmong(members []model.MemberView, id string) model.Lane {
	for i := range members {
		if members[i].MemberID == id {
			return members[i].Lane
		}
	}
	return model.Nobody
}

// rebalancesAgain: a quick look may have seen the next rebalance begin before the record of the one before was read.
func (t *Tracker) rebalancesAgain(g *group, facts *recordFacts) {
	if g.pulsed.State == model.StatePreparingRebalance && g.view.Unsettled.IsZero() && g.pulsed.Changed.NotBefore.After(facts.joinEnded) {
		began := g.pulsed.Changed
		began.NotBefore = model.Later(began.NotBefore, facts.ended)
		began.NotAfter = model.Later(began.NotAfter, facts.ended)
		t.pulse(g, model.StatePreparingRebalance, began)
	}
}

// takes says whether what a poll says of a group's members is taken: not if records have told, or are about to tell,
// the same and more, nor if a quick look that was asked later has told of another state.
func (t *Tracker) takes(p *pass, g *group, sg *model.Group) bool {
	if p.record != nil || g.settled == nil || !sg.MembersKnown {
		return true
	}
	if p.At.Before(g.pulsedAt) {
		return false // a quick look has overtaken it: it may show what was before
	}
	if !t.follows(g) {
		return true
	}
	if p.At.Before(g.recordAt) {
		return false // it was asked before the newest record was read
	}
	phase := phaseOf(sg)
	classic := !g.view.Type.Reconciles()
	switch {
	case phase == unclearPhase, phase == unsettledPhase && classic:
		return true
	case g.view.Unsettled.IsZero() && phase == settledPhase && g.settled.Shows(sg),
		phase == unsettledPhase && sg.Generation == g.view.Generation && model.SameMembers(g.said, sg.Members):
		g.onTime()
		return true
	}
	if g.overdue.IsZero() || !model.SameMembers(g.overdueAs, sg.Members) {
		g.overdue, g.overdueAs = p.At, sg.Members
	}
	if p.At.Sub(g.overdue) < model.RecordGrace {
		return false
	}
	g.onTime()
	if classic {
		// No record was written, so no generation came to be: the rebalance was given up, as by a coordinator that moved.
		g.stepDue = false
	}
	return true
}

// onTime: polls show no more than the records have told.
func (g *group) onTime() { g.overdue, g.overdueAs = time.Time{}, nil }
