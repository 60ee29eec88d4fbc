package embedded

import (
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka/records"
	"regroup/model"
)

// groupLog is what is known of one group, and which records of it were written.
type groupLog struct {
	group       string
	coordinator int32 // -1 is not known yet
	commitsOnly bool  // a consumer group (KIP-848) or a share group: only its commits are written
	exists      bool
	populated   bool // it had members at the last update
	rebalancing bool // it was rebalancing at the last update
	activeUntil time.Time
	stable      []model.ProbeTimes // the newest updates that found it not rebalancing, the newest first; at most probesKept

	created      time.Time // when a member asked to join and the group did not exist; zero once that is written
	protocolType string
	joins        map[string]*kmsg.JoinGroupRequest // the newest of each member, by its id or, with a NUL before it, instance id
	completing   int32                             // the last generation that waited for its members to sync
	joinEnded    time.Time                         // of that
	joined       []kfake.GroupMember               // in that
	synced       *kmsg.SyncGroupRequest            // that may have completed that: see sawSync
	syncedAt     time.Time

	last    *model.GenerationRecord // nil is none
	commits map[model.TopicPartition]kfake.GroupCommit
}

func newGroupLog(group string) *groupLog {
	return &groupLog{
		group: group, coordinator: -1, completing: -1,
		joins: make(map[string]*kmsg.JoinGroupRequest), commits: make(map[model.TopicPartition]kfake.GroupCommit),
	}
}

func (c *groupLog) active(now time.Time) bool { return c.rebalancing || now.Before(c.activeUntil) }

// sawJoin keeps the newest JoinGroup of each member.
func (c *groupLog) sawJoin(request *kmsg.JoinGroupRequest, now time.Time) {
	if !c.exists && c.created.IsZero() {
		c.created = now
	}
	if request.MemberID != "" {
		c.joins[request.MemberID] = request
	}
	if request.InstanceID != nil {
		c.joins["\x00"+*request.InstanceID] = request
	}
}

// sawSync keeps the assignment of a member that believes to be the leader. When the leader has gone, kfake names several
// members as leader; which SyncGroup was the leader's shows only later, so the newest is kept until the group is stable.
func (c *groupLog) sawSync(request *kmsg.SyncGroupRequest, now time.Time) {
	alone := len(c.joined) == 1
	if request.Generation == c.completing && (len(request.GroupAssignment) > 0 || alone) && c.lastGeneration() != c.completing {
		c.synced, c.syncedAt = request, now
	}
}

func (c *groupLog) lastGeneration() int32 {
	if c.last == nil {
		return -1
	}
	return c.last.Generation
}

// apply updates the log to the group as it is now, and returns what a coordinator would have written since the update
// before. A nil group does not exist.
func (c *groupLog) apply(info *kfake.GroupInfo, now time.Time) []model.Record {
	if info == nil {
		return c.gone(now)
	}
	c.exists = true
	c.populated = len(info.Members) > 0
	c.rebalancing = !c.commitsOnly && (info.State == statePreparingRebalance || info.State == stateCompletingRebalance)
	records := c.committed(info, now)
	if c.commitsOnly {
		return records
	}
	if !c.created.IsZero() {
		records = append(records, c.generation(&model.GenerationRecord{JoinEnded: c.created}, c.created))
		c.created = time.Time{}
	}
	switch info.State {
	case stateCompletingRebalance:
		if c.completing != info.Epoch {
			c.completing, c.joinEnded, c.synced = info.Epoch, now, nil
		}
		c.joined = info.Members
	case stateStable:
		if info.Epoch != c.lastGeneration() {
			records = append(records, c.complete(info.Epoch, info.Members, now))
		} else if !sameMembers(c.last.Members, info.Members) {
			records = append(records, c.returned(info.Members, now))
		}
	case statePreparingRebalance:
		// A session that timed out may have ended a generation right after its leader had synced.
		if c.synced != nil && c.completing == info.Epoch && info.Epoch != c.lastGeneration() && owning(info.Members) {
			records = append(records, c.complete(info.Epoch, c.joined, now))
		}
	case stateEmpty:
		if info.Epoch > 0 && info.Epoch != c.lastGeneration() {
			records = append(records, c.generation(&model.GenerationRecord{Generation: info.Epoch, JoinEnded: now}, now))
		}
	}
	return records
}

// owning says whether a member has an assignment: a superseded generation leaves none.
func owning(members []kfake.GroupMember) bool {
	return slices.ContainsFunc(members, func(m kfake.GroupMember) bool { return m.NumAssigned() > 0 })
}

func sameMembers(before []model.Member, now []kfake.GroupMember) bool {
	return slices.EqualFunc(before, now, func(b model.Member, n kfake.GroupMember) bool { return b.ID == n.MemberID })
}

// generation is the record of a generation; it becomes the last one.
func (c *groupLog) generation(g *model.GenerationRecord, written time.Time) model.Record {
	if c.protocolType == "" {
		for _, join := range c.joins {
			c.protocolType = join.ProtocolType
		}
	}
	g.ProtocolType = c.protocolType
	g.JoinEnded = g.JoinEnded.Truncate(time.Millisecond)
	if g.Generation > 0 {
		g.StableProbes = slices.Clone(c.stable)
	}
	c.last = g
	return model.Record{Written: written, Generation: g}
}

// complete is the record of a generation whose leader has synced.
func (c *groupLog) complete(generation int32, members []kfake.GroupMember, now time.Time) model.Record {
	g := &model.GenerationRecord{Generation: generation, JoinEnded: now}
	written := now
	if c.completing == generation {
		g.JoinEnded = c.joinEnded
		if c.synced != nil {
			written, g.Leader = c.syncedAt, c.synced.MemberID
			if c.synced.Protocol != nil {
				g.Assignor = *c.synced.Protocol
			}
		}
	}
	if g.Assignor == "" {
		g.Assignor = c.chosen(members)
	}
	c.describe(g, members)
	if c.synced != nil && c.completing == generation {
		assign(g.Members, c.synced.GroupAssignment)
	}
	c.prune(members)
	return c.generation(g, written)
}

// returned is the record of a generation in which a static member came back under another member id.
func (c *groupLog) returned(members []kfake.GroupMember, now time.Time) model.Record {
	g := &model.GenerationRecord{
		Generation: c.last.Generation, Assignor: c.last.Assignor, Leader: c.last.Leader, JoinEnded: c.last.JoinEnded,
	}
	for _, m := range c.last.Members {
		if m.ID != g.Leader || m.InstanceID == "" {
			continue
		}
		for i := range members {
			if instance := members[i].InstanceID; instance != nil && *instance == m.InstanceID {
				g.Leader = members[i].MemberID
			}
		}
	}
	c.describe(g, members)
	return c.generation(g, now)
}

// describe fills in the members of a generation.
func (c *groupLog) describe(g *model.GenerationRecord, members []kfake.GroupMember) {
	for i := range members {
		m := &members[i]
		described := model.Member{
			ID: m.MemberID, ClientID: m.ClientID, Host: records.Host(m.ClientHost),
			Subscription: slices.Sorted(slices.Values(m.SubscribedTopics)), AssignmentKnown: true,
		}
		for topic, partitions := range m.Assignment {
			for _, partition := range partitions {
				described.Assignment = append(described.Assignment, model.TopicPartition{Topic: topic, Partition: partition})
			}
		}
		slices.SortFunc(described.Assignment, model.TopicPartition.Compare)
		if m.InstanceID != nil {
			described.InstanceID = *m.InstanceID
		}
		if join := c.joinOf(m); join != nil {
			described.SessionTimeout = model.Some(time.Duration(join.SessionTimeoutMillis) * time.Millisecond)
			if join.Version >= 1 {
				described.RebalanceTimeout = model.Some(time.Duration(join.RebalanceTimeoutMillis) * time.Millisecond)
			}
		}
		g.Members = append(g.Members, described)
	}
}

// assign fills in the leader's assignment: a member may have gone since.
func assign(members []model.Member, assignments []kmsg.SyncGroupRequestGroupAssignment) {
	for _, a := range assignments {
		i := slices.IndexFunc(members, func(m model.Member) bool { return m.ID == a.MemberID })
		var decoded kmsg.ConsumerMemberAssignment
		if i < 0 || decoded.ReadFrom(a.MemberAssignment) != nil {
			continue
		}
		members[i].Assignment = nil
		for _, t := range decoded.Topics {
			for _, partition := range t.Partitions {
				members[i].Assignment = append(members[i].Assignment, model.TopicPartition{Topic: t.Topic, Partition: partition})
			}
		}
		slices.SortFunc(members[i].Assignment, model.TopicPartition.Compare)
	}
}

func (c *groupLog) joinOf(m *kfake.GroupMember) *kmsg.JoinGroupRequest {
	if join := c.joins[m.MemberID]; join != nil {
		return join
	}
	if m.InstanceID != nil {
		return c.joins["\x00"+*m.InstanceID]
	}
	return nil
}

// prune drops the requests of members that have gone, now and then.
func (c *groupLog) prune(members []kfake.GroupMember) {
	if len(c.joins) <= 4*len(members)+16 {
		return
	}
	keep := make(map[string]*kmsg.JoinGroupRequest)
	for i := range members {
		if m := &members[i]; c.joinOf(m) != nil {
			keep[m.MemberID] = c.joinOf(m)
		}
	}
	c.joins = keep
}

// chosen is the assignor that all members support, if there is just one; SyncGroup before version 5 does not name it.
func (c *groupLog) chosen(members []kfake.GroupMember) string {
	known := make(map[string]int)
	for i := range members {
		if join := c.joinOf(&members[i]); join != nil {
			for _, p := range join.Protocols {
				known[p.Name]++
			}
		}
	}
	maps.DeleteFunc(known, func(_ string, count int) bool { return count < len(members) })
	if len(known) != 1 {
		return ""
	}
	for name := range known {
		return name
	}
	return ""
}

// committed are the records of commits since the update before.
func (c *groupLog) committed(info *kfake.GroupInfo, now time.Time) []model.Record {
	var records []model.Record
	found := 0
	for topic, partitions := range info.Commits {
		for partition, commit := range partitions {
			tp := model.TopicPartition{Topic: topic, Partition: partition}
			before, was := c.commits[tp]
			if was {
				found++
			}
			if was && before.At.Equal(commit.At) && before.Offset == commit.Offset {
				continue
			}
			if !was {
				found++
			}
			c.commits[tp] = commit
			records = append(records, model.Record{Written: commit.At, Commit: &model.CommitRecord{TopicPartition: tp, Offset: commit.Offset}})
		}
	}
	if found < len(c.commits) {
		for tp := range c.commits {
			if _, still := info.Commits[tp.Topic][tp.Partition]; !still {
				records = append(records, c.uncommitted(tp, now))
			}
		}
	}
	slices.SortFunc(records, func(a, b model.Record) int { return a.Commit.Compare(b.Commit.TopicPartition) })
	return records
}

func (c *groupLog) uncommitted(tp model.TopicPartition, now time.Time) model.Record {
	delete(c.commits, tp)
	return model.Record{Written: now, Commit: &model.CommitRecord{TopicPartition: tp, Offset: -1, Tombstone: true}}
}

// gone are the records of a group that was deleted.
func (c *groupLog) gone(now time.Time) []model.Record {
	if !c.exists {
		return nil
	}
	var records []model.Record
	for _, tp := range slices.SortedFunc(maps.Keys(c.commits), model.TopicPartition.Compare) {
		records = append(records, c.uncommitted(tp, now))
	}
	if c.last != nil {
		records = append(records, model.Record{Written: now, Generation: &model.GenerationRecord{Tombstone: true}})
	}
	coordinator, activeUntil, stable := c.coordinator, c.activeUntil, c.stable
	*c = *newGroupLog(c.group)
	c.coordinator, c.activeUntil, c.stable = coordinator, activeUntil, stable
	return records
}
