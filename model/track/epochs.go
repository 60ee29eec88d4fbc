package track

import (
	"slices"
	"strings"
	"time"

	"regroup/model"
)

// convergence is a KIP-848 group as its records show it: how far each member is from its target.
type convergence struct {
	epoch, target model.Maybe[int32] // the group's epoch, and the one that the target assignment was computed for
	members       []model.Member     // sorted by ID
	// before is members as it was before the first record of a batch changed the members or their targets: the record that
	// shows that this was for the next epoch comes after them, in the same batch.
	before     []model.Member
	basedAt    time.Time // when the poll was sent that it is based on; it contains the records of before
	began      time.Time // the epoch moved on from one that every member had reached; zero if none is under way
	targeted   time.Time // the target was computed
	last       time.Time // of the newest record
	written    time.Time // the same by the coordinator's clock
	progressed bool      // a member came closer to the target since it was folded in last
	unresolved bool      // a record has a topic id whose name is unknown: only the next poll shows the rest
}

// rebaseConvergence makes what a poll shows of a consumer group the base that the next records change.
func (t *Tracker) rebaseConvergence(p *poll, g *group, sg *model.Group) {
	if sg.Type != model.TypeConsumer || !sg.MembersKnown || sg.Generation.Kind != model.GenerationExact {
		return
	}
	if g.convergence == nil {
		g.convergence = &convergence{}
	}
	c, epoch := g.convergence, sg.Generation.Exact()
	if t.follows(g) && epoch != c.epoch {
		clear(g.handoffs) // records of it are missing
	}
	if !g.state.rebalancing() || epoch != c.epoch {
		c.began, c.targeted = time.Time{}, time.Time{} // of a rebalance that is over
	}
	c.epoch, c.target = epoch, sg.AssignmentEpoch
	c.members, c.before = make([]model.Member, len(g.members)), nil
	for i := range g.members {
		c.members[i] = g.members[i].Member
	}
	c.basedAt, c.unresolved, c.progressed = p.At, false, false
}

// observeEpochRecord takes in a record of a consumer group.
func (t *Tracker) observeEpochRecord(b *recordBatch, r *model.Record) {
	at := b.clock.local(r.Written)
	g := t.groups[r.Group]
	if g.gone() {
		if g = t.createGroup(b, g, r); g == nil {
			return
		}
	}
	if r.Epoch != nil && !r.Epoch.Tombstone && r.Epoch.Epoch == 1 && g.state.stable == nil {
		// It was just created: it had no members before.
		sg := model.Group{
			ID: r.Group, Type: model.TypeConsumer, ProtocolType: "consumer", State: model.StateEmpty, Coordinator: model.Some(b.Broker),
			Generation: model.Generation{Kind: model.GenerationExact}, MembersKnown: true,
		}
		t.foldRecorded(b, g, &sg, &recordedFacts{ended: at, written: r.Written})
	}
	c := g.convergence
	if c == nil || c.unresolved || !at.After(c.basedAt) {
		return
	}
	g.records.contiguous, g.records.readAt = true, b.At
	g.records.inTime()
	if c.progressed && r.Current == nil {
		t.converge(b, g) // the next epoch comes: did every member reach this one?
	}
	switch {
	case c.endedBy(r):
		t.supersede(b, g, at)
	case c.before == nil && (r.Member != nil || r.Target != nil):
		c.before = slices.Clone(c.members)
	}
	c.last, c.written = at, r.Written
	was := c.reads(r)
	t.apply(b, g, r, at)
	if now := c.reads(r); !slices.Equal(was, now) {
		g.handoffs.Apply(model.SortedCopy(was), model.SortedCopy(now), model.Exactly(at), g.newestCommit)
	}
	if !slices.Contains(b.touched, g) {
		b.touched = append(b.touched, g)
	}
}

// reads is what the member of a record reads now: what it owns, and what it has not revoked yet.
func (c *convergence) reads(r *model.Record) []model.TopicPartition {
	id := ""
	switch {
	case r.Current != nil:
		id = r.Current.ID
	case r.Member != nil:
		id = r.Member.ID
	}
	m := c.member(id)
	if m == nil {
		return nil
	}
	return m.Reads()
}

// endedBy reports whether a record begins another epoch, or brings another target.
func (c *convergence) endedBy(r *model.Record) bool {
	return r.Epoch != nil && !r.Epoch.Tombstone && model.Some(r.Epoch.Epoch) != c.epoch ||
		r.TargetEpoch != nil && !r.TargetEpoch.Tombstone && model.Some(r.TargetEpoch.Epoch) != c.target
}

// createGroup begins to track a consumer group with the record that creates it: its epoch, or its first member, which
// comes before it. It returns nil if that is another record, or if regroup does not know yet which groups there were.
func (t *Tracker) createGroup(b *recordBatch, gone *group, r *model.Record) *group {
	creates := r.Epoch != nil && !r.Epoch.Tombstone || r.Member != nil && !r.Member.Tombstone
	if !creates || t.polled == nil || !t.polled.whole {
		return nil
	}
	sg := model.Group{ID: r.Group, Type: model.TypeConsumer, Generation: model.Generation{Kind: model.GenerationExact}}
	for i := range b.Records.Records {
		if other := &b.Records.Records[i]; other.Group == r.Group && other.Epoch != nil {
			sg.Generation.Number = other.Epoch.Epoch
			break
		}
	}
	g := t.appear(&sg, gone)
	next := *g.view
	next.Type, next.ProtocolType, next.Coordinator = model.TypeConsumer, "consumer", model.Some(b.Broker)
	t.show(g, next)
	g.convergence = &convergence{}
	g.records.contiguous = true
	return g
}

// apply changes the convergence by one record.
func (t *Tracker) apply(b *recordBatch, g *group, r *model.Record, at time.Time) {
	c := g.convergence
	switch {
	case r.Epoch != nil:
		if r.Epoch.Tombstone {
			g.state.recreated()
			*c = convergence{basedAt: c.basedAt, last: c.last, written: c.written}
			return
		}
		c.epoch = model.Some(r.Epoch.Epoch)
		if c.began.IsZero() {
			c.began = at
		}
	case r.Member != nil:
		c.applyMember(r.Member)
	case r.TargetEpoch != nil:
		if r.TargetEpoch.Tombstone { // the rest of the group's go with it
			c.target = model.None[int32]()
			return
		}
		c.target, c.targeted, c.progressed = model.Some(r.TargetEpoch.Epoch), at, true
	case r.Target != nil:
		if m := c.member(r.Target.ID); m != nil {
			m.Target, m.TargetKnown = t.named(b, c, r.Target.Partitions), true
		} else if !r.Target.Tombstone { // the target is written before the member itself where both are new
			c.insert(model.Member{ID: r.Target.ID, Target: t.named(b, c, r.Target.Partitions), TargetKnown: true, AssignmentKnown: true})
		}
	case r.Current != nil:
		c.progressed = true
		m := c.member(r.Current.ID)
		if m == nil || r.Current.Tombstone {
			return
		}
		m.Epoch, m.State = model.Some(r.Current.Epoch), r.Current.State
		m.PendingRevocation = t.named(b, c, r.Current.PendingRevocation)
		m.Assignment, m.AssignmentKnown, m.AssignmentProblem = t.named(b, c, r.Current.Assigned), true, ""
	}
}

func (c *convergence) member(id string) *model.Member {
	at, found := c.find(id)
	if !found {
		return nil
	}
	return &c.members[at]
}

func (c *convergence) find(id string) (int, bool) {
	return slices.BinarySearchFunc(c.members, id, func(m model.Member, id string) int { return strings.Compare(m.ID, id) })
}

func (c *convergence) insert(m model.Member) *model.Member {
	at, _ := c.find(m.ID)
	c.members = slices.Insert(c.members, at, m)
	return &c.members[at]
}

func (c *convergence) applyMember(r *model.MemberRecord) {
	m := c.member(r.ID)
	if r.Tombstone {
		if at, found := c.find(r.ID); found {
			c.members = slices.Delete(c.members, at, at+1)
		}
		return
	}
	if m == nil {
		m = c.insert(model.Member{ID: r.ID, AssignmentKnown: true, TargetKnown: true})
	}
	m.InstanceID, m.ClientID, m.Host, m.Rack = r.InstanceID, r.ClientID, r.Host, r.Rack
	if m.Subscription == nil || r.Regex == "" {
		m.Subscription = r.Subscription
	}
	if r.RebalanceTimeout > 0 { // -1 on the wire: not set
		m.RebalanceTimeout = model.Some(r.RebalanceTimeout)
	}
}

// named gives partitions the names of their topics: those that groups use already are known from polls, others come with
// the records.
func (t *Tracker) named(b *recordBatch, c *convergence, partitions []model.TopicIDPartition) []model.TopicPartition {
	named := make([]model.TopicPartition, 0, len(partitions))
	for _, p := range partitions {
		name, known := b.names[p.TopicID]
		if !known {
			name, known = t.topicIDs[p.TopicID]
		}
		if !known {
			c.unresolved = true
			continue
		}
		named = append(named, model.TopicPartition{Topic: name, Partition: p.Partition})
	}
	slices.SortFunc(named, model.TopicPartition.Compare)
	return named
}

// reached reports whether every member owns what the target assigns to it.
func (c *convergence) reached() bool {
	target, known := c.target.Get()
	if !known {
		return false
	}
	return !slices.ContainsFunc(c.members, func(m model.Member) bool {
		epoch, known := m.Epoch.Get()
		return !known || epoch != target || len(m.PendingRevocation) > 0 || !slices.Equal(model.SortedCopy(m.Assignment), model.SortedCopy(m.Target))
	})
}

// converge folds in where the members are now.
func (t *Tracker) converge(b *recordBatch, g *group) {
	c := g.convergence
	if c == nil || c.unresolved {
		return
	}
	c.progressed, c.before = false, nil
	epoch, known := c.epoch.Get()
	if !known {
		return
	}
	target, _ := c.target.Get()
	switch {
	case len(c.members) == 0:
		t.foldConvergence(b, g, model.StateEmpty, epoch)
	case !c.reached():
		state := model.StateReconciling
		if epoch > target {
			state = model.StateAssigning
		}
		t.foldConvergence(b, g, state, epoch)
	case epoch > target: // whatever became of the target, the group has moved on
		t.foldConvergence(b, g, model.StateAssigning, epoch)
	default:
		t.foldConvergence(b, g, model.StateStable, target)
	}
}

// supersede ends a rebalance whose epoch ends before every member has reached the target: it is a generation of its own
// all the same, and what the members own at this moment is its result.
func (t *Tracker) supersede(b *recordBatch, g *group, at time.Time) {
	c := g.convergence
	target, known := c.target.Get()
	stable := g.state.stable
	if !known || c.unresolved || stable == nil || stable.Generation.Kind == model.GenerationExact && stable.Generation.Number >= target {
		return
	}
	sg := c.group(g, b.Broker, g.view.State, target) // it has not become stable for that
	if c.before != nil {
		sg.Members = withPending(c.before)
	}
	for i := range sg.Members {
		sg.Members[i].TargetKnown = false // else PhaseOf would not call it stable
	}
	facts := c.facts()
	facts.ended, facts.superseded = at, true
	t.foldRecorded(b, g, &sg, facts)
	c.began = at
}

func (c *convergence) facts() *recordedFacts {
	facts := &recordedFacts{contiguous: true, joinEnded: c.targeted, ended: c.last, written: c.written}
	if !c.began.IsZero() {
		facts.began = model.Exactly(c.began)
	}
	if c.targeted.Before(c.began) {
		facts.joinEnded = time.Time{} // a group that becomes empty needs no target
	}
	return facts
}

func (c *convergence) group(g *group, broker int32, state model.GroupState, generation int32) model.Group {
	return model.Group{
		ID: g.view.ID, Type: model.TypeConsumer, ProtocolType: "consumer", State: state, Coordinator: model.Some(broker),
		Assignor: g.view.Assignor, Generation: model.Generation{Number: generation, Kind: model.GenerationExact}, AssignmentEpoch: c.target,
		MembersKnown: true, Members: withPending(c.members),
	}
}

// withPending are members with all that they read: also what they have been asked to revoke, until they have.
func withPending(members []model.Member) []model.Member {
	members = slices.Clone(members)
	for i := range members {
		members[i].Assignment = members[i].Reads()
	}
	return members
}

func (t *Tracker) foldConvergence(b *recordBatch, g *group, state model.GroupState, generation int32) {
	c := g.convergence
	sg := c.group(g, b.Broker, state, generation)
	t.foldRecorded(b, g, &sg, c.facts())
	if !state.Rebalancing() {
		c.began = time.Time{}
	}
}
