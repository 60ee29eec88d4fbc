package model

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// began is the second at which the rebalances of these tests begin.
const began = 1000

// tpOf is a partition of the topic t.
func tpOf(n int32) TopicPartition { return TopicPartition{Topic: "t", Partition: n} }

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// judged is a member as the records tell of it: session timeout 10 s, five minutes to poll.
func judged(lane Lane) MemberView {
	return MemberView{
		MemberRef: MemberRef{
			Lane: lane, MemberID: "id-" + lane.String(), ClientID: "consumer-" + lane.String(), Host: "10.0.0.5",
		},
		Subscription: []string{"t"}, AssignmentKnown: true,
		SessionTimeout: Some(10 * time.Second), RebalanceTimeout: Some(5 * time.Minute),
	}
}

// trial is a rebalance of a classic group, 4 → 5, with A and B before and after; records are read and arrive, both
// members committed 3 s before. What happened is done to it by the functions.
func trial(happened ...func(*evidence)) *evidence {
	e := &evidence{
		r: &Rebalance{
			Group: "g", Type: TypeClassic, AtLeast: 1,
			From: Generation{4, GenerationExact}, To: Generation{5, GenerationExact},
			Began: Exactly(second(began)), AssignorBefore: "range", AssignorAfter: "range",
			Before: Assignment{tpOf(0): 1, tpOf(1): 1, tpOf(2): 2, tpOf(3): 2},
			After:  Assignment{tpOf(0): 1, tpOf(1): 1, tpOf(2): 2, tpOf(3): 2},
		},
		before: []MemberView{judged(1), judged(2)}, after: []MemberView{judged(1), judged(2)},
		adjacent: true, followed: true,
		commits: map[TopicPartition]Moment{}, arriving: map[TopicPartition]bool{}, commitEvery: map[TopicPartition]time.Duration{},
	}
	for n := range int32(4) {
		e.commits[tpOf(n)], e.arriving[tpOf(n)] = Exactly(second(began-3)), true
	}
	joinTook(0.5)(e)
	for _, happen := range happened {
		happen(e)
	}
	e.r.Moves = Moves(e.r.Before, e.r.After)
	e.r.MembersAfter = len(e.after)
	return e
}

func joinTook(s float64) func(*evidence) {
	return func(e *evidence) {
		e.r.JoinEnded, e.r.Ended = Exactly(second(began+s)), Exactly(second(began+s+0.02))
	}
}

// isGone takes a member out and gives what it owned to A, or to nobody.
func isGone(lanes ...Lane) func(*evidence) {
	return func(e *evidence) {
		for _, lane := range lanes {
			e.r.Left = append(e.r.Left, memberIn(e.after, lane).MemberRef)
			e.after = slices.DeleteFunc(slices.Clone(e.after), func(m MemberView) bool { return m.Lane == lane })
		}
		for tp, owner := range e.r.After {
			switch {
			case !slices.Contains(lanes, owner):
			case len(e.after) == 0:
				delete(e.r.After, tp)
			default:
				e.r.After[tp] = e.after[0].Lane
			}
		}
	}
}

func joins(lane Lane, as ...func(*MemberView)) func(*evidence) {
	return func(e *evidence) {
		m := judged(lane)
		for _, f := range as {
			f(&m)
		}
		e.r.Joined = append(e.r.Joined, m.MemberRef)
		e.after = append(slices.Clone(e.after), m)
		e.r.After[tpOf(3)] = lane
	}
}

// likeB makes a member come from the process of B.
func likeB(m *MemberView) { m.ClientID = "consumer-B" }

// committed says when the partitions of a member were last committed, in seconds before the rebalance began.
func committed(lane Lane, ago float64) func(*evidence) {
	return func(e *evidence) {
		for tp, owner := range e.r.Before {
			if owner == lane {
				e.commits[tp] = Exactly(second(began - ago))
			}
		}
	}
}

// never takes the member's commits away.
func never(lane Lane) func(*evidence) {
	return func(e *evidence) {
		for tp, owner := range e.r.Before {
			if owner == lane {
				delete(e.commits, tp)
			}
		}
	}
}

// nothingArrives makes every partition stand still.
func nothingArrives(e *evidence) { clear(e.arriving) }

// repeats says whether the newest commits were of offsets that had been committed before.
func repeats(always bool) func(*evidence) {
	return func(e *evidence) {
		e.repeated = map[TopicPartition]bool{}
		for tp := range e.r.Before {
			e.repeated[tp] = always
		}
	}
}

func commitsEvery(s float64) func(*evidence) {
	return func(e *evidence) {
		for tp := range e.r.Before {
			e.commitEvery[tp] = seconds(s)
		}
	}
}

// timeouts sets the members' session.timeout.ms and max.poll.interval.ms, in seconds; 0 is not known.
func timeouts(session, poll float64) func(*evidence) {
	return func(e *evidence) {
		for i := range e.before {
			e.before[i].SessionTimeout, e.before[i].RebalanceTimeout = None[time.Duration](), None[time.Duration]()
			if session > 0 {
				e.before[i].SessionTimeout = Some(seconds(session))
			}
			if poll > 0 {
				e.before[i].RebalanceTimeout = Some(seconds(poll))
			}
		}
	}
}

// static gives the members group.instance.ids.
func static(e *evidence) {
	for _, members := range [][]MemberView{e.before, e.after} {
		for i := range members {
			members[i].InstanceID = "instance-" + members[i].Lane.String()
		}
	}
}

func unseen(generations int) func(*evidence) {
	return func(e *evidence) {
		e.r.AtLeast, e.adjacent = generations, false
		e.r.To.Number = e.r.From.Number + int32(generations)
	}
}

// nobodyBefore empties the group as it was before.
func nobodyBefore(e *evidence) { e.before, e.r.Before = nil, Assignment{} }

// the makes a deed to a member so many seconds before the rebalance began.
func the(cause Cause, to Lane, ago float64, words string) func(*evidence) {
	return func(e *evidence) {
		e.deeds = append(e.deeds, deed{at: second(began - ago), cause: cause, member: "id-" + to.String(), words: words})
	}
}

func saw(cause Cause, topic string, ago float64) func(*evidence) {
	return func(e *evidence) {
		e.topics = append(e.topics, topicChange{topic: topic, cause: cause, at: Moment{second(began - ago - 1), second(began - ago)}})
	}
}

// gets gives a partition to a lane.
func gets(lane Lane, topic string, n int32) func(*evidence) {
	return func(e *evidence) { e.r.After[TopicPartition{topic, n}] = lane }
}

func subscribes(lane Lane, topics ...string) func(*evidence) {
	return func(e *evidence) { memberIn(e.after, lane).Subscription = topics }
}

// before is the rebalance before, that ended so many seconds before this one began.
func before(ago float64, change ...func(*Rebalance)) func(*evidence) {
	return func(e *evidence) {
		e.previous = &Rebalance{
			Group: "g", Type: e.r.Type, AtLeast: 1, From: Generation{3, GenerationExact}, To: e.r.From,
			Began: Exactly(second(began - ago - 1)), JoinEnded: Exactly(second(began - ago - 0.02)), Ended: Exactly(second(began - ago)),
			Before: Assignment{tpOf(0): 1, tpOf(1): 1, tpOf(2): 2, tpOf(3): 2},
		}
		for _, f := range change {
			f(e.previous)
		}
	}
}

// gaveUp makes a partition one that was taken from A in the rebalance before and has no owner since.
func gaveUp(n int32) func(*evidence) {
	return func(e *evidence) {
		e.r.AssignorBefore, e.r.AssignorAfter = "cooperative-sticky", "cooperative-sticky"
		delete(e.r.Before, tpOf(n))
		e.previous.Moves = append(e.previous.Moves, Move{tpOf(n), 1, Nobody})
	}
}

func inConsumerGroup(e *evidence) {
	e.r.Type = TypeConsumer
	timeouts(0, 300)(e)
}

type judgement struct {
	why        string // why it must be so
	happened   []func(*evidence)
	cause      Cause
	confidence Confidence
	says       string // part of the evidence; may be empty
	also       []Cause
}

type happening = []func(*evidence)

var judgements = []judgement{
	// Who came.
	{"a new member id and nobody gone", happening{joins(3)}, CauseMemberJoined, Certain, "C joined, nobody is gone", nil},
	{"two of them: all are named", happening{joins(3), joins(4)}, CauseMemberJoined, Certain, "C, D joined", nil},
	{"a generation came and went between: somebody may have come and gone", happening{joins(3), func(e *evidence) { e.adjacent, e.r.Overtaken = false, 1 }},
		CauseMemberJoined, Likely, "C joined", nil},
	{"three generations were missed: who began them is a guess", happening{joins(3), unseen(3)}, CauseMemberJoined, Possible, "", nil},
	{"the first members of a group", happening{joins(3), func(e *evidence) { e.before, e.r.Before = nil, Assignment{} }},
		CauseMemberJoined, Certain, "the group had no members", nil},
	{"the lab started it: that stays sure when generations were missed", happening{joins(3), unseen(3), func(e *evidence) {
		e.deeds = []deed{{at: second(began - 2), cause: CauseMemberJoined, client: "consumer-C", words: "consumer-3 was started"}}
	}}, CauseMemberJoined, Certain, "consumer-3 was started", nil},
	{"the process that was put out before is back", happening{joins(3, likeB), before(20, func(r *Rebalance) {
		r.Left, r.Verdict.Cause = []MemberRef{judged(2).MemberRef}, CausePollTookTooLong
	})}, CauseMemberJoined, Certain, "C has the client id and host of B, which was put out before", nil},

	// Static members (KIP-345).
	{"another member id, the same generation: there was no rebalance", happening{restarts(2), sameGeneration}, CauseMemberRestarted, Certain, "generation is still 4", nil},
	{"another member id, another generation: its subscription may have changed as well", happening{restarts(2)}, CauseMemberRestarted, Likely, "the group rebalanced", nil},
	{"counted generations: the coordinator has not said that it is the same one", happening{restarts(2), func(e *evidence) {
		e.r.From, e.r.To, e.r.AtLeast, e.adjacent = Generation{4, GenerationCounted}, Generation{4, GenerationCounted}, 0, false
	}}, CauseMemberRestarted, Likely, "no rebalance", nil},
	{"a static member that is gone for good does not say so: its session ends", happening{static, isGone(2), committed(2, 10.4)},
		CauseSessionTimedOut, Likely, "session.timeout.ms is 10 s", nil},
	{"a static member that does not poll stops its heartbeats: both times pass", happening{static, timeouts(10, 60), isGone(2), committed(2, 72)},
		CausePollTookTooLong, Likely, "max.poll.interval.ms is 60 s", nil},
	{"a static member that is gone at once: somebody removed it, or it said so as few do", happening{static, isGone(2), committed(2, 0.2)},
		CauseMemberLeft, Possible, "static members seldom say", nil},

	// Who went: a clean leave commits last.
	{"it committed as it closed", happening{isGone(2), committed(2, 0.04)}, CauseMemberLeft, Likely, "B is gone; its 2 partitions were last committed 40 ms before", nil},
	{"no last commit (a manual committer), but neither timeout can have passed: a commit is a heartbeat",
		happening{isGone(2), committed(2, 6)}, CauseMemberLeft, Likely, "6 s before, session.timeout.ms is 10 s", nil},
	{"timeouts are not known (polling only), but no broker allows one under 6 s", happening{timeouts(0, 0), isGone(2), committed(2, 1)},
		CauseMemberLeft, Likely, "", nil},
	{"the last one goes: the group is empty", happening{isGone(1, 2), committed(1, 0.1), committed(2, 0.1)}, CauseMemberLeft, Likely, "likewise", nil},
	{"it left while the group rebalanced because another joined: its commit is later than the beginning",
		happening{joins(3), isGone(2), committed(2, -1), joinTook(2)}, CauseMemberJoined, Likely, "", []Cause{CauseMemberLeft}},

	// Who went: a crash.
	{"commits stopped for the session timeout and some of the commit interval", happening{isGone(2), committed(2, 10.4)},
		CauseSessionTimedOut, Likely, "B is gone; its 2 partitions were last committed 10.4 s before, session.timeout.ms is 10 s", nil},
	{"crashed right after a commit: exactly the session timeout", happening{isGone(2), committed(2, 10)}, CauseSessionTimedOut, Likely, "", nil},
	{"crashed right before a commit was due", happening{isGone(2), committed(2, 14.9)}, CauseSessionTimedOut, Likely, "", nil},
	{"one of its partitions stands still: the newest commit of all counts", happening{isGone(2), committed(2, 11), func(e *evidence) {
		e.commits[tpOf(3)], e.arriving[tpOf(3)] = Exactly(second(began-500)), false
	}}, CauseSessionTimedOut, Likely, "11 s before", nil},
	{"nothing arrived: it need not have committed, the time fits by chance perhaps", happening{nothingArrives, isGone(2), committed(2, 12)},
		CauseSessionTimedOut, Possible, "", nil},
	{"nothing arrived, but it commits by a timer all the same: then it would have gone on", happening{nothingArrives, repeats(true), isGone(2), committed(2, 10.4)},
		CauseSessionTimedOut, Likely, "", nil},
	{"nothing arrived, and it commits only what is new (librdkafka): the time means nothing", happening{nothingArrives, repeats(false), isGone(2), committed(2, 10.4)},
		CauseMemberLeft, Possible, "says little", nil},
	{"nothing arrived since it joined, and it committed nothing", happening{nothingArrives, isGone(2), committed(2, 90), before(10.8)},
		CauseMemberLeft, Possible, "says little", nil},
	{"nothing arrived for an hour: nothing can be told, most members leave properly", happening{nothingArrives, isGone(2), committed(2, 3600)},
		CauseMemberLeft, Possible, "says little", nil},
	{"it commits every 60 s: 10.4 s is within what a leave without a last commit leaves", happening{commitsEvery(60), isGone(2), committed(2, 10.4)},
		CauseSessionTimedOut, Possible, "", nil},
	{"it commits every 60 s: a crash may be 55 s after the last commit", happening{commitsEvery(60), isGone(2), committed(2, 55)},
		CauseSessionTimedOut, Possible, "", nil},
	{"the default session timeout, not known", happening{timeouts(0, 0), isGone(2), committed(2, 47)}, CauseSessionTimedOut, Possible, "the default of session.timeout.ms is 45 s", nil},
	{"two at once: the second one's session ends while the first one's rebalance is under way",
		happening{withC, isGone(2, 3), committed(2, 10.2), committed(3, 9), joinTook(3)}, CauseSessionTimedOut, Likely, "likewise", nil},
	{"a crash, and its successor joins at once: the join waits until the dead one's session ends",
		happening{joins(3, likeB), isGone(2), committed(2, 4), joinTook(8)}, CauseMemberJoined, Likely, "client id and host of B", []Cause{CauseSessionTimedOut}},
	{"its session ended, and somebody joined meanwhile: the time says which came first", happening{joins(3), isGone(2), committed(2, 11)},
		CauseSessionTimedOut, Likely, "", []Cause{CauseMemberJoined}},
	{"a clean leave, and somebody joined meanwhile", happening{joins(3), isGone(2), committed(2, 0.1)}, CauseMemberLeft, Likely, "", []Cause{CauseMemberJoined}},
	{"generations were missed: the gap says what it says, but whether it began this one is a guess", happening{unseen(3), isGone(2), committed(2, 11)},
		CauseSessionTimedOut, Possible, "", nil},
	{"when it began is known within a poll only", happening{isGone(2), committed(2, 11), func(e *evidence) {
		e.r.Began = Moment{second(began - 1), second(began)}
	}}, CauseSessionTimedOut, Likely, "10 s to 11 s before", nil},

	// Who went: too slow.
	{"commits stopped for max.poll.interval.ms", happening{isGone(2), committed(2, 302)}, CausePollTookTooLong, Likely, "5 min before, max.poll.interval.ms is 5 min", nil},
	{"both timeouts are 10 s: nothing tells them apart", happening{timeouts(10, 10), isGone(2), committed(2, 11)}, CauseSessionTimedOut, Possible, "either fits", nil},
	{"both timeouts are 10 s, and it is back already: it was alive", happening{timeouts(10, 10), joins(3, likeB), isGone(2), committed(2, 11)},
		CausePollTookTooLong, Possible, "", []Cause{CauseMemberJoined}},
	{"10 s and 12 s: the nearer one is said", happening{timeouts(10, 12), isGone(2), committed(2, 12.3)}, CausePollTookTooLong, Possible, "either fits", nil},
	{"10 s and 14 s: only one of them has passed", happening{timeouts(10, 14), isGone(2), committed(2, 10.2)}, CauseSessionTimedOut, Possible, "", nil},
	{"librdkafka commits by a timer what the stalled application had read: 6.5 s fits both 6 s and 10 s", happening{timeouts(6, 10), isGone(2), committed(2, 6.49)},
		CauseSessionTimedOut, Possible, "either fits", nil},
	{"the same where no session can have ended", happening{timeouts(30, 10), isGone(2), committed(2, 6.49)},
		CausePollTookTooLong, Possible, "max.poll.interval.ms is 10 s", nil},
	{"it had not joined again when the join ended", happening{timeouts(10, 60), joins(3), isGone(2), committed(2, 3), joinTook(60.1)},
		CauseMemberJoined, Likely, "", []Cause{CausePollTookTooLong}},
	{"the same, and nothing else is known to have begun it", happening{timeouts(10, 60), isGone(2), committed(2, 3), joinTook(60.1)},
		CausePollTookTooLong, Likely, "had not joined again when the join ended after 60.1 s", nil},

	// Who went: no sign of life.
	{"it owned nothing", happening{withC, noPartitions(3), isGone(3)}, CauseMemberLeft, Possible, "owned nothing", nil},
	{"the first look found the group rebalancing: when it began is not known", happening{isGone(2), committed(2, 11), func(e *evidence) {
		e.r.Began.NotBefore = time.Time{}
	}}, CauseMemberLeft, Possible, "at most 11 s before", nil},
	{"it owned nothing, but joined 4 s before: no session ends so soon", happening{withC, noPartitions(3), isGone(3), before(4)}, CauseMemberLeft, Likely, "the join before", nil},
	{"its partitions were never committed", happening{isGone(2), never(2), nothingArrives}, CauseMemberLeft, Possible, "nothing arrives", nil},
	{"records arrive and it never committed: commits are elsewhere", happening{isGone(2), never(2)}, CauseMemberLeft, Possible, "committed nothing although records arrive", nil},
	{"what was committed before it had the partition is another's: its own join is its sign of life", happening{isGone(2), committed(2, 90), before(10.3)},
		CauseSessionTimedOut, Likely, "the join before", nil},

	// Deeds.
	{"the lab killed it", happening{isGone(2), committed(2, 10.4), the(CauseSessionTimedOut, 2, 9, "consumer-2 was killed (SIGKILL)")},
		CauseSessionTimedOut, Certain, "consumer-2 was killed (SIGKILL)", nil},
	{"the lab asked it to leave", happening{nothingArrives, isGone(2), committed(2, 300), the(CauseMemberLeft, 2, 0.2, "consumer-2 was asked to leave (SIGTERM)")},
		CauseMemberLeft, Certain, "SIGTERM", nil},
	{"the lab asked a static member to leave: its session has to end", happening{static, isGone(2), committed(2, 10.1), the(CauseMemberLeft, 2, 10, "consumer-2 was asked to leave")},
		CauseSessionTimedOut, Likely, "", nil},
	{"the lab slowed it down beyond max.poll.interval.ms", happening{timeouts(10, 10), isGone(2), committed(2, 11), the(CausePollTookTooLong, 2, 10.5, "consumer-2 takes 20 s a record")},
		CausePollTookTooLong, Certain, "20 s a record", nil},
	{"the lab slowed it down, but it went too early for that: who knows", happening{timeouts(10, 60), isGone(2), committed(2, 0.1), the(CausePollTookTooLong, 2, 20, "consumer-2 takes 1 s a record")},
		CausePollTookTooLong, Likely, "", nil},
	{"the lab killed one and started another at once: the start began it, the join waits for the dead",
		happening{joins(3), isGone(2), committed(2, 2), joinTook(8), the(CauseSessionTimedOut, 2, 1, "consumer-2 was killed")},
		CauseMemberJoined, Likely, "", []Cause{CauseSessionTimedOut}},
	{"regroup removed it", happening{isGone(2), committed(2, 1), the(CauseRemovedByAdmin, 2, 0.05, "B (consumer-2) was removed from the group")},
		CauseRemovedByAdmin, Certain, "was removed from the group", nil},
	{"a deed to somebody else says nothing", happening{isGone(2), committed(2, 10.4), the(CauseSessionTimedOut, 1, 9, "consumer-1 was killed")},
		CauseSessionTimedOut, Likely, "last committed", nil},
	{"a deed after the rebalance had ended did not cause it", happening{isGone(2), committed(2, 10.4), the(CauseRemovedByAdmin, 2, -5, "removed")},
		CauseSessionTimedOut, Likely, "", nil},

	// Topics.
	{"a subscribed topic grew, and the new partition is owned", happening{saw(CausePartitionsAdded, "t", 4), gets(1, "t", 4)},
		CausePartitionsAdded, Likely, "topic t has 1 partition more", nil},
	{"the assignment tells it before any poll does", happening{gets(1, "t", 4), gets(2, "t", 5)}, CausePartitionsAdded, Likely, "2 partitions more in the assignment", nil},
	{"the lab added them", happening{saw(CausePartitionsAdded, "t", 4), gets(1, "t", 4), func(e *evidence) {
		e.deeds = []deed{{at: second(began - 5), cause: CausePartitionsAdded, words: "topic t was given 5 partitions"}}
	}}, CausePartitionsAdded, Certain, "topic t was given 5 partitions", nil},
	{"who joins has everything assigned anew, with the new partition", happening{saw(CausePartitionsAdded, "t", 4), joins(3), gets(3, "t", 4)},
		CauseMemberJoined, Likely, "", []Cause{CausePartitionsAdded}},
	{"a topic that a pattern takes in: the subscription changes with it", happening{saw(CauseTopicCreated, "u", 30), subscribes(1, "t", "u"), subscribes(2, "t", "u"), gets(2, "u", 0)},
		CauseTopicCreated, Likely, "topic u is new", nil},
	{"a topic that was subscribed to before it existed", happening{gets(2, "u", 0)}, CauseTopicCreated, Likely, "topic u is new", nil},
	{"a topic is deleted", happening{alsoReads("u"), saw(CauseTopicDeleted, "u", 2)}, CauseTopicDeleted, Likely, "topic u is gone", nil},
	{"a change that was taken in by the rebalance before is over", happening{saw(CausePartitionsAdded, "t", 60), before(30)}, CauseUnknown, Possible, "", nil},
	{"a change that nobody has noticed yet, as far as partitions tell", happening{saw(CausePartitionsAdded, "t", 60)}, CausePartitionsAdded, Possible, "no partition of it changed hands", nil},
	{"a topic that polls found late: it had been handed out by then", happening{before(3), saw(CauseTopicCreated, "t", 2.5)}, CauseUnknown, Possible, "", nil},
	{"a topic that was deleted and created again while it was handed out", happening{before(3), saw(CauseTopicCreated, "t", 2.5), func(e *evidence) { e.topics[0].again = true }},
		CauseTopicCreated, Possible, "no partition of it changed hands", nil},
	{"a member takes up a topic that is new, and that another has read for a while", happening{saw(CauseTopicCreated, "u", 200), before(100), subscribes(2, "t", "u")},
		CauseSubscriptionChanged, Possible, "B subscribes to u as well now", nil},
	{"a topic that was deleted and created again since it was handed out", happening{before(30), saw(CauseTopicCreated, "t", 2.5)}, CauseTopicCreated, Possible, "topic t is new", nil},
	{"a change of an hour ago: everybody has noticed", happening{saw(CausePartitionsAdded, "t", 3600)}, CauseUnknown, Possible, "", nil},

	// Subscriptions, assignors, coordinators.
	{"a member reads another topic as well", happening{subscribes(2, "t", "u"), gets(2, "u", 0)}, CauseSubscriptionChanged, Likely, "B subscribes to u as well now", nil},
	{"a member reads a topic no longer", happening{alsoReads("u"), subscribes(2, "t")}, CauseSubscriptionChanged, Likely, "B subscribes to u no longer", nil},
	{"what they subscribe to is not known: so it is said", happening{subscribes(2), func(e *evidence) { e.before[0].Subscription = nil }}, CauseUnknown, Possible, "is not known", nil},
	{"the members chose another assignor", happening{func(e *evidence) { e.r.AssignorAfter = "roundrobin" }}, CauseAssignorChanged, Likely, "the assignor is roundrobin, it was range", nil},
	{"an empty group has no assignor: none was changed", happening{isGone(1, 2), committed(1, 0.1), committed(2, 0.1), func(e *evidence) { e.r.AssignorAfter = "" }}, CauseMemberLeft, Likely, "", nil},
	{"another broker coordinates", happening{func(e *evidence) { e.coordinator = true }}, CauseCoordinatorMoved, Likely, "the members are the same", nil},
	{"another broker coordinates, and one is gone", happening{func(e *evidence) { e.coordinator = true }, isGone(2), committed(2, 10.4)},
		CauseSessionTimedOut, Likely, "", []Cause{CauseCoordinatorMoved}},

	// Cooperative (KIP-429).
	{"what was given up in the rebalance before has an owner again", happening{before(0.05), gaveUp(1), gets(2, "t", 1)}, CauseCooperativeFollowUp, Certain, "1 partition that was given up", nil},
	{"the same right after it, and somebody joined meanwhile", happening{before(0.05), gaveUp(1), gets(2, "t", 1), joins(3)},
		CauseCooperativeFollowUp, Likely, "", []Cause{CauseMemberJoined}},
	{"somebody joined long after: that began it", happening{before(30), gaveUp(1), gets(2, "t", 1), joins(3)},
		CauseMemberJoined, Likely, "", []Cause{CauseCooperativeFollowUp}},
	{"an empty group, and as many generations as members: one after the other", happening{joins(1), joins(2), unseen(2), nobodyBefore}, CauseMemberJoined, Likely, "the group had no members", nil},
	{"an empty group, and more generations than members: somebody came and went", happening{joins(1), unseen(2), nobodyBefore}, CauseMemberJoined, Possible, "the group had no members", nil},
	{"everybody had gone, and with them all partitions: whoever joins begins anew", happening{before(5), gaveUp(1), gaveUp(0), joins(3), nobodyBefore}, CauseMemberJoined, Certain, "the group had no members", nil},
	{"nothing is known of what was before", happening{before(0.05), gaveUp(1), gets(2, "t", 1), func(e *evidence) { e.previous = nil }}, CauseUnknown, Possible, "", nil},

	// Nothing.
	{"members, subscriptions and topics are the same: enforceRebalance, or a leader that joined again", nil, CauseUnknown, Possible, "a member asked for it", nil},
	{"the same over several generations: somebody may have come and gone", happening{unseen(2)}, CauseUnknown, Possible, "2 generations passed", nil},

	// Consumer groups (KIP-848).
	{"a member of a consumer group that crashed: the broker's session timeout, 45 s if nobody changed it", happening{inConsumerGroup, isGone(2), committed(2, 44)},
		CauseSessionTimedOut, Possible, "group.consumer.session.timeout.ms is 45 s", nil},
	{"a broker with another session timeout, which no record tells: commits stopped, and it closed without one", happening{inConsumerGroup, isGone(2), committed(2, 12)},
		CauseSessionTimedOut, Possible, "its session timeout is not known", nil},
	{"a member of a consumer group that left", happening{inConsumerGroup, isGone(2), committed(2, 0.1)}, CauseMemberLeft, Likely, "", nil},
	{"a member of a consumer group that did not poll", happening{inConsumerGroup, isGone(2), committed(2, 301)}, CausePollTookTooLong, Likely, "", nil},
	{"a member of a consumer group that joined", happening{inConsumerGroup, joins(3)}, CauseMemberJoined, Certain, "", nil},
	{"an epoch without a reason", happening{inConsumerGroup}, CauseUnknown, Possible, "new epoch", nil},
}

func restarts(lane Lane) func(*evidence) {
	return func(e *evidence) {
		static(e)
		m := memberIn(e.after, lane)
		m.MemberID += "-again"
		e.r.Restarted = append(e.r.Restarted, m.MemberRef)
	}
}

func sameGeneration(e *evidence) { e.r.To, e.r.AtLeast = e.r.From, 0 }

// withC adds a third member that owns partition 4.
func withC(e *evidence) {
	e.before, e.after = append(e.before, judged(3)), append(e.after, judged(3))
	e.r.Before[tpOf(4)], e.r.After[tpOf(4)] = 3, 3
	e.commits[tpOf(4)], e.arriving[tpOf(4)] = Exactly(second(began-3)), true
}

func noPartitions(lane Lane) func(*evidence) {
	return func(e *evidence) {
		for tp, owner := range e.r.Before {
			if owner == lane {
				delete(e.r.Before, tp)
				delete(e.r.After, tp)
			}
		}
	}
}

// alsoReads has B subscribe to another topic, of which it owned a partition before and owns none any more.
func alsoReads(topic string) func(*evidence) {
	return func(e *evidence) {
		e.r.Before[TopicPartition{topic, 0}] = 2
		e.before[1].Subscription, e.after[1].Subscription = []string{"t", topic}, []string{"t", topic}
	}
}

func TestAGroupWithoutMembersOnlyRebalancesForThoseWhoJoin(t *testing.T) {
	e := trial(joins(1), joins(2), unseen(2), saw(CauseTopicCreated, "t", 0.2), nobodyBefore)
	e.r.Overtaken = 1
	v, also := judge(e)
	if v.Cause != CauseMemberJoined || v.Confidence != Certain || len(also) > 0 {
		t.Errorf("judged %+v, also %+v; the first generation was overtaken by the second member, and nobody was there to see the topic", v, also)
	}
}

func TestWhyAGroupRebalanced(t *testing.T) {
	for _, j := range judgements {
		t.Run(j.why, func(t *testing.T) {
			v, also := judge(trial(j.happened...))
			if v.Cause != j.cause || v.Confidence != j.confidence {
				t.Errorf("it is %s (%s), want %s (%s): %s", v.Cause, v.Confidence, j.cause, j.confidence, v.Evidence)
			}
			if !strings.Contains(v.Evidence, j.says) {
				t.Errorf("the evidence is %q, want it to say %q", v.Evidence, j.says)
			}
			var causes []Cause
			for _, a := range also {
				causes = append(causes, a.Cause)
			}
			if !slices.Equal(causes, j.also) {
				t.Errorf("also %v, want %v", causes, j.also)
			}
			for _, each := range append(also, v) {
				if n := len([]rune(each.Evidence)); n > 150 {
					t.Errorf("nobody reads %d characters: %q", n, each.Evidence)
				}
			}
		})
	}
}

// anyEvidence draws what may be known of a rebalance, sensible or not.
func anyEvidence(t *rapid.T) *evidence {
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
		e.r.Began, e.r.JoinEnded = Moment{}, Moment{}
	}
	return e
}

var anything = []struct {
	label  string
	happen func(ago float64) func(*evidence)
}{
	{"third", func(float64) func(*evidence) { return withC }},
	{"static", func(float64) func(*evidence) { return static }},
	{"consumer", func(float64) func(*evidence) { return inConsumerGroup }},
	{"timeouts", func(ago float64) func(*evidence) { return timeouts(ago+6, 2*ago+11) }},
	{"previous", func(ago float64) func(*evidence) { return before(ago) }},
	{"committed", func(ago float64) func(*evidence) { return committed(2, ago) }},
	{"every", func(ago float64) func(*evidence) { return commitsEvery(ago) }},
	{"repeats", func(ago float64) func(*evidence) { return repeats(ago > 100) }},
	{"idle", func(float64) func(*evidence) { return nothingArrives }},
	{"never", func(float64) func(*evidence) { return never(2) }},
	{"long join", func(ago float64) func(*evidence) { return joinTook(ago + 6) }},
	{"joins", func(float64) func(*evidence) { return joins(4, likeB) }},
	{"gone", func(float64) func(*evidence) { return isGone(2) }},
	{"gone too", func(float64) func(*evidence) { return isGone(1) }},
	{"unseen", func(ago float64) func(*evidence) { return unseen(2 + int(ago+5)%3) }},
	{"added", func(ago float64) func(*evidence) { return saw(CausePartitionsAdded, "t", ago) }},
	{"coordinator", func(float64) func(*evidence) { return func(e *evidence) { e.coordinator = true } }},
	{"assignor", func(float64) func(*evidence) { return func(e *evidence) { e.r.AssignorAfter = "sticky" } }},
}

var ofTheGone = []Cause{CauseMemberLeft, CauseSessionTimedOut, CausePollTookTooLong, CauseRemovedByAdmin}

func TestWithoutADeedNobodyIsCertainOfHowAMemberWent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvidence(t)
		v, also := judge(e)
		for _, each := range append([]Verdict{v}, also...) {
			if each.Confidence == Certain && slices.Contains(ofTheGone, each.Cause) {
				t.Fatalf("certain without a deed: %+v", each)
			}
			if each.Confidence != Possible && e.r.AtLeast > 1 {
				t.Fatalf("generations were missed, and it says %+v", each)
			}
		}
	})
}

func TestAVerdictIsOneCauseWithEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvidence(t)
		v, also := judge(e)
		seen := map[Cause]bool{}
		for _, each := range append([]Verdict{v}, also...) {
			if each.Cause == "" || each.Confidence == "" || each.Evidence == "" {
				t.Fatalf("something is missing in %+v", each)
			}
			if seen[each.Cause] {
				t.Fatalf("%s is said twice", each.Cause)
			}
			seen[each.Cause] = true
			if strings.Contains(each.Evidence, " -") {
				t.Fatalf("a negative number: %q", each.Evidence)
			}
		}
		if seen[CauseUnknown] && len(also) > 0 {
			t.Fatalf("unknown, and yet %v", also)
		}
		if (len(e.r.Left) > 0 || len(e.r.Joined) > 0) && v.Cause == CauseUnknown {
			t.Fatal("somebody came or went, and nothing is said of it")
		}
		again, alsoAgain := judge(e)
		if again != v || !slices.Equal(also, alsoAgain) {
			t.Fatalf("the same evidence is judged %+v, then %+v", v, again)
		}
	})
}
