// Package whatif asks and answers who would own what in a group after a change that has not happened. The assignments
// themselves are computed by package forecast of kafka.
package whatif

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"regroup/model"
	"regroup/model/ownership"
)

// WhatIf is a question: who would own what in a group if something were done that nobody has done yet.
type WhatIf struct {
	Group *model.GroupView // as it is now; nil is a group that the cluster does not list
	// Joining are the client ids of members that would join; "" is one that nobody knows yet.
	Joining  []string
	Leaving  []model.Slot     // members that would leave
	Adding   map[string]int32 // how many partitions each topic would get beside those it has
	Assignor string           // the one that the members would be given; "" keeps the group's
	// SaramaLeads says that the assignment is computed by sarama's client, as in the lab. Where it and the other clients
	// go by different rules, the forecast goes by the rules of whoever computes it.
	SaramaLeads bool
}

// Changed says that there is anything to ask.
func (q *WhatIf) Changed() bool {
	return len(q.Joining) > 0 || len(q.Leaving) > 0 || q.Added() > 0 || q.Reassigned()
}

// Reassigned says that the assignor would be another one than now.
func (q *WhatIf) Reassigned() bool { return q.Assignor != "" && q.Assignor != q.Group.Assignor }

// AssignorThen is the assignor that would be used.
func (q *WhatIf) AssignorThen() string { return cmp.Or(q.Assignor, q.Group.Assignor) }

// Added is how many partitions there would be more.
func (q *WhatIf) Added() int {
	n := 0
	for _, more := range q.Adding {
		n += int(more)
	}
	return n
}

// Obstacle is why the question has no answer, as a sentence; "" if it has one. The members of a group that is not settled
// do not tell what they subscribe to and own, and what they own then is not known before it is settled.
func (q *WhatIf) Obstacle() string {
	g := q.Group
	switch {
	case g == nil:
		return "The cluster does not list this group."
	case !g.GoneSince.IsZero():
		return "The group was deleted."
	case g.Type == model.TypeShare:
		return "Members of a share group share partitions record by record: nobody owns one, and nothing moves."
	case g.Type == model.TypeStreams:
		return "Members of a streams group own tasks, which no request that regroup sends describes."
	case g.ProtocolType != "" && g.ProtocolType != model.ConsumerProtocol:
		return fmt.Sprintf("Its members speak the protocol %q, whose assignments have a format of their own.", g.ProtocolType)
	case !g.MembersKnown:
		return "Its members could not be read: what they subscribe to is not known."
	case len(g.Members) == 0:
		return "Nobody is in the group: what its members would subscribe to is not known before they join."
	case g.Rebalancing() || g.State.Rebalancing():
		return "The group is rebalancing: what comes next depends on where that ends. The answer is here once it has."
	}
	for i := range g.Members {
		m := &g.Members[i]
		switch {
		case m.Subscription == nil:
			return fmt.Sprintf("What %s (%s) subscribes to is not known: by a regular expression that only the coordinator reads, or in a format of its own.", m.Slot, m.ClientID)
		case !m.AssignmentKnown:
			return fmt.Sprintf("What %s (%s) owns is not known: %s.", m.Slot, m.ClientID, cmp.Or(m.AssignmentProblem, "it has not been told"))
		}
	}
	return q.uncounted()
}

// uncounted is the obstacle that somebody owns partitions which no poll has listed: a record tells sooner.
func (q *WhatIf) uncounted() string {
	count := make(map[string]int32)
	for _, t := range q.Topics() {
		count[t.Topic] = t.Now
	}
	for i := range q.Group.Members {
		for _, tp := range q.Group.Members[i].Assignment {
			if tp.Partition >= count[tp.Topic] {
				return fmt.Sprintf("How many partitions topic %s has is not known: the next poll tells, unless it was deleted.", tp.Topic)
			}
		}
	}
	return ""
}

// ProtocolThen is how the group would rebalance with the assignor that is asked about.
func (q *WhatIf) ProtocolThen() model.RebalanceProtocol {
	return model.ProtocolOf(q.Group.Type, q.Group.ProtocolType, q.AssignorThen())
}

// TopicCount is a topic that a group subscribes to.
type TopicCount struct {
	Topic string
	Now   int32 // partitions
	Then  int32 // with those that would be added
}

// Topics are the topics that members subscribe to and that exist, sorted.
func (q *WhatIf) Topics() []TopicCount {
	counts := make(map[string]int32)
	for i := range q.Group.Partitions {
		p := &q.Group.Partitions[i]
		if p.Subscribed && p.Flag != model.LagTopicMissing {
			counts[p.Topic] = max(counts[p.Topic], p.Partition+1)
		}
	}
	topics := make([]TopicCount, 0, len(counts))
	for topic, now := range counts {
		topics = append(topics, TopicCount{topic, now, now + q.Adding[topic]})
	}
	slices.SortFunc(topics, func(a, b TopicCount) int { return strings.Compare(a.Topic, b.Topic) })
	return topics
}

// Seat is a member that there would be.
type Seat struct {
	model.MemberRef
	Joins bool // it is not in the group yet: its MemberID is not known
	// Restarts says that it comes back under a member id that is not known yet, to take another assignor.
	Restarts     bool
	Subscription []string
	Owns         []model.TopicPartition // now
}

// Seats are the members that there would be, sorted by lane. Who joins is taken to subscribe to what the others do; where
// they differ, to what the first of them does. It gets the next letter.
func (q *WhatIf) Seats() []Seat {
	var seats []Seat
	for i := range q.Group.Members {
		m := &q.Group.Members[i]
		if slices.Contains(q.Leaving, m.Slot) {
			continue
		}
		seats = append(seats, Seat{
			MemberRef: m.MemberRef, Restarts: q.Reassigned() && q.Group.Type != model.TypeConsumer, Subscription: m.Subscription, Owns: m.Assignment,
		})
	}
	for i, client := range q.Joining {
		seats = append(seats, Seat{
			MemberRef: model.MemberRef{Slot: q.SlotOfJoining(i), ClientID: client}, Joins: true, Subscription: q.Group.Members[0].Subscription,
		})
	}
	return seats
}

// SlotOfJoining is the letter that the i-th of those who join would get: the next that no member of late has had.
func (q *WhatIf) SlotOfJoining(i int) model.Slot {
	last := model.Nobody
	for j := range q.Group.Members {
		last = max(last, q.Group.Members[j].Slot)
	}
	for _, r := range q.Group.Rebalances {
		for _, m := range slices.Concat(r.Joined, r.Left, r.Restarted) {
			last = max(last, m.Slot)
		}
	}
	return last + model.Slot(i) + 1
}

// SubscribeAlike says that all members subscribe to the same topics.
func (q *WhatIf) SubscribeAlike() bool { return ownership.SubscribeAlike(q.Group.Members) }

// Before is who owns what now.
func (q *WhatIf) Before() model.Assignment {
	before := make(model.Assignment)
	for i := range q.Group.Members {
		m := &q.Group.Members[i]
		for _, tp := range m.Assignment {
			before[tp] = m.Slot
		}
	}
	return before
}

// Certainty says how far a forecast can be relied on.
type Certainty string

// The certainties, the surest first.
const (
	CertaintyExact    Certainty = "exact"    // it will be so
	CertaintyOutcomes Certainty = "outcomes" // it will be one of the outcomes; which one, ids decide that nobody knows yet
	CertaintyNumbers  Certainty = "numbers"  // how many each member owns is sure, and what is not loose; the rest is an example
	CertaintyExample  Certainty = "example"  // the assignment is an example; the spans are sure, and what has to move at least
)

// Span is a number that is not less than one and not more than another.
type Span struct{ Least, Most int }

// Exactly says that it is one number.
func (s Span) Exactly() bool { return s.Least == s.Most }

func (s Span) with(n int) Span { return Span{min(s.Least, n), max(s.Most, n)} }

// Outcome is one way in which it may end.
type Outcome struct {
	After model.Assignment
	// Order is how the member ids sort in it; nil where their order does not matter.
	Order []model.Slot
	Moves []model.Move // sorted; partitions that exist already and would have another owner, or none
	// Loose are partitions of which this outcome is an example: nothing says that just they would be where it has them.
	Loose map[model.TopicPartition]bool
}

// ForecastMember is what a member owns now and would own.
type ForecastMember struct {
	Seat
	Leaves bool
	Before int
	After  Span // over all outcomes; empty if it leaves
}

// Forecast is the answer to a [WhatIf].
type Forecast struct {
	Assignor  string
	Certainty Certainty
	Before    model.Assignment
	Members   []ForecastMember // those that there are now, and those that would be; sorted by lane
	Outcomes  []Outcome        // at least one; the most moderate first
	// Sampled says that there may be more outcomes than were computed.
	Sampled bool
	Moved   Span // how many partitions would move, over all outcomes; where it is an example, Most is not known and only shown
	Needed  model.Maybe[int]
	Added   []model.TopicPartition // partitions that do not exist yet
	Total   int                    // partitions that there would be
	Stops   Stops
	Notes   []string // what else there is to know, a sentence each
}

// Stops says which partitions nobody reads while the group rebalances.
type Stops struct {
	All   bool // every member lets go of everything (the eager protocol)
	Least int  // how many partitions are stopped at least
	Times int  // how many rebalances it takes; 0 is not known
}

// Answer makes the forecast of the outcomes that somebody has computed. Certainty is how sure the outcomes are in
// themselves; that there are several is added. Without an outcome there is no forecast: it returns nil.
func (q *WhatIf) Answer(outcomes []Outcome, certainty Certainty) *Forecast {
	if len(outcomes) == 0 {
		return nil
	}
	f := &Forecast{Assignor: q.AssignorThen(), Certainty: certainty, Before: q.Before(), Outcomes: outcomes}
	for _, t := range q.Topics() {
		for p := range t.Then {
			if p >= t.Now {
				f.Added = append(f.Added, model.TopicPartition{Topic: t.Topic, Partition: p})
			}
		}
		f.Total += int(t.Then)
	}
	for i := range outcomes {
		outcomes[i].Moves = movesBetween(f.Before, outcomes[i].After)
	}
	slices.SortStableFunc(outcomes, func(a, b Outcome) int { return cmp.Compare(len(a.Moves), len(b.Moves)) })
	if len(outcomes) > 2 { // the one in the middle stands for them
		middle := outcomes[len(outcomes)/2]
		copy(outcomes[1:], outcomes[:len(outcomes)/2])
		outcomes[0] = middle
	}
	f.Moved = Span{len(outcomes[0].Moves), len(outcomes[0].Moves)}
	for i := range outcomes {
		f.Moved = f.Moved.with(len(outcomes[i].Moves))
	}
	f.Needed = q.needed(f.Before, &outcomes[0])
	if certainty != CertaintyExact && q.Reassigned() { // all start anew: what any of them gets may be what it had, or not
		f.Moved = Span{f.Needed.Or(0), len(f.Before)}
	}
	if certainty == CertaintyExact && len(outcomes) > 1 {
		f.Certainty = CertaintyOutcomes
	}
	f.Members = q.forecastMembers(outcomes)
	f.Stops = q.stops(f)
	return f
}

// movesBetween are the partitions with an owner before that have another one after, or none.
func movesBetween(before, after model.Assignment) []model.Move {
	var moves []model.Move
	for tp, was := range before {
		if now := after[tp]; now != was {
			moves = append(moves, model.Move{TopicPartition: tp, From: was, To: now})
		}
	}
	slices.SortFunc(moves, func(a, b model.Move) int { return a.Compare(b.TopicPartition) })
	return moves
}

func (q *WhatIf) forecastMembers(outcomes []Outcome) []ForecastMember {
	var members []ForecastMember
	for _, s := range q.Seats() {
		m := ForecastMember{Seat: s, Before: len(s.Owns)}
		for i := range outcomes {
			n := 0
			for _, owner := range outcomes[i].After {
				if owner == s.Slot {
					n++
				}
			}
			if i == 0 {
				m.After = Span{n, n}
			}
			m.After = m.After.with(n)
		}
		members = append(members, m)
	}
	for i := range q.Group.Members {
		if m := &q.Group.Members[i]; slices.Contains(q.Leaving, m.Slot) {
			seat := Seat{MemberRef: m.MemberRef, Subscription: m.Subscription, Owns: m.Assignment}
			members = append(members, ForecastMember{Seat: seat, Leaves: true, Before: len(m.Assignment)})
		}
	}
	slices.SortFunc(members, func(a, b ForecastMember) int { return cmp.Compare(a.Slot, b.Slot) })
	return members
}

// needed is how many partitions have to move to reach a spread as even as the outcome's; see [stickiness].
func (q *WhatIf) needed(before model.Assignment, o *Outcome) model.Maybe[int] {
	var then []model.MemberView
	for _, s := range q.Seats() {
		then = append(then, model.MemberView{MemberRef: s.MemberRef, Subscription: s.Subscription, AssignmentKnown: true})
	}
	if s, known := ownership.Stickiness(before, o.After, q.Group.Members, then).Get(); known {
		return model.Some(s.Necessary)
	}
	return model.None[int]()
}

// stops is what nobody reads meanwhile. A cooperative rebalance that moves something takes a second one: first the
// partitions are given up, then they are given away.
func (q *WhatIf) stops(f *Forecast) Stops {
	incremental := q.ProtocolThen() == model.ProtocolIncremental
	switch {
	case q.Group.Type == model.TypeConsumer:
		return Stops{Least: f.Moved.Least}
	case q.Reassigned():
		return Stops{All: !incremental || q.Group.Protocol() != model.ProtocolIncremental, Least: f.Moved.Least}
	case incremental:
		s := Stops{Least: f.Moved.Least, Times: 1}
		for _, m := range f.Outcomes[0].Moves {
			if !slices.Contains(q.Leaving, m.From) {
				s.Times = 2
			}
		}
		return s
	}
	return Stops{All: true, Least: len(f.Before), Times: 1}
}

// Bounded widens the spans of a forecast whose assignment is only an example to what is sure: the broker's assignors, and
// those whose ties nobody can foresee, spread partitions as evenly as they can. perTopic says that each topic is spread
// by itself, as range does.
func (q *WhatIf) Bounded(f *Forecast, perTopic bool) {
	seats := len(q.Seats())
	if seats == 0 {
		return
	}
	var span Span
	total := 0
	for _, t := range q.Topics() {
		total += int(t.Then)
		if perTopic {
			span.Least += int(t.Then) / seats
			span.Most += (int(t.Then) + seats - 1) / seats
		}
	}
	if !perTopic {
		span = Span{total / seats, (total + seats - 1) / seats}
	}
	for i := range f.Members {
		if !f.Members[i].Leaves {
			f.Members[i].After = span
		}
	}
	f.Moved.Least = f.Needed.Or(0)
	f.Stops.Least = min(f.Stops.Least, f.Moved.Least)
}
