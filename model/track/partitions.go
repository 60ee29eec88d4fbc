package track

import (
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/model/lag"
	"regroup/model/ownership"
)

// partition is what the tracker remembers of a partition of a group beside its newest view.
type partition struct {
	topic       *topicState
	end         *lag.LogEndHistory
	incarnation int32 // of the topic when the group last committed
	observed    bool  // a snapshot reported its commit before
	commits     lag.CommitHistory
	lagHistory  lag.History

	// As the newest poll saw them while the group was stable.
	baselineLag, baselineEnd model.Maybe[int64]

	newest      model.Maybe[ownership.Commit] // the newest commit, dated as exactly as it is known
	commitEvery model.Maybe[time.Duration]    // between the newest commits, by their records
	repeated    bool                          // these were of the same offset
}

// foldPartitions takes in what a snapshot shows of a group's partitions, and their owners now.
func (t *Tracker) foldPartitions(p *poll, g *group, next *model.GroupView, sg *model.Group, membersChanged bool, r *model.Rebalance) bool {
	var told []model.PartitionOffset
	relisted := false
	if sg.OffsetsKnown || !g.polls.offsetsEver { // else the last known stays, and the group is stale
		told = sortedPartitions(sg.Partitions)
		relisted = t.relist(g, next, told)
	}
	g.polls.offsetsEver = g.polls.offsetsEver || sg.OffsetsKnown
	next.OffsetsKnown = g.polls.offsetsEver

	// Screens hold the views so far: they are copied before the first of them changes, and only then.
	writable := relisted
	write := func() []model.PartitionView {
		if !writable {
			next.Partitions, writable = slices.Clone(next.Partitions), true
		}
		return next.Partitions
	}
	for i := range told {
		v := next.Partitions[i]
		if t.foldPartition(p, g, i, &v, &told[i], sg.OffsetsKnown) {
			write()[i] = v
		}
	}
	if membersChanged || relisted {
		showOwners(g, next, write(), t.at)
	}
	if r != nil {
		showMoves(r, write(), t.at)
	}
	return writable || next.OffsetsKnown != g.view.OffsetsKnown
}

// sortedPartitions leaves a snapshot that is sorted, as it should be, as it is.
func sortedPartitions(told []model.PartitionOffset) []model.PartitionOffset {
	for i := 1; i < len(told); i++ {
		if told[i-1].Compare(told[i].TopicPartition) >= 0 {
			told = slices.Clone(told)
			slices.SortStableFunc(told, func(a, b model.PartitionOffset) int { return a.Compare(b.TopicPartition) })
			return slices.CompactFunc(told, func(a, b model.PartitionOffset) bool { return a.TopicPartition == b.TopicPartition })
		}
	}
	return told
}

// relist makes the group's partitions those of the snapshot, keeping what is known of those that stay.
func (t *Tracker) relist(g *group, next *model.GroupView, told []model.PartitionOffset) (changed bool) {
	was := next.Partitions
	if samePartitions(told, was) {
		return false
	}
	partitions := make([]partition, len(told))
	views := make([]model.PartitionView, len(told))
	for i := range told {
		tp := told[i].TopicPartition
		at, found := slices.BinarySearchFunc(was, tp, comparePartition)
		if found {
			partitions[i], views[i] = g.partitions[at], was[at]
		} else {
			topic := t.topic(tp.Topic)
			partitions[i] = partition{topic: topic, end: topic.end(tp.Partition), incarnation: topic.incarnation}
			views[i].TopicPartition = model.TopicPartition{Topic: topic.name, Partition: tp.Partition}
		}
		partitions[i].topic.users++
	}
	t.release(g.partitions)
	g.partitions, next.Partitions = partitions, views
	return true
}

func samePartitions(told []model.PartitionOffset, was []model.PartitionView) bool {
	if len(told) != len(was) {
		return false
	}
	for i := range told {
		if told[i].TopicPartition != was[i].TopicPartition {
			return false
		}
	}
	return true
}

// foldPartition takes in what a snapshot shows of one partition. v begins as what it was.
func (t *Tracker) foldPartition(p *poll, g *group, i int, v *model.PartitionView, told *model.PartitionOffset, offsetsKnown bool) (changed bool) {
	st, before := &g.partitions[i], v.PartitionOffsets
	v.LogStart, v.LogEnd = told.LogStart, told.LogEnd
	if v.Problem != told.Problem {
		v.Problem = strings.Clone(told.Problem)
	}
	if end, known := told.LogEnd.Get(); known && !st.end.Add(p.at, end) {
		t.endWentBack(st.topic, end, before.LogEnd)
	}

	if offsetsKnown {
		t.foldCommit(p, g, st, v, told.Committed)
		st.observed = true
	}
	lag.Partition{Ends: st.end, Commits: &st.commits, Topic: st.fate()}.Measure(&v.PartitionOffsets, p.at, offsetsKnown)

	if st.lagHistory.Add(p.at, v.Lag.Or(lag.UnknownLag), p.partitionGap, model.PartitionLagStep, model.PartitionLagKept) {
		v.LagHistory = st.lagHistory.Samples.Newest(model.PartitionLagKept)
		changed = true
	}
	return changed || v.PartitionOffsets != before
}

func (t *Tracker) foldCommit(p *poll, g *group, st *partition, v *model.PartitionView, committed model.Maybe[int64]) {
	commit, known := committed.Get()
	if !known || committed != v.Committed && st.incarnation != st.topic.incarnation {
		st.commits.Reset() // gone, or the first one on the topic that took the name
		st.incarnation = st.topic.incarnation
	}
	stepped := st.observed && !v.Committed.Known()
	v.Committed = committed
	if known && st.commits.Add(p.at, commit, stepped) {
		v.CommittedAt = t.at
		if seen, is := st.newest.Get(); !is || seen.Offset != commit && (!seen.At.Exact() || !t.readsCommits(g)) {
			st.commitEvery, st.repeated = model.None[time.Duration](), false
			st.newest = model.Some(ownership.Commit{Offset: commit, At: model.Moment{NotBefore: g.polls.offsetsBefore, NotAfter: p.answered}})
			g.addCommit(v.TopicPartition, st.newest.Or(ownership.Commit{}))
		}
	}
}

func (st *partition) fate() lag.TopicFate {
	switch {
	case st.topic.missing:
		return lag.TopicMissing
	case st.incarnation != st.topic.incarnation:
		return lag.TopicReplaced
	}
	return lag.TopicPresent
}

// endWentBack handles a log that became shorter. With topic ids, another id shows that the topic was recreated.
// Without, losing more than half of the offsets does: an unclean leader election, or a new leader that has not caught up
// with its high watermark, loses the newest few.
func (t *Tracker) endWentBack(topic *topicState, end int64, was model.Maybe[int64]) {
	if before, known := was.Get(); known && topic.id == "" && end < before/2 {
		t.replaceTopic(topic)
	}
}

// addCommit takes in the record of a commit, and returns it with what is known by the one before.
func (st *partition) addCommit(c ownership.Commit) ownership.Commit {
	interval := st.commitEvery
	st.commitEvery, st.repeated = model.None[time.Duration](), false
	if before, known := st.newest.Get(); known && before.At.Exact() {
		every := max(0, c.At.NotAfter.Sub(before.At.NotAfter))
		if was, known := interval.Get(); known && was < every {
			every = was + (every-was)/2 // a single late commit does not set the interval: it may be the last before a member hangs
		}
		st.commitEvery = model.Some(every)
		if st.repeated = before.Offset == c.Offset; st.repeated {
			if c.Since = before.Since; c.Since.IsZero() {
				c.Since = before.At.NotBefore
			}
		}
	}
	st.newest = model.Some(c)
	return c
}
