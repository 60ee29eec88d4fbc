// Package lag defines how far a group is behind the log: the lag of a partition in offsets and in time, the rates at which
// records are produced and committed, the sums of a group, the trend of its lag, and the alerts about it.
package lag

import (
	"time"

	"regroup/model"
)

// TopicFate is what became of a topic since a group committed on it.
type TopicFate uint8

// The fates of a topic.
const (
	TopicPresent  TopicFate = iota
	TopicMissing            // it was deleted
	TopicReplaced           // it was deleted and created again: the commit is of the earlier topic
)

// Partition is what the lag of a partition is computed from besides its newest offsets.
type Partition struct {
	Ends    *LogEndHistory
	Commits *CommitHistory
	Topic   TopicFate
}

// Measure computes lag, rates and time behind of a partition from its offsets. Where committed offsets could not be read,
// the lag is unknown, whatever the last known commit is.
func (p Partition) Measure(v *model.PartitionOffsets, now Instant, offsetsRead bool) {
	v.Lag, v.Flag = model.None[int64](), model.LagOffsetsUnknown
	if offsetsRead {
		v.Lag, v.Flag = PartitionLag(v.Committed, v.LogStart, v.LogEnd, p.Topic)
	}
	records, known := v.Lag.Get()
	v.ProduceRate, v.ConsumeRate = model.None[float64](), model.None[float64]()
	if v.LogEnd.Known() && p.Topic != TopicMissing {
		v.ProduceRate = p.Ends.Rate(now)
	}
	if v.Committed.Known() {
		v.ConsumeRate = p.Commits.Rate(now, known && records == 0)
	}
	v.Behind, v.BehindApprox = model.None[time.Duration](), false
	switch {
	case known && records == 0:
		v.Behind = model.Some(time.Duration(0))
	case known && v.Flag != model.LagTopicRecreated:
		v.Behind, v.BehindApprox = p.Ends.Age(NextOffset(v.Committed, v.LogStart), now)
	}
}

// PartitionLag is the number of offsets between a commit and the log end, and what is odd about them. It is never
// negative. It is unknown where the commit or the log end is, and for a topic that does not exist.
func PartitionLag(committed, logStart, logEnd model.Maybe[int64], topic TopicFate) (model.Maybe[int64], model.LagFlag) {
	if topic == TopicMissing {
		return model.None[int64](), model.LagTopicMissing
	}
	commit, known := committed.Get()
	if !known {
		return model.None[int64](), model.LagNoCommit
	}
	end, known := logEnd.Get()
	if !known {
		return model.None[int64](), model.LagEndUnknown
	}
	start := logStart.Or(commit)
	lag := model.Some(max(0, end-max(commit, start)))
	switch {
	case topic == TopicReplaced:
		return lag, model.LagTopicRecreated
	case commit > end:
		return lag, model.LagBeyondEnd
	case commit < start:
		return lag, model.LagBelowStart
	}
	return lag, model.LagPlain
}

// NextOffset is the offset that the group fetches next: offsets below the log start are deleted.
func NextOffset(committed, logStart model.Maybe[int64]) int64 {
	commit := committed.Or(0)
	return max(commit, logStart.Or(commit))
}

// outOfRange reports whether a fetch at the commit would fail with OFFSET_OUT_OF_RANGE, as far as the log is known.
func outOfRange(v *model.PartitionOffsets) bool {
	commit, committed := v.Committed.Get()
	start, startKnown := v.LogStart.Get()
	end, endKnown := v.LogEnd.Get()
	return committed && (startKnown && commit < start || endKnown && commit > end)
}
