package model

import "slices"

// handovers are the partitions of a consumer group (KIP-848) that changed hands since it last settled. There each does so
// by itself: the coordinator asks the old owner to give it up, learns from its heartbeat that it has, and tells the new
// owner with that one's next heartbeat. When all have, the rebalance has ended, and its reckoning is told of these.
type handovers map[TopicPartition]*handover

// handover is one of them. Until took is known, nobody has the partition.
type handover struct {
	gave, took   Moment
	last, first  Maybe[commitSeen] // the newest commit when it was given up or taken; the earliest since it was taken
	everReturned bool              // it went through several hands
}

// step takes in what one member owns now, what it has been asked to give up included, and owned before; both sorted.
// newest is the newest commit of a partition.
func (h handovers) step(was, now []TopicPartition, at Moment, newest func(TopicPartition) Maybe[commitSeen]) {
	for _, tp := range was {
		if _, kept := slices.BinarySearchFunc(now, tp, TopicPartition.Compare); kept {
			continue
		}
		if before := h[tp]; before != nil {
			before.everReturned = true
			continue
		}
		h[tp] = &handover{gave: at, last: newest(tp)}
	}
	for _, tp := range now {
		if _, had := slices.BinarySearchFunc(was, tp, TopicPartition.Compare); had {
			continue
		}
		if h[tp] == nil { // nobody had it
			h[tp] = &handover{last: newest(tp)}
		}
		if h[tp].took.IsZero() {
			h[tp].took = at
		}
	}
}

// commit takes in a commit of any partition, in the order of the records.
func (h handovers) commit(tp TopicPartition, c commitSeen) {
	if o := h[tp]; o != nil && !o.took.IsZero() && !o.first.Known() {
		o.first = Some(c)
	}
}

// tell adds to what is known of a partition when its rebalance has ended. Of one that went through several hands it tells
// nothing: who was the last to have it before is not known here.
func (h handovers) tell(b *partitionBefore) {
	if o := h[b.TopicPartition]; o != nil && !o.everReturned {
		b.gave, b.took, b.commit, b.first = o.gave, o.took, o.last, o.first
	}
}
