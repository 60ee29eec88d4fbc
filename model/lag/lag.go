// Package lag computes the lag of a partition, the history of its log ends and commits, the rates that follow from it, and
// lag alerts.
package lag

import "regroup/model"

// TopicFate is what became of a topic since a group committed on it.
type TopicFate uint8

// The fates of a topic.
const (
	TopicPresent  TopicFate = iota
	TopicMissing            // it was deleted
	TopicReplaced           // it was deleted and created again: the commit was made on the one before
)

// PartitionLag is how many offsets lie between a commit and the log's end, and what is odd about them. It is never
// negative. It is unknown where the commit or the end is, and for a topic that does not exist.
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

// NextToRead is the offset of the record that the group reads next: what lies below the log's start is gone.
func NextToRead(committed, logStart model.Maybe[int64]) int64 {
	commit := committed.Or(0)
	return max(commit, logStart.Or(commit))
}
