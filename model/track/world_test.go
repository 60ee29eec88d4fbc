package track

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"

	"pgregory.net/rapid"
)

// world is a cluster with one group whose true history is known, for property tests. It answers polls as a broker
// would: in Stable with everything, in a rebalance with members only.
type world struct {
	t          *rapid.T
	exact      bool // it tells its generations
	now        time.Duration
	members    []model.Member
	generation int32
	state      model.GroupState
	broker     int32
	shown      int32 // the coordinator that the newest sight told of
	ends       []int64
	commits    []int64
	ids        int
	untold     bool // the newest snapshot lacked the generation

	// What the coordinator wrote down last: another one begins with it.
	writtenMembers    []model.Member
	writtenGeneration int32
	writtenState      model.GroupState

	// The records of it, in order; delivered by the test. Brokers' clocks differ from ours.
	records   []worldRecord
	joinEnded time.Duration
	offset    int64 // of the newest that was delivered
}

// worldRecord is a record and when it was truly written.
type worldRecord struct {
	at     time.Duration
	broker int32
	record model.GenerationRecord
}

// worldSkew is by how much a broker's clock is ahead of ours.
func worldSkew(broker int32) time.Duration { return time.Duration(broker-2) * 3 * time.Minute }

const worldPartitions = 5

func newWorld(t *rapid.T, exact bool) *world {
	w := &world{t: t, exact: exact, state: model.StateEmpty, broker: 1, shown: 1, ends: make([]int64, worldPartitions), commits: make([]int64, worldPartitions)}
	for range w.draw(0, 3) {
		w.join()
	}
	if len(w.members) > 0 {
		w.finish()
	}
	w.write()
	return w
}

func (w *world) draw(from, to int) int { return rapid.IntRange(from, to).Draw(w.t, "n") }

func (w *world) join() {
	w.ids++
	m := model.Member{ID: fmt.Sprintf("m-%d", w.ids), ClientID: fmt.Sprintf("c%d", w.ids%3), Host: "10.0.0.1"}
	if w.draw(0, 2) == 0 {
		m.InstanceID = fmt.Sprintf("i%d", w.ids)
	}
	w.members = append(w.members, m)
}

func (w *world) leave() {
	if len(w.members) > 0 {
		w.members = slices.Delete(w.members, 0, 1)
	}
}

// finish completes a join: the next generation, with new assignments.
func (w *world) finish() {
	if w.state != model.StateCompletingRebalance || len(w.members) == 0 {
		w.joinEnded = w.now
	}
	w.generation++
	w.members = slices.Clone(w.members)
	for i := range w.members {
		w.members[i].Assignment = nil
	}
	w.state = model.StateEmpty
	if len(w.members) == 0 {
		return
	}
	w.state = model.StateStable
	for n := range int32(worldPartitions) {
		owner := &w.members[w.draw(0, len(w.members)-1)]
		owner.Assignment = append(owner.Assignment, model.TopicPartition{Topic: "t", Partition: n})
	}
}

func (w *world) write() {
	w.writtenMembers, w.writtenGeneration, w.writtenState = slices.Clone(w.members), w.generation, w.state
	rec := model.GenerationRecord{ProtocolType: "consumer", Generation: w.generation, JoinEnded: Start.Add(w.joinEnded + worldSkew(w.broker))}
	for _, m := range w.members {
		m.AssignmentKnown, m.Subscription = true, []string{"t"}
		m.SessionTimeout = model.Some(10 * time.Second)
		rec.Members = append(rec.Members, m)
	}
	if len(w.members) > 0 {
		rec.Leader, rec.Assignor = w.members[0].ID, "range"
	}
	w.records = append(w.records, worldRecord{w.now, w.broker, rec})
}

// step lets something happen.
func (w *world) step() {
	change := func() {
		if w.draw(0, 1) == 0 && len(w.members) < 6 {
			w.join()
		} else {
			w.leave()
		}
	}
	switch w.draw(0, 7) {
	case 0: // a rebalance from begin to end
		change()
		w.finish()
		w.write()
	case 1: // one that takes its time
		change()
		if len(w.members) > 0 {
			w.state = model.StatePreparingRebalance
		} else {
			w.finish()
			w.write()
		}
	case 2: // the members have joined, the leader has not answered
		if w.state == model.StatePreparingRebalance {
			w.generation++
			w.state, w.joinEnded = model.StateCompletingRebalance, w.now
		}
	case 3: // the leader has
		switch w.state {
		case model.StateCompletingRebalance:
			w.generation-- // it was counted when they joined
			fallthrough
		case model.StatePreparingRebalance:
			w.finish()
			w.write()
		}
	case 4: // a static member restarts (KIP-345)
		for i := range w.members {
			if w.members[i].InstanceID != "" && w.state == model.StateStable {
				w.ids++
				w.members = slices.Clone(w.members)
				w.members[i].ID = fmt.Sprintf("m-%d", w.ids)
				w.write()
				break
			}
		}
	case 5: // the coordinator fails, another one reads what it wrote
		if w.broker%3+1 == w.shown { // it came back between two looks: nobody could tell that it was away
			break
		}
		w.broker = w.broker%3 + 1
		w.members, w.generation, w.state = slices.Clone(w.writtenMembers), w.writtenGeneration, w.writtenState
	default:
		for i := range w.ends {
			w.ends[i] += int64(w.draw(0, 100))
			w.commits[i] = w.ends[i] - int64(w.draw(-5, 50))
		}
	}
	w.now += time.Duration(w.draw(0, 3000)) * time.Millisecond
}

func (w *world) settled() bool { return w.state == model.StateStable || w.state == model.StateEmpty }

// look is an honest snapshot.
func (w *world) look() *model.Snapshot {
	g := model.Group{
		ID: "g", Type: model.TypeClassic, ProtocolType: "consumer", State: w.state, Coordinator: model.Some(w.broker),
		MembersKnown: true, OffsetsKnown: true,
	}
	// Where the generation changes while the source looks, it tells none: never twice in a row here.
	w.untold = w.exact && !w.untold && len(w.members) > 0 && w.now > 0 && w.draw(0, 4) == 0
	if w.exact && !w.untold {
		g.Generation = model.Generation{Number: w.generation, Kind: model.GenerationExact}
	}
	for _, m := range w.members {
		if w.state == model.StateStable {
			m.AssignmentKnown, m.Subscription = true, []string{"t"}
		} else {
			m.Assignment, m.AssignmentProblem = nil, "the group is rebalancing"
		}
		g.Members = append(g.Members, m)
	}
	for n := range int32(worldPartitions) {
		g.Partitions = append(g.Partitions, model.PartitionOffset{
			TopicPartition: model.TopicPartition{Topic: "t", Partition: n},
			Committed:      model.Some(w.commits[n]), LogStart: model.Some[int64](0), LogEnd: model.Some(w.ends[n]),
		})
	}
	s := Poll(0, g)
	s.At = Start.Add(w.now)
	return s
}

// sight is a snapshot as it may come: whole, partial, or with something that could not be read. shown says that
// it shows the members.
func (w *world) sight() (s *model.Snapshot, shown bool) {
	was := *w
	s = w.look()
	w.shown = w.broker
	switch w.draw(0, 9) {
	case 0:
		w.shown, w.untold = was.shown, was.untold
		return Without(s, w.broker), false
	case 1:
		w.shown, w.untold = was.shown, was.untold
		s.Partial, s.Groups = true, nil
		return s, false
	case 2: // a group that could not be described shows nothing, not even its coordinator
		w.shown, w.untold = was.shown, was.untold
		s.Groups[0].MembersKnown, s.Groups[0].Members = false, nil
		return s, false
	case 3:
		s.Groups[0].OffsetsKnown = false
		for i := range s.Groups[0].Partitions {
			s.Groups[0].Partitions[i].Committed = model.None[int64]()
		}
	case 4:
		s.Partial = true
	}
	return s, !w.untold
}
