package cause

import (
	"slices"
	"strings"
	"testing"
	"time"

	"regroup/model"
	. "regroup/model/modeltest"

	"pgregory.net/rapid"
)

// began is the second at which the rebalances of these tests begin.
const began = 1000

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// trial is a rebalance of a classic group, 4 → 5, with A and B before and after; records are read and arrive, both
// members committed 3 s before. What happened is done to it by the functions.
func trial(happened ...func(*Evidence)) *Evidence {
	e := &Evidence{
		Rebalance: &model.Rebalance{
			Group: "g", Type: model.TypeClassic, AtLeast: 1,
			From: model.Generation{Number: 4, Kind: model.GenerationExact}, To: model.Generation{Number: 5, Kind: model.GenerationExact},
			Began: model.Exactly(Second(began)), AssignorBefore: "range", AssignorAfter: "range",
			Before: model.Assignment{TpOf(0): 1, TpOf(1): 1, TpOf(2): 2, TpOf(3): 2},
			After:  model.Assignment{TpOf(0): 1, TpOf(1): 1, TpOf(2): 2, TpOf(3): 2},
		},
		Before: []model.MemberView{Judged(1), Judged(2)}, After: []model.MemberView{Judged(1), Judged(2)},
		Adjacent: true, CommitsRead: true,
		Commits: map[model.TopicPartition]model.Moment{}, Arriving: map[model.TopicPartition]bool{}, CommitEvery: map[model.TopicPartition]time.Duration{},
	}
	for n := range int32(4) {
		e.Commits[TpOf(n)], e.Arriving[TpOf(n)] = model.Exactly(Second(began-3)), true
	}
	joinTook(0.5)(e)
	for _, happen := range happened {
		happen(e)
	}
	e.Rebalance.Moves = model.Moves(e.Rebalance.Before, e.Rebalance.After)
	e.Rebalance.MembersAfter = len(e.After)
	return e
}

func joinTook(s float64) func(*Evidence) {
	return func(e *Evidence) {
		e.Rebalance.JoinEnded, e.Rebalance.Ended = model.Exactly(Second(began+s)), model.Exactly(Second(began+s+0.02))
	}
}

// isGone removes members and assigns their partitions to the first of the others, if there is one.
func isGone(lanes ...model.Slot) func(*Evidence) {
	return func(e *Evidence) {
		for _, lane := range lanes {
			e.Rebalance.Left = append(e.Rebalance.Left, model.MemberIn(e.After, lane).MemberRef)
			e.After = slices.DeleteFunc(slices.Clone(e.After), func(m model.MemberView) bool { return m.Slot == lane })
		}
		for tp, owner := range e.Rebalance.After {
			switch {
			case !slices.Contains(lanes, owner):
			case len(e.After) == 0:
				delete(e.Rebalance.After, tp)
			default:
				e.Rebalance.After[tp] = e.After[0].Slot
			}
		}
	}
}

func joins(lane model.Slot, as ...func(*model.MemberView)) func(*Evidence) {
	return func(e *Evidence) {
		m := Judged(lane)
		for _, f := range as {
			f(&m)
		}
		e.Rebalance.Joined = append(e.Rebalance.Joined, m.MemberRef)
		e.After = append(slices.Clone(e.After), m)
		e.Rebalance.After[TpOf(3)] = lane
	}
}

// likeB gives a member the client id of B.
func likeB(m *model.MemberView) { m.ClientID = "consumer-B" }

// committed sets when the partitions of a member were last committed, in seconds before the rebalance began.
func committed(lane model.Slot, ago float64) func(*Evidence) {
	return func(e *Evidence) {
		for tp, owner := range e.Rebalance.Before {
			if owner == lane {
				e.Commits[tp] = model.Exactly(Second(began - ago))
			}
		}
	}
}

// never removes the commits for the member's partitions.
func never(lane model.Slot) func(*Evidence) {
	return func(e *Evidence) {
		for tp, owner := range e.Rebalance.Before {
			if owner == lane {
				delete(e.Commits, tp)
			}
		}
	}
}

// nothingArrives stops producing to every partition.
func nothingArrives(e *Evidence) { clear(e.Arriving) }

// repeats sets whether the newest commits repeated the offsets before them.
func repeats(always bool) func(*Evidence) {
	return func(e *Evidence) {
		e.Repeated = map[model.TopicPartition]bool{}
		for tp := range e.Rebalance.Before {
			e.Repeated[tp] = always
		}
	}
}

func commitsEvery(s float64) func(*Evidence) {
	return func(e *Evidence) {
		for tp := range e.Rebalance.Before {
			e.CommitEvery[tp] = seconds(s)
		}
	}
}

// timeouts sets the members' session.timeout.ms and max.poll.interval.ms, in seconds; 0 is not known.
func timeouts(session, poll float64) func(*Evidence) {
	return func(e *Evidence) {
		for i := range e.Before {
			e.Before[i].SessionTimeout, e.Before[i].RebalanceTimeout = model.None[time.Duration](), model.None[time.Duration]()
			if session > 0 {
				e.Before[i].SessionTimeout = model.Some(seconds(session))
			}
			if poll > 0 {
				e.Before[i].RebalanceTimeout = model.Some(seconds(poll))
			}
		}
	}
}

// static gives the members group.instance.ids.
func static(e *Evidence) {
	for _, members := range [][]model.MemberView{e.Before, e.After} {
		for i := range members {
			members[i].InstanceID = "instance-" + members[i].Slot.String()
		}
	}
}

func unseen(generations int) func(*Evidence) {
	return func(e *Evidence) {
		e.Rebalance.AtLeast, e.Adjacent = generations, false
		e.Rebalance.To.Number = e.Rebalance.From.Number + int32(generations)
	}
}

// nobodyBefore empties the group before the rebalance.
func nobodyBefore(e *Evidence) { e.Before, e.Rebalance.Before = nil, model.Assignment{} }

// the adds an action on a member, in seconds before the rebalance began.
func the(cause model.Cause, to model.Slot, ago float64, words string) func(*Evidence) {
	return func(e *Evidence) {
		e.Actions = append(e.Actions, Action{At: Second(began - ago), Cause: cause, Member: "id-" + to.String(), Words: words})
	}
}

func saw(cause model.Cause, topic string, ago float64) func(*Evidence) {
	return func(e *Evidence) {
		e.Topics = append(e.Topics, TopicChange{Topic: topic, Cause: cause, At: model.Moment{NotBefore: Second(began - ago - 1), NotAfter: Second(began - ago)}})
	}
}

// gets assigns a partition.
func gets(lane model.Slot, topic string, n int32) func(*Evidence) {
	return func(e *Evidence) { e.Rebalance.After[model.TopicPartition{Topic: topic, Partition: n}] = lane }
}

func subscribes(lane model.Slot, topics ...string) func(*Evidence) {
	return func(e *Evidence) { model.MemberIn(e.After, lane).Subscription = topics }
}

// before adds a previous rebalance, which ended that many seconds before this one began.
func before(ago float64, change ...func(*model.Rebalance)) func(*Evidence) {
	return func(e *Evidence) {
		e.Previous = &model.Rebalance{
			Group: "g", Type: e.Rebalance.Type, AtLeast: 1, From: model.Generation{Number: 3, Kind: model.GenerationExact}, To: e.Rebalance.From,
			Began: model.Exactly(Second(began - ago - 1)), JoinEnded: model.Exactly(Second(began - ago - 0.02)), Ended: model.Exactly(Second(began - ago)),
			Before: model.Assignment{TpOf(0): 1, TpOf(1): 1, TpOf(2): 2, TpOf(3): 2},
		}
		for _, f := range change {
			f(e.Previous)
		}
	}
}

// gaveUp makes a partition one that A revoked in the previous rebalance and that has had no owner since.
func gaveUp(n int32) func(*Evidence) {
	return func(e *Evidence) {
		e.Rebalance.AssignorBefore, e.Rebalance.AssignorAfter = "cooperative-sticky", "cooperative-sticky"
		delete(e.Rebalance.Before, TpOf(n))
		e.Previous.Moves = append(e.Previous.Moves, model.Move{TopicPartition: TpOf(n), From: 1, To: model.Nobody})
	}
}

func byOwnAssignor(e *Evidence) {
	e.Rebalance.AssignorBefore, e.Rebalance.AssignorAfter = "by-region", "by-region"
}

func inConsumerGroup(e *Evidence) {
	e.Rebalance.Type = model.TypeConsumer
	timeouts(0, 300)(e)
}

type judgement struct {
	why        string // why it must be so
	happened   []func(*Evidence)
	cause      model.Cause
	confidence model.Confidence
	evidence   string // part of it; may be empty
	also       []model.Cause
}

type happening = []func(*Evidence)

var judgements = []judgement{
	// Members that joined.
	{"a new member id and no member gone", happening{joins(3)}, model.CauseMemberJoined, model.Certain, "C joined, no member left", nil},
	{"two of them: all are named", happening{joins(3), joins(4)}, model.CauseMemberJoined, model.Certain, "C, D joined", nil},
	{"a generation was superseded in between: a member may have joined and left", happening{joins(3), func(e *Evidence) { e.Adjacent, e.Rebalance.Superseded = false, 1 }},
		model.CauseMemberJoined, model.Likely, "C joined", nil},
	{"three generations were missed: which member started them is a guess", happening{joins(3), unseen(3)}, model.CauseMemberJoined, model.Possible, "", nil},
	{"the first members of a group", happening{joins(3), func(e *Evidence) { e.Before, e.Rebalance.Before = nil, model.Assignment{} }},
		model.CauseMemberJoined, model.Certain, "joined the empty group", nil},
	{"the lab started it: that stays certain when generations were missed", happening{joins(3), unseen(3), func(e *Evidence) {
		e.Actions = []Action{{At: Second(began - 2), Cause: model.CauseMemberJoined, Client: "consumer-C", Words: "consumer-3 was started"}}
	}}, model.CauseMemberJoined, model.Certain, "consumer-3 was started", nil},
	{"the process that was removed before is back", happening{joins(3, likeB), before(20, func(r *model.Rebalance) {
		r.Left, r.Verdict.Cause = []model.MemberRef{Judged(2).MemberRef}, model.CauseMaxPollExceeded
	})}, model.CauseMemberJoined, model.Certain, "C has the client id and host of B, which was removed from the group earlier", nil},

	// Static members (KIP-345).
	{"another member id, the same generation: there was no rebalance", happening{restarts(2), sameGeneration}, model.CauseMemberRestarted, model.Certain, "generation is still 4", nil},
	{"another member id, another generation: its subscription may have changed as well", happening{restarts(2)}, model.CauseMemberRestarted, model.Likely, "the group rebalanced", nil},
	{"counted generations: the coordinator did not confirm that it is the same one", happening{restarts(2), func(e *Evidence) {
		e.Rebalance.From, e.Rebalance.To, e.Rebalance.AtLeast, e.Adjacent = model.Generation{Number: 4, Kind: model.GenerationCounted}, model.Generation{Number: 4, Kind: model.GenerationCounted}, 0, false
	}}, model.CauseMemberRestarted, model.Likely, "no rebalance", nil},
	{"a static member that is gone for good sends no LeaveGroup: its session expires", happening{static, isGone(2), committed(2, 10.4)},
		model.CauseSessionTimeout, model.Likely, "session.timeout.ms is 10 s", nil},
	{"a static member that does not poll stops its heartbeats: both times pass", happening{static, timeouts(10, 60), isGone(2), committed(2, 72)},
		model.CauseMaxPollExceeded, model.Likely, "max.poll.interval.ms is 60 s", nil},
	{"a static member that is gone at once: it was removed, or it sent LeaveGroup, which few do", happening{static, isGone(2), committed(2, 0.2)},
		model.CauseMemberLeft, model.Possible, "static members rarely send LeaveGroup", nil},

	// Departures: a clean leave commits last.
	{"it committed as it closed", happening{isGone(2), committed(2, 0.04)}, model.CauseMemberLeft, model.Likely, "the last commit for B's 2 partitions was 40 ms earlier", nil},
	{"no last commit (a manual committer), but neither timeout can have passed: a commit is a heartbeat",
		happening{isGone(2), committed(2, 6)}, model.CauseMemberLeft, model.Likely, "6 s earlier; session.timeout.ms is 10 s, so it left by itself", nil},
	{"timeouts are not known (polling only), but no broker allows one under 6 s", happening{timeouts(0, 0), isGone(2), committed(2, 1)},
		model.CauseMemberLeft, model.Likely, "", nil},
	{"the last one goes: the group is empty", happening{isGone(1, 2), committed(1, 0.1), committed(2, 0.1)}, model.CauseMemberLeft, model.Likely, "likewise", nil},
	{"it left while the group rebalanced because another joined: its commit is later than the beginning",
		happening{joins(3), isGone(2), committed(2, -1), joinTook(2)}, model.CauseMemberJoined, model.Likely, "", []model.Cause{model.CauseMemberLeft}},

	// Departures: a crash.
	{"commits stopped for the session timeout and some of the commit interval", happening{isGone(2), committed(2, 10.4)},
		model.CauseSessionTimeout, model.Likely, "the last commit for B's 2 partitions was 10.4 s earlier; session.timeout.ms is 10 s", nil},
	{"crashed right after a commit: exactly the session timeout", happening{isGone(2), committed(2, 10)}, model.CauseSessionTimeout, model.Likely, "", nil},
	{"crashed right before a commit was due", happening{isGone(2), committed(2, 14.9)}, model.CauseSessionTimeout, model.Likely, "", nil},
	{"one of its partitions stands still: the newest commit of all counts", happening{isGone(2), committed(2, 11), func(e *Evidence) {
		e.Commits[TpOf(3)], e.Arriving[TpOf(3)] = model.Exactly(Second(began-500)), false
	}}, model.CauseSessionTimeout, model.Likely, "11 s earlier", nil},
	{"nothing arrived: it need not have committed, the time fits by chance perhaps", happening{nothingArrives, isGone(2), committed(2, 12)},
		model.CauseSessionTimeout, model.Possible, "", nil},
	{"nothing arrived, but it commits by a timer all the same: then it would have gone on", happening{nothingArrives, repeats(true), isGone(2), committed(2, 10.4)},
		model.CauseSessionTimeout, model.Likely, "", nil},
	{"nothing arrived, and it commits only what is new (librdkafka): the time means nothing", happening{nothingArrives, repeats(false), isGone(2), committed(2, 10.4)},
		model.CauseMemberLeft, model.Possible, "weak evidence", nil},
	{"nothing arrived since it joined, and it committed nothing", happening{nothingArrives, isGone(2), committed(2, 90), before(10.8)},
		model.CauseMemberLeft, model.Possible, "weak evidence", nil},
	{"nothing arrived for an hour: nothing can be concluded, most members leave cleanly", happening{nothingArrives, isGone(2), committed(2, 3600)},
		model.CauseMemberLeft, model.Possible, "weak evidence", nil},
	{"it commits every 60 s: 10.4 s is within what a leave without a last commit leaves", happening{commitsEvery(60), isGone(2), committed(2, 10.4)},
		model.CauseSessionTimeout, model.Possible, "", nil},
	{"it commits every 60 s: a crash may be 55 s after the last commit", happening{commitsEvery(60), isGone(2), committed(2, 55)},
		model.CauseSessionTimeout, model.Possible, "", nil},
	{"the default session timeout, not known", happening{timeouts(0, 0), isGone(2), committed(2, 47)}, model.CauseSessionTimeout, model.Possible, "the default session.timeout.ms is 45 s", nil},
	{"two at once: the second session expires during the rebalance of the first",
		happening{withC, isGone(2, 3), committed(2, 10.2), committed(3, 9), joinTook(3)}, model.CauseSessionTimeout, model.Likely, "likewise", nil},
	{"a crash, and its successor joins at once: the join waits until the session of the crashed member expires",
		happening{joins(3, likeB), isGone(2), committed(2, 4), joinTook(8)}, model.CauseMemberJoined, model.Likely, "client id and host of B", []model.Cause{model.CauseSessionTimeout}},
	{"its session expired, and a member joined meanwhile: the time shows which came first", happening{joins(3), isGone(2), committed(2, 11)},
		model.CauseSessionTimeout, model.Likely, "", []model.Cause{model.CauseMemberJoined}},
	{"a clean leave, and a member joined meanwhile", happening{joins(3), isGone(2), committed(2, 0.1)}, model.CauseMemberLeft, model.Likely, "", []model.Cause{model.CauseMemberJoined}},
	{"generations were missed: the gap fits, but whether it started this one is a guess", happening{unseen(3), isGone(2), committed(2, 11)},
		model.CauseSessionTimeout, model.Possible, "", nil},
	{"when it began is known within a poll only", happening{isGone(2), committed(2, 11), func(e *Evidence) {
		e.Rebalance.Began = model.Moment{NotBefore: Second(began - 1), NotAfter: Second(began)}
	}}, model.CauseSessionTimeout, model.Likely, "10 s to 11 s earlier", nil},

	// Departures: too slow.
	{"commits stopped for max.poll.interval.ms", happening{isGone(2), committed(2, 302)}, model.CauseMaxPollExceeded, model.Likely, "5 min earlier; max.poll.interval.ms is 5 min", nil},
	{"both timeouts are 10 s: nothing tells them apart", happening{timeouts(10, 10), isGone(2), committed(2, 11)}, model.CauseSessionTimeout, model.Possible, "either fits", nil},
	{"both timeouts are 10 s, and it is back already: it was alive", happening{timeouts(10, 10), joins(3, likeB), isGone(2), committed(2, 11)},
		model.CauseMaxPollExceeded, model.Possible, "", []model.Cause{model.CauseMemberJoined}},
	{"10 s and 12 s: the nearer one is reported", happening{timeouts(10, 12), isGone(2), committed(2, 12.3)}, model.CauseMaxPollExceeded, model.Possible, "either fits", nil},
	{"10 s and 14 s: only one of them has passed", happening{timeouts(10, 14), isGone(2), committed(2, 10.2)}, model.CauseSessionTimeout, model.Possible, "", nil},
	{"librdkafka commits by a timer what the stalled application had read: 6.5 s fits both 6 s and 10 s", happening{timeouts(6, 10), isGone(2), committed(2, 6.49)},
		model.CauseSessionTimeout, model.Possible, "either fits", nil},
	{"the same where no session can have ended", happening{timeouts(30, 10), isGone(2), committed(2, 6.49)},
		model.CauseMaxPollExceeded, model.Possible, "max.poll.interval.ms is 10 s", nil},
	{"it had not joined again when the join ended", happening{timeouts(10, 60), joins(3), isGone(2), committed(2, 3), joinTook(60.1)},
		model.CauseMemberJoined, model.Likely, "", []model.Cause{model.CauseMaxPollExceeded}},
	{"the same, and nothing else is known to have begun it", happening{timeouts(10, 60), isGone(2), committed(2, 3), joinTook(60.1)},
		model.CauseMaxPollExceeded, model.Likely, "had not rejoined when the join phase ended after 60.1 s", nil},

	// Departures: no sign of life.
	{"it owned nothing", happening{withC, noPartitions(3), isGone(3)}, model.CauseMemberLeft, model.Possible, "owned no partitions", nil},
	{"the first poll found the group rebalancing: when it began is not known", happening{isGone(2), committed(2, 11), func(e *Evidence) {
		e.Rebalance.Began.NotBefore = time.Time{}
	}}, model.CauseMemberLeft, model.Possible, "at most 11 s earlier", nil},
	{"it owned nothing, but joined 4 s before: no session ends so soon", happening{withC, noPartitions(3), isGone(3), before(4)}, model.CauseMemberLeft, model.Likely, "last join was", nil},
	{"its partitions were never committed", happening{isGone(2), never(2), nothingArrives}, model.CauseMemberLeft, model.Possible, "no records arrive", nil},
	{"records arrive and it never committed: commits are elsewhere", happening{isGone(2), never(2)}, model.CauseMemberLeft, model.Possible, "committed nothing although records arrive", nil},
	{"what was committed before it had the partition is another's: its own join is its sign of life", happening{isGone(2), committed(2, 90), before(10.3)},
		model.CauseSessionTimeout, model.Likely, "last join was", nil},

	// Actions.
	{"the lab killed it", happening{isGone(2), committed(2, 10.4), the(model.CauseSessionTimeout, 2, 9, "consumer-B was killed (SIGKILL)")},
		model.CauseSessionTimeout, model.Certain, "B (consumer-B) was killed (SIGKILL) 9 s earlier", nil},
	{"the lab asked it to leave", happening{nothingArrives, isGone(2), committed(2, 300), the(model.CauseMemberLeft, 2, 0.2, "consumer-2 was asked to leave (SIGTERM)")},
		model.CauseMemberLeft, model.Certain, "SIGTERM", nil},
	{"the lab asked a static member to leave: its session has to end", happening{static, isGone(2), committed(2, 10.1), the(model.CauseMemberLeft, 2, 10, "consumer-2 was asked to leave")},
		model.CauseSessionTimeout, model.Likely, "", nil},
	{"the lab slowed it down beyond max.poll.interval.ms", happening{timeouts(10, 10), isGone(2), committed(2, 11), the(model.CauseMaxPollExceeded, 2, 10.5, "consumer-2 takes 20 s a record")},
		model.CauseMaxPollExceeded, model.Certain, "20 s a record", nil},
	{"the lab slowed it down, but it left too early for that", happening{timeouts(10, 60), isGone(2), committed(2, 0.1), the(model.CauseMaxPollExceeded, 2, 20, "consumer-2 takes 1 s a record")},
		model.CauseMaxPollExceeded, model.Likely, "", nil},
	{"the lab killed one and started another at once: the start began it, the join waits for the dead",
		happening{joins(3), isGone(2), committed(2, 2), joinTook(8), the(model.CauseSessionTimeout, 2, 1, "consumer-2 was killed")},
		model.CauseMemberJoined, model.Likely, "", []model.Cause{model.CauseSessionTimeout}},
	{"regroup removed it", happening{isGone(2), committed(2, 1), the(model.CauseRemovedByAdmin, 2, 0.05, "B (consumer-2) was removed from the group")},
		model.CauseRemovedByAdmin, model.Certain, "was removed from the group", nil},
	{"an action on another member is no evidence", happening{isGone(2), committed(2, 10.4), the(model.CauseSessionTimeout, 1, 9, "consumer-1 was killed")},
		model.CauseSessionTimeout, model.Likely, "last commit", nil},
	{"an action after the rebalance had ended did not cause it", happening{isGone(2), committed(2, 10.4), the(model.CauseRemovedByAdmin, 2, -5, "removed")},
		model.CauseSessionTimeout, model.Likely, "", nil},

	// Topics.
	{"a subscribed topic grew, and the new partition is owned", happening{saw(model.CausePartitionsAdded, "t", 4), gets(1, "t", 4)},
		model.CausePartitionsAdded, model.Likely, "topic t has 1 new partition", nil},
	{"the assignment shows it before any poll does", happening{gets(1, "t", 4), gets(2, "t", 5)}, model.CausePartitionsAdded, model.Likely, "2 new partitions, seen in the assignment", nil},
	{"the lab added them", happening{saw(model.CausePartitionsAdded, "t", 4), gets(1, "t", 4), func(e *Evidence) {
		e.Actions = []Action{{At: Second(began - 5), Cause: model.CausePartitionsAdded, Words: "topic t was given 5 partitions"}}
	}}, model.CausePartitionsAdded, model.Certain, "topic t was given 5 partitions", nil},
	{"a member that joins has everything assigned anew, with the new partition", happening{saw(model.CausePartitionsAdded, "t", 4), joins(3), gets(3, "t", 4)},
		model.CauseMemberJoined, model.Likely, "", []model.Cause{model.CausePartitionsAdded}},
	{"a topic that a pattern takes in: the subscription changes with it", happening{saw(model.CauseTopicCreated, "u", 30), subscribes(1, "t", "u"), subscribes(2, "t", "u"), gets(2, "u", 0)},
		model.CauseTopicCreated, model.Likely, "topic u was created", nil},
	{"a topic that was subscribed to before it existed", happening{gets(2, "u", 0)}, model.CauseTopicCreated, model.Likely, "topic u was created", nil},
	{"a topic is deleted", happening{alsoReads("u"), saw(model.CauseTopicDeleted, "u", 2)}, model.CauseTopicDeleted, model.Likely, "topic u was deleted", nil},
	{"a change before the previous rebalance was handled by it", happening{saw(model.CausePartitionsAdded, "t", 60), before(30)}, model.CauseUnknown, model.Possible, "", nil},
	{"a change that no assignment shows yet", happening{saw(model.CausePartitionsAdded, "t", 60)}, model.CausePartitionsAdded, model.Possible, "none of its partitions moved", nil},
	{"a topic that polls found late: its partitions were assigned by then", happening{before(3), saw(model.CauseTopicCreated, "t", 2.5)}, model.CauseUnknown, model.Possible, "", nil},
	{"a topic that was deleted and created again while it was assigned", happening{before(3), saw(model.CauseTopicCreated, "t", 2.5), func(e *Evidence) { e.Topics[0].Recreated = true }},
		model.CauseTopicCreated, model.Possible, "none of its partitions moved", nil},
	{"a member subscribes to a new topic that another member has consumed for a while", happening{saw(model.CauseTopicCreated, "u", 200), before(100), subscribes(2, "t", "u")},
		model.CauseSubscriptionChanged, model.Possible, "B now also subscribes to u", nil},
	{"a topic that was deleted and created again since it was assigned", happening{before(30), saw(model.CauseTopicCreated, "t", 2.5)}, model.CauseTopicCreated, model.Possible, "topic t was created", nil},
	{"a change of an hour ago: every member has noticed", happening{saw(model.CausePartitionsAdded, "t", 3600)}, model.CauseUnknown, model.Possible, "", nil},

	// Subscriptions, assignors, coordinators.
	{"a member subscribes to another topic as well", happening{subscribes(2, "t", "u"), gets(2, "u", 0)}, model.CauseSubscriptionChanged, model.Likely, "B now also subscribes to u", nil},
	{"a member no longer subscribes to a topic", happening{alsoReads("u"), subscribes(2, "t")}, model.CauseSubscriptionChanged, model.Likely, "B no longer subscribes to u", nil},
	{"unknown subscriptions are reported as unknown", happening{subscribes(2), func(e *Evidence) { e.Before[0].Subscription = nil }}, model.CauseUnknown, model.Possible, "are unknown", nil},
	{"the members chose another assignor", happening{func(e *Evidence) { e.Rebalance.AssignorAfter = "roundrobin" }}, model.CauseAssignorChanged, model.Likely, "the assignor changed from range to roundrobin", nil},
	{"an empty group has no assignor: none was changed", happening{isGone(1, 2), committed(1, 0.1), committed(2, 0.1), func(e *Evidence) { e.Rebalance.AssignorAfter = "" }}, model.CauseMemberLeft, model.Likely, "", nil},
	{"another broker coordinates", happening{func(e *Evidence) { e.CoordinatorMoved = true }}, model.CauseCoordinatorMoved, model.Likely, "members unchanged", nil},
	{"another broker coordinates, and one is gone", happening{func(e *Evidence) { e.CoordinatorMoved = true }, isGone(2), committed(2, 10.4)},
		model.CauseSessionTimeout, model.Likely, "", []model.Cause{model.CauseCoordinatorMoved}},

	// Cooperative (KIP-429).
	{"what was revoked in the previous rebalance is assigned", happening{before(0.05), gaveUp(1), gets(2, "t", 1)}, model.CauseSecondCooperative, model.Certain, "1 partition revoked in the previous rebalance was assigned", nil},
	{"so it seems under an assignor that may be cooperative", happening{before(0.05), gaveUp(1), byOwnAssignor, gets(2, "t", 1)}, model.CauseSecondCooperative, model.Likely, "", nil},
	{"there it is no sign where a member joined", happening{before(0.05), gaveUp(1), byOwnAssignor, gets(2, "t", 1), joins(3)}, model.CauseMemberJoined, model.Certain, "", nil},
	{"the same right after it, and a member joined meanwhile", happening{before(0.05), gaveUp(1), gets(2, "t", 1), joins(3)},
		model.CauseSecondCooperative, model.Likely, "", []model.Cause{model.CauseMemberJoined}},
	{"a member joined long after: that started it", happening{before(30), gaveUp(1), gets(2, "t", 1), joins(3)},
		model.CauseMemberJoined, model.Likely, "", []model.Cause{model.CauseSecondCooperative}},
	{"an empty group, and as many generations as members: one after the other", happening{joins(1), joins(2), unseen(2), nobodyBefore}, model.CauseMemberJoined, model.Likely, "joined the empty group", nil},
	{"an empty group, and more generations than members: a member joined and left", happening{joins(1), unseen(2), nobodyBefore}, model.CauseMemberJoined, model.Possible, "joined the empty group", nil},
	{"all members had left: the next one to join starts anew", happening{before(5), gaveUp(1), gaveUp(0), joins(3), nobodyBefore}, model.CauseMemberJoined, model.Certain, "joined the empty group", nil},
	{"nothing is known of the previous rebalance", happening{before(0.05), gaveUp(1), gets(2, "t", 1), func(e *Evidence) { e.Previous = nil }}, model.CauseUnknown, model.Possible, "", nil},

	// No cause.
	{"members, subscriptions and topics are the same: enforceRebalance, or a leader that joined again", nil, model.CauseUnknown, model.Possible, "a member sent JoinGroup", nil},
	{"the same over several generations: a member may have joined and left", happening{unseen(2)}, model.CauseUnknown, model.Possible, "2 generations passed, members and assignment unchanged", nil},

	// Consumer groups (KIP-848).
	{"a member of a consumer group that crashed: the broker's session timeout, 45 s by default", happening{inConsumerGroup, isGone(2), committed(2, 44)},
		model.CauseSessionTimeout, model.Possible, "group.consumer.session.timeout.ms is 45 s", nil},
	{"a broker with another session timeout, which is in no record: commits stopped, and it closed without one", happening{inConsumerGroup, isGone(2), committed(2, 12)},
		model.CauseSessionTimeout, model.Possible, "its session timeout is unknown", nil},
	{"a member of a consumer group that left", happening{inConsumerGroup, isGone(2), committed(2, 0.1)}, model.CauseMemberLeft, model.Likely, "", nil},
	{"a member of a consumer group that did not poll", happening{inConsumerGroup, isGone(2), committed(2, 301)}, model.CauseMaxPollExceeded, model.Likely, "", nil},
	{"a member of a consumer group that joined", happening{inConsumerGroup, joins(3)}, model.CauseMemberJoined, model.Certain, "", nil},
	{"an epoch without a reason", happening{inConsumerGroup}, model.CauseUnknown, model.Possible, "new group epoch", nil},
}

func restarts(lane model.Slot) func(*Evidence) {
	return func(e *Evidence) {
		static(e)
		m := model.MemberIn(e.After, lane)
		m.MemberID += "-again"
		e.Rebalance.Restarted = append(e.Rebalance.Restarted, m.MemberRef)
	}
}

func sameGeneration(e *Evidence) { e.Rebalance.To, e.Rebalance.AtLeast = e.Rebalance.From, 0 }

// withC adds a third member that owns partition 4.
func withC(e *Evidence) {
	e.Before, e.After = append(e.Before, Judged(3)), append(e.After, Judged(3))
	e.Rebalance.Before[TpOf(4)], e.Rebalance.After[TpOf(4)] = 3, 3
	e.Commits[TpOf(4)], e.Arriving[TpOf(4)] = model.Exactly(Second(began-3)), true
}

func noPartitions(lane model.Slot) func(*Evidence) {
	return func(e *Evidence) {
		for tp, owner := range e.Rebalance.Before {
			if owner == lane {
				delete(e.Rebalance.Before, tp)
				delete(e.Rebalance.After, tp)
			}
		}
	}
}

// alsoReads has B subscribe to another topic, of which it owned a partition before and owns none any more.
func alsoReads(topic string) func(*Evidence) {
	return func(e *Evidence) {
		e.Rebalance.Before[model.TopicPartition{Topic: topic, Partition: 0}] = 2
		e.Before[1].Subscription, e.After[1].Subscription = []string{"t", topic}, []string{"t", topic}
	}
}

func TestAnEmptyGroupRebalancesOnlyForMembersThatJoin(t *testing.T) {
	e := trial(joins(1), joins(2), unseen(2), saw(model.CauseTopicCreated, "t", 0.2), nobodyBefore)
	e.Rebalance.Superseded = 1
	v, also := Judge(e)
	if v.Cause != model.CauseMemberJoined || v.Confidence != model.Certain || len(also) > 0 {
		t.Errorf("judged %+v, also %+v; the second member superseded the first generation, and no member was there to notice the topic", v, also)
	}
}

func TestWhyAGroupRebalanced(t *testing.T) {
	for _, j := range judgements {
		t.Run(j.why, func(t *testing.T) {
			v, also := Judge(trial(j.happened...))
			if v.Cause != j.cause || v.Confidence != j.confidence {
				t.Errorf("it is %s (%s), want %s (%s): %s", v.Cause, v.Confidence, j.cause, j.confidence, v.Evidence)
			}
			if !strings.Contains(v.Evidence, j.evidence) {
				t.Errorf("the evidence is %q, want %q in it", v.Evidence, j.evidence)
			}
			var causes []model.Cause
			for _, a := range also {
				causes = append(causes, a.Cause)
			}
			if !slices.Equal(causes, j.also) {
				t.Errorf("also %v, want %v", causes, j.also)
			}
			for _, each := range append(also, v) {
				if n := len([]rune(each.Evidence)); n > 150 {
					t.Errorf("evidence of %d characters is too long: %q", n, each.Evidence)
				}
			}
		})
	}
}

// anyEvidence draws evidence of a rebalance, consistent or not.
func anyEvidence(t *rapid.T) *Evidence {
	var happened happening
	some := func(label string) bool { return rapid.Bool().Draw(t, label) }
	ago := func(label string) float64 { return rapid.Float64Range(-5, 400).Draw(t, label) }
	for _, maybe := range anything {
		if some(maybe.label) {
			happened = append(happened, maybe.happen(ago(maybe.label+" ago")))
		}
	}
	e := trial(happened...)
	if some("nothing is known of when") {
		e.Rebalance.Began, e.Rebalance.JoinEnded = model.Moment{}, model.Moment{}
	}
	return e
}

var anything = []struct {
	label  string
	happen func(ago float64) func(*Evidence)
}{
	{"third", func(float64) func(*Evidence) { return withC }},
	{"static", func(float64) func(*Evidence) { return static }},
	{"consumer", func(float64) func(*Evidence) { return inConsumerGroup }},
	{"timeouts", func(ago float64) func(*Evidence) { return timeouts(ago+6, 2*ago+11) }},
	{"previous", func(ago float64) func(*Evidence) { return before(ago) }},
	{"committed", func(ago float64) func(*Evidence) { return committed(2, ago) }},
	{"every", func(ago float64) func(*Evidence) { return commitsEvery(ago) }},
	{"repeats", func(ago float64) func(*Evidence) { return repeats(ago > 100) }},
	{"idle", func(float64) func(*Evidence) { return nothingArrives }},
	{"never", func(float64) func(*Evidence) { return never(2) }},
	{"long join", func(ago float64) func(*Evidence) { return joinTook(ago + 6) }},
	{"joins", func(float64) func(*Evidence) { return joins(4, likeB) }},
	{"gone", func(float64) func(*Evidence) { return isGone(2) }},
	{"gone too", func(float64) func(*Evidence) { return isGone(1) }},
	{"unseen", func(ago float64) func(*Evidence) { return unseen(2 + int(ago+5)%3) }},
	{"added", func(ago float64) func(*Evidence) { return saw(model.CausePartitionsAdded, "t", ago) }},
	{"coordinator", func(float64) func(*Evidence) { return func(e *Evidence) { e.CoordinatorMoved = true } }},
	{"assignor", func(float64) func(*Evidence) { return func(e *Evidence) { e.Rebalance.AssignorAfter = "sticky" } }},
}

func TestNoDepartureIsCertainWithoutAnAction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvidence(t)
		v, also := Judge(e)
		for _, each := range append([]model.Verdict{v}, also...) {
			if each.Confidence == model.Certain && each.Cause.IsDeparture() {
				t.Fatalf("certain without an action: %+v", each)
			}
			if each.Confidence != model.Possible && e.Rebalance.AtLeast > 1 {
				t.Fatalf("generations were missed, and the verdict is %+v", each)
			}
		}
	})
}

func TestAVerdictIsOneCauseWithEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvidence(t)
		v, also := Judge(e)
		seen := map[model.Cause]bool{}
		for _, each := range append([]model.Verdict{v}, also...) {
			if each.Cause == "" || each.Confidence == "" || each.Evidence == "" {
				t.Fatalf("something is missing in %+v", each)
			}
			if seen[each.Cause] {
				t.Fatalf("%s is reported twice", each.Cause)
			}
			seen[each.Cause] = true
			if strings.Contains(each.Evidence, " -") {
				t.Fatalf("a negative number: %q", each.Evidence)
			}
		}
		if seen[model.CauseUnknown] && len(also) > 0 {
			t.Fatalf("unknown, and yet %v", also)
		}
		if (len(e.Rebalance.Left) > 0 || len(e.Rebalance.Joined) > 0) && v.Cause == model.CauseUnknown {
			t.Fatal("members joined or left, and the cause is unknown")
		}
		again, alsoAgain := Judge(e)
		if again != v || !slices.Equal(also, alsoAgain) {
			t.Fatalf("the same evidence is judged %+v, then %+v", v, again)
		}
	})
}
