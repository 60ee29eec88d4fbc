package track

import (
	"slices"
	"strings"
	"time"

	"regroup/model"
)

// convergence is a consumer group (KIP-848) as its records show it: where each member is on its way to the target.
type convergence struct {
	epoch, target model.Maybe[int32] // the group's epoch, and the one that the target assignment was computed for
	members       []model.Member     // sorted by ID
	// before is what members was before the first record of a batch changed who there is, or what they are to own: the
	// record that says that this was for the next epoch comes after them, in the same batch.
	before     []model.Member
	basedAt    time.Time // when the poll was asked that it began with; a record from before is in it already
	began      time.Time // the epoch moved on from one that every member had reached; zero if none is under way
	targeted   time.Time // the target was computed
	last       time.Time // of the newest record
	written    time.Time // the same by the coordinator's clock
	stepped    bool      // a member came closer to the target since it was looked at last
	unresolved bool      // a record names a topic by an id that neither it nor a poll gives a name: a poll has to tell the rest
}

// base takes what a poll says of a consumer group as what the next records change.
func (c *convergence) base(p *pass, g *group, next *model.GroupView, sg *model.Group) {
	epoch := sg.Generation.Exact()
	if next.Unsettled.IsZero() || epoch != c.epoch {
		c.began, c.targeted = time.Time{}, time.Time{} // of a rebalance that is over
	}
	c.epoch, c.target = epoch, sg.AssignmentEpoch
	c.members, c.before = slices.Clone(g.said), nil
	c.basedAt, c.unresolved, c.stepped = p.At, false, false
}

// observeStep takes in a record of a consumer group.
func (t *Tracker) observeStep(b *recordBatch, r *model.Record) {
	at := b.clock.local(r.Written)
	g := t.groups[r.Group]
	if g == nil || !g.view.GoneSince.IsZero() {
		if g = t.begin(b, g, r); g == nil {
			return
		}
	}
	if r.Epoch != nil && !r.Epoch.Tombstone && r.Epoch.Epoch == 1 && g.settled == nil {
		// It has just been made: nobody was in it before.
		sg := model.Group{
			ID: r.Group, Type: model.TypeConsumer, ProtocolType: "consumer", State: model.StateEmpty, Coordinator: model.Some(b.Broker),
			Generation: model.Generation{Kind: model.GenerationExact}, MembersKnown: true,
		}
		t.foldRecord(b, g, &sg, &recordFacts{ended: at, written: r.Written})
	}
	c := g.converging
	if c == nil || c.unresolved || !at.After(c.basedAt) {
		return
	}
	g.followed, g.recordAt = true, b.At
	g.onTime()
	if c.stepped && r.Current == nil {
		t.converge(b, g) // the next epoch comes: did every member reach this one?
	}
	switch {
	case c.endedBy(r):
		t.overtake(b, g, at)
	case c.before == nil && (r.Member != nil || r.Target != nil):
		c.before = slices.Clone(c.members)
	}
	c.last, c.written = at, r.Written
	was := c.reads(r)
	t.step(b, g, r, at)
	if now := c.reads(r); !slices.Equal(was, now) {
		g.handed.Apply(model.SortedCopy(was), model.SortedCopy(now), model.Exactly(at), g.newestCommit)
	}
	if !slices.Contains(b.touched, g) {
		b.touched = append(b.touched, g)
	}
}

// reads is what the member that a record is of reads now: what it owns, and what it has not given up yet.
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

// endedBy says that a record begins another epoch, or gives another target.
func (c *convergence) endedBy(r *model.Record) bool {
	return r.Epoch != nil && !r.Epoch.Tombstone && model.Some(r.Epoch.Epoch) != c.epoch ||
		r.TargetEpoch != nil && !r.TargetEpoch.Tombstone && model.Some(r.TargetEpoch.Epoch) != c.target
}

// begin begins to track a consumer group with the record that makes it: its epoch, or its first member, which comes
// before it. It returns nil if that is another record, or if regroup does not know yet what there was before.
func (t *Tracker) begin(b *recordBatch, gone *group, r *model.Record) *group {
	made := r.Epoch != nil && !r.Epoch.Tombstone || r.Member != nil && !r.Member.Tombstone
	if !made || t.polled == nil || !t.polled.whole {
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
	t.replaceView(g, next)
	g.converging = &convergence{}
	g.followed = true
	return g
}

// step changes the picture by one record.
func (t *Tracker) step(b *recordBatch, g *group, r *model.Record, at time.Time) {
	c := g.converging
	switch {
	case r.Epoch != nil:
		if r.Epoch.Tombstone {
			g.beginAnew()
			*c = convergence{basedAt: c.basedAt, last: c.last, written: c.written}
			return
		}
		c.epoch = model.Some(r.Epoch.Epoch)
		if c.began.IsZero() {
			c.began = at
		}
	case r.Member != nil:
		c.stepMember(r.Member)
	case r.TargetEpoch != nil:
		if r.TargetEpoch.Tombstone { // the rest of the group's go with it
			c.target = model.None[int32]()
			return
		}
		c.target, c.targeted, c.stepped = model.Some(r.TargetEpoch.Epoch), at, true
	case r.Target != nil:
		if m := c.member(r.Target.ID); m != nil {
			m.Target, m.TargetKnown = t.named(b, c, r.Target.Partitions), true
		} else if !r.Target.Tombstone { // the target is written before the member itself where both are new
			c.insert(model.Member{ID: r.Target.ID, Target: t.named(b, c, r.Target.Partitions), TargetKnown: true, AssignmentKnown: true})
		}
	case r.Current != nil:
		c.stepped = true
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

func (c *convergence) stepMember(r *model.MemberRecord) {
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
	if r.RebalanceTimeout > 0 { // -1 on the wire is none
		m.RebalanceTimeout = model.Some(r.RebalanceTimeout)
	}
}

// named gives partitions the names of their topics: polls tell those of topics that groups have to do with already, and
// the records themselves the others.
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

// reached says that every member owns what the target gives it.
func (c *convergence) reached() bool {
	target, known := c.target.Get()
	if !known {
		return false
	}
	return !slices.ContainsFunc(c.members, func(m model.Member) bool {
		epoch, told := m.Epoch.Get()
		return !told || epoch != target || len(m.PendingRevocation) > 0 || !slices.Equal(model.SortedCopy(m.Assignment), model.SortedCopy(m.Target))
	})
}

// converge folds in where the members are now.
func (t *Tracker) converge(b *recordBatch, g *group) {
	c := g.converging
	if c == nil || c.unresolved {
		return
	}
	c.stepped, c.before = false, nil
	epoch, known := c.epoch.Get()
	if !known {
		return
	}
	target, _ := c.target.Get()
	switch {
	case len(c.members) == 0:
		t.foldConverging(b, g, model.StateEmpty, epoch)
	case !c.reached():
		state := model.StateReconciling
		if epoch > target {
			state = model.StateAssigning
		}
		t.foldConverging(b, g, state, epoch)
	case epoch > target: // whatever became of the target, the group has moved on
		t.foldConverging(b, g, model.StateAssigning, epoch)
	default:
		t.foldConverging(b, g, model.StateStable, target)
	}
}

// overtake ends a rebalance whose epoch ends before every member has reached the target: it is a generation of its own
// all the same, and what the members own at this moment is what came of it.
func (t *Tracker) overtake(b *recordBatch, g *group, at time.Time) {
	c := g.converging
	target, known := c.target.Get()
	if !known || g.settled == nil || g.settled.Generation.Kind == model.GenerationExact && g.settled.Generation.Number >= target || c.unresolved {
		return
	}
	sg := c.group(g, b.Broker, g.view.State, target) // it has not become stable for that
	if c.before != nil {
		sg.Members = withPending(c.before)
	}
	for i := range sg.Members {
		sg.Members[i].TargetKnown = false // else nobody would call it settled
	}
	facts := c.facts()
	facts.ended, facts.overtaken = at, true
	t.foldRecord(b, g, &sg, facts)
	c.began = at
}

func (c *convergence) facts() *recordFacts {
	facts := &recordFacts{contiguous: true, joinEnded: c.targeted, ended: c.last, written: c.written}
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

// withPending are members with all that they read: also what they have been asked to give up, until they have.
func withPending(members []model.Member) []model.Member {
	members = slices.Clone(members)
	for i := range members {
		members[i].Assignment = members[i].Reads()
	}
	return members
}

func (t *Tracker) foldConverging(b *recordBatch, g *group, state model.GroupState, generation int32) {
	c := g.converging
	sg := c.group(g, b.Broker, state, generation)
	t.foldRecord(b, g, &sg, c.facts())
	if !state.Rebalancing() {
		c.began = time.Time{}
	}
}
