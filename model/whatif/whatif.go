// Package whatif forecasts the assignment of a group after a change that has not been made: its question, its answer, and
// how far the answer can be relied on. The assignments are computed by the strategies of a client, see kafka/forecast.
package whatif

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"regroup/model"
	"regroup/model/ownership"
)

// WhatIf is a question: which member would own which partition of a group after a change that has not been made.
type WhatIf struct {
	Group *model.GroupView // as it is now; nil is a group that the cluster does not list
	// Joining are the client ids of members that would join; "" is an unknown client id.
	Joining  []string
	Leaving  []model.Slot     // members that would leave
	Adding   map[string]int32 // partitions that each topic would get in addition
	Assignor string           // that all members would use; "" keeps the group's
	// SaramaLeads is true where sarama computes the assignment, as in the lab. Where its rules differ from those of other
	// clients, the forecast follows the leader's.
	SaramaLeads bool
}

// Changed reports whether the question contains a change.
func (q *WhatIf) Changed() bool {
	return len(q.Joining) > 0 || len(q.Leaving) > 0 || q.Added() > 0 || q.ChangesAssignor()
}

// ChangesAssignor reports whether the assignor would be another one than now.
func (q *WhatIf) ChangesAssignor() bool { return q.Assignor != "" && q.Assignor != q.Group.Assignor }

// NextAssignor is the assignor that would be used.
func (q *WhatIf) NextAssignor() string { return cmp.Or(q.Assignor, q.Group.Assignor) }

// NextProtocol is how the group would rebalance with [WhatIf.NextAssignor].
func (q *WhatIf) NextProtocol() model.RebalanceProtocol {
	return model.ProtocolOf(q.Group.Type, q.Group.ProtocolType, q.NextAssignor())
}

// Added is how many partitions would be added.
func (q *WhatIf) Added() int {
	n := 0
	for _, more := range q.Adding {
		n += int(more)
	}
	return n
}

// Obstacle is why there is no forecast, as a sentence; "" if there is one. While a group rebalances, its members report
// neither subscriptions nor assignments.
func (q *WhatIf) Obstacle() string {
	g := q.Group
	switch {
	case g == nil:
		return "The cluster does not list this group."
	case !g.GoneSince.IsZero():
		return "The group was deleted."
	case g.Type == model.TypeShare:
		return "Members of a share group share partitions record by record: no partition has an owner, so none moves."
	case g.Type == model.TypeStreams:
		return "Members of a streams group own tasks, which regroup cannot describe."
	case g.ProtocolType != "" && g.ProtocolType != model.ConsumerProtocol:
		return fmt.Sprintf("Its members use the protocol %q, whose assignments have a format of their own.", g.ProtocolType)
	case !g.MembersKnown:
		return "Its members could not be read, so their subscriptions are unknown."
	case len(g.Members) == 0:
		return "The group is empty: subscriptions are unknown until members join."
	case g.Rebalancing() || g.State.Rebalancing():
		return "The group is rebalancing. There is a forecast again once it is stable."
	}
	for i := range g.Members {
		m := &g.Members[i]
		switch {
		case m.Subscription == nil:
			return fmt.Sprintf("The subscription of %s (%s) is unknown: it is a regular expression that only the coordinator evaluates, or in an unknown format.", m.Slot, m.ClientID)
		case !m.AssignmentKnown:
			return fmt.Sprintf("The assignment of %s (%s) is unknown: %s.", m.Slot, m.ClientID, cmp.Or(m.AssignmentProblem, "it has not been read yet"))
		}
	}
	return q.uncounted()
}

// uncounted is the obstacle that a member owns a partition that no poll has listed: records show it before a poll does.
func (q *WhatIf) uncounted() string {
	count := make(map[string]int32)
	for _, t := range q.Topics() {
		count[t.Topic] = t.Now
	}
	for i := range q.Group.Members {
		for _, tp := range q.Group.Members[i].Assignment {
			if tp.Partition >= count[tp.Topic] {
				return fmt.Sprintf("The number of partitions of topic %s is unknown until the next poll.", tp.Topic)
			}
		}
	}
	return ""
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

// Member is a member of the group after the change.
type Member struct {
	model.MemberRef
	Joins bool // it is not in the group yet: its MemberID is unknown
	// Restarts is true for a member that rejoins under an unknown member id, in order to change its assignor.
	Restarts     bool
	Subscription []string
	Owns         []model.TopicPartition // now
}

// Members are the members of the group after the change, sorted by slot. A member that joins gets the next letter, and is
// assumed to subscribe as the others do; where they differ, as the first of them.
func (q *WhatIf) Members() []Member {
	restarts := q.ChangesAssignor() && q.Group.Type != model.TypeConsumer
	var members []Member
	for i := range q.Group.Members {
		if m := &q.Group.Members[i]; !slices.Contains(q.Leaving, m.Slot) {
			members = append(members, Member{MemberRef: m.MemberRef, Restarts: restarts, Subscription: m.Subscription, Owns: m.Assignment})
		}
	}
	for i, client := range q.Joining {
		members = append(members, Member{
			MemberRef: model.MemberRef{Slot: q.SlotOfJoining(i), ClientID: client}, Joins: true, Subscription: q.Group.Members[0].Subscription,
		})
	}
	return members
}

// SlotOfJoining is the slot that the i-th joining member would get: the next one that no recent member has had.
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

// SubscribeAlike reports whether all members subscribe to the same topics.
func (q *WhatIf) SubscribeAlike() bool { return ownership.SubscribeAlike(q.Group.Members) }

// Before is the assignment now.
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

// Certainty is how far a forecast can be relied on.
type Certainty string

// The certainties, the surest first.
const (
	CertaintyExact    Certainty = "exact"    // this is the assignment
	CertaintyOutcomes Certainty = "outcomes" // one of the outcomes is: member ids decide that are unknown yet
	CertaintyNumbers  Certainty = "numbers"  // partition counts and determined partitions are certain; the others are an example
	CertaintyExample  Certainty = "example"  // the assignment is an example; the spans and the least number of moves are certain
)

// Span is a number that lies between two bounds.
type Span struct{ Least, Most int }

// Exactly reports whether the bounds are equal.
func (s Span) Exactly() bool { return s.Least == s.Most }

func (s Span) with(n int) Span { return Span{min(s.Least, n), max(s.Most, n)} }

// Outcome is one assignment that the change may lead to.
type Outcome struct {
	After model.Assignment
	// Order is the order of the member ids that leads to it; nil where their order does not matter.
	Order []model.Slot
	Moves []model.Move // sorted; existing partitions that would have another owner, or none
	// Undetermined are partitions whose owner here is an example: several assignments are equally good.
	Undetermined map[model.TopicPartition]bool
}

// ForecastMember is what a member owns now and would own.
type ForecastMember struct {
	Member
	Leaves bool
	Before int
	After  Span // over all outcomes; empty if it leaves
}

// Forecast is the answer to a [WhatIf].
type Forecast struct {
	Assignor  string
	Certainty Certainty
	Before    model.Assignment
	Members   []ForecastMember // before and after the change, sorted by slot
	Outcomes  []Outcome        // at least one; the one with a middle number of moves first
	// Sampled is true where there may be more outcomes than were computed.
	Sampled bool
	Moved   Span // partitions that would move, over all outcomes; of an example, Most is what the example moves
	Needed  model.Maybe[int]
	Added   []model.TopicPartition // partitions that do not exist yet
	Total   int                    // partitions after the change
	Stops   Stops
	Notes   []string // further facts, a sentence each
}

// StopScope is which partitions are not consumed while the group rebalances.
type StopScope uint8

// The scopes.
const (
	StopsMoved StopScope = iota // those that move
	StopsAll                    // all: every member revokes all its partitions (eager)
)

// Stops is what the group does not consume while it rebalances.
type Stops struct {
	Scope      StopScope
	Least      int // partitions, at least
	Rebalances int // that it takes; 0 is unknown
}

// Forecast makes the forecast from computed outcomes. certainty is that of each outcome in itself; several outcomes make it
// less certain. Without an outcome it returns nil.
func (q *WhatIf) Forecast(outcomes []Outcome, certainty Certainty) *Forecast {
	if len(outcomes) == 0 {
		return nil
	}
	f := &Forecast{Assignor: q.NextAssignor(), Certainty: certainty, Before: q.Before(), Outcomes: outcomes}
	for _, t := range q.Topics() {
		for p := t.Now; p < t.Then; p++ {
			f.Added = append(f.Added, model.TopicPartition{Topic: t.Topic, Partition: p})
		}
		f.Total += int(t.Then)
	}
	for i := range outcomes {
		moves := model.Moves(f.Before, outcomes[i].After)
		outcomes[i].Moves = slices.DeleteFunc(moves, func(m model.Move) bool { return m.From == model.Nobody })
	}
	slices.SortStableFunc(outcomes, func(a, b Outcome) int { return cmp.Compare(len(a.Moves), len(b.Moves)) })
	f.Moved = Span{len(outcomes[0].Moves), len(outcomes[len(outcomes)-1].Moves)}
	if len(outcomes) > 2 { // the one in the middle is shown first
		middle := outcomes[len(outcomes)/2]
		copy(outcomes[1:], outcomes[:len(outcomes)/2])
		outcomes[0] = middle
	}
	f.Needed = q.needed(f.Before, &outcomes[0])
	if certainty != CertaintyExact && q.ChangesAssignor() { // members restart: each may get what it had, or not
		f.Moved = Span{f.Needed.Or(0), len(f.Before)}
	}
	if certainty == CertaintyExact && len(outcomes) > 1 {
		f.Certainty = CertaintyOutcomes
	}
	f.Members = q.forecastMembers(outcomes)
	f.Stops = q.stops(f)
	return f
}

func (q *WhatIf) forecastMembers(outcomes []Outcome) []ForecastMember {
	var members []ForecastMember
	for _, member := range q.Members() {
		m := ForecastMember{Member: member, Before: len(member.Owns)}
		for i := range outcomes {
			n := 0
			for _, owner := range outcomes[i].After {
				if owner == member.Slot {
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
			member := Member{MemberRef: m.MemberRef, Subscription: m.Subscription, Owns: m.Assignment}
			members = append(members, ForecastMember{Member: member, Leaves: true, Before: len(m.Assignment)})
		}
	}
	slices.SortFunc(members, func(a, b ForecastMember) int { return cmp.Compare(a.Slot, b.Slot) })
	return members
}

// needed is how many partitions have to move for an assignment as balanced as the outcome; see [ownership.Stickiness].
func (q *WhatIf) needed(before model.Assignment, o *Outcome) model.Maybe[int] {
	var after []model.MemberView
	for _, m := range q.Members() {
		after = append(after, model.MemberView{MemberRef: m.MemberRef, Subscription: m.Subscription, AssignmentKnown: true})
	}
	if s, known := ownership.Stickiness(before, o.After, q.Group.Members, after).Get(); known {
		return model.Some(s.Necessary)
	}
	return model.None[int]()
}

// stops is what is not consumed meanwhile. A cooperative rebalance that moves partitions takes a second one: the first
// revokes them, the second assigns them.
func (q *WhatIf) stops(f *Forecast) Stops {
	incremental := q.NextProtocol() == model.ProtocolIncremental
	switch {
	case q.Group.Type == model.TypeConsumer:
		return Stops{Least: f.Moved.Least}
	case q.ChangesAssignor() && incremental && q.Group.Protocol() == model.ProtocolIncremental:
		return Stops{Least: f.Moved.Least}
	case q.ChangesAssignor():
		return Stops{Scope: StopsAll, Least: f.Moved.Least}
	case incremental:
		s := Stops{Least: f.Moved.Least, Rebalances: 1}
		if slices.ContainsFunc(f.Outcomes[0].Moves, func(m model.Move) bool { return !slices.Contains(q.Leaving, m.From) }) {
			s.Rebalances = 2
		}
		return s
	}
	return Stops{Scope: StopsAll, Least: len(f.Before), Rebalances: 1}
}

// Balance is what an assignor balances.
type Balance uint8

// The balances.
const (
	BalanceTotal    Balance = iota // the number of partitions of each member
	BalancePerTopic                // of each topic by itself, as range does
)

// Widen replaces the spans of a forecast whose assignment is only an example by what is certain: the broker's assignors,
// and those whose ties cannot be forecast, balance as well as possible.
func (q *WhatIf) Widen(f *Forecast, balance Balance) {
	members := len(q.Members())
	if members == 0 {
		return
	}
	var span Span
	total := 0
	for _, t := range q.Topics() {
		total += int(t.Then)
		span.Least += int(t.Then) / members
		span.Most += (int(t.Then) + members - 1) / members
	}
	if balance == BalanceTotal {
		span = Span{total / members, (total + members - 1) / members}
	}
	for i := range f.Members {
		if !f.Members[i].Leaves {
			f.Members[i].After = span
		}
	}
	f.Moved.Least = f.Needed.Or(0)
	f.Stops.Least = min(f.Stops.Least, f.Moved.Least)
}
