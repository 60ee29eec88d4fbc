package track

import (
	"time"

	"regroup/model"
)

// translation is by how much a time of a broker's may be too late by regroup's clock, about: as long as the quickest
// record takes from one to the other.
const translation = 10 * time.Millisecond

// calmBefore is when the newest of the looks was asked that found the group in no rebalance before this one began; zero
// if none did. Where a rebalance has a join, the group is calm before its beginning and after its end only.
func (g *group) calmBefore(r *model.Rebalance, facts *recordFacts) time.Time {
	// Of generations that were not told the calm may lie between two, and the beginning is the first one's.
	if r.JoinEnded.IsZero() || r.AtLeast > 1 && !facts.contiguous {
		return time.Time{}
	}
	ended := r.JoinEnded.NotAfter
	if r.MembersAfter == 0 {
		ended = ended.Add(-translation) // there is no sync, so the group is calm again at once
	}
	// A coordinator lists a group when all replicas have the record of its creation, and none that it has not taken over.
	listed := g.listed.Add(appending)
	for _, look := range facts.calm {
		if !look.Answered.After(ended) && !look.Asked.Before(listed) && !look.Asked.After(r.Began.NotAfter) {
			return look.Asked
		}
	}
	return time.Time{}
}
