// Package forecast computes the assignment of a group after a change, with sarama's own strategies. It sends no requests.
package forecast

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/IBM/sarama"

	"regroup/model"
	"regroup/model/whatif"
)

// Assignors are the assignors whose assignments [Compute] computes, by their Kafka names.
func Assignors() []string {
	return []string{
		sarama.RangeBalanceStrategyName, sarama.RoundRobinBalanceStrategyName,
		sarama.StickyBalanceStrategyName, sarama.CooperativeStickyBalanceStrategyName,
	}
}

const (
	// plansAtMost bounds how many orders of member ids are computed, and planWork, in partitions times members, what they
	// may cost together: the forecast is computed while the screen waits. A sticky plan costs more.
	plansAtMost = 256
	planWork    = 400_000
	stickyWork  = 100_000
	// mixedPlans is how often a sticky plan is made where members subscribe to different topics: it breaks ties at random.
	mixedPlans = 16
	// cooperativeRounds is more than any cooperative rebalance takes.
	cooperativeRounds = 8
)

// Compute computes the assignment after the changes of a question, with sarama's own strategies. The error is a sentence
// for a person: why it cannot be computed.
func Compute(q whatif.WhatIf) (forecast *whatif.Forecast, err error) {
	if problem := q.Obstacle(); problem != "" {
		return nil, obstacle(problem)
	}
	assignor := q.NextAssignor()
	consumer := q.Group.Type == model.TypeConsumer
	if !consumer && !slices.Contains(Assignors(), assignor) {
		return nil, obstacle(fmt.Sprintf("The assignor %q is not known, so its assignment cannot be computed. Known assignors: %s.",
			assignor, strings.Join(Assignors(), ", ")))
	}
	defer func() { // sarama's strategies expect members as brokers send them
		if r := recover(); r != nil {
			forecast, err = nil, obstacle(fmt.Sprintf("The assignor %s failed on this group: %v.", assignor, r))
		}
	}()
	p := newPlanner(&q)
	if consumer {
		return p.consumer()
	}
	return p.classic()
}

// obstacle is why there is no forecast.
type obstacle string

func (e obstacle) Error() string { return string(e) }

// planner computes the assignments of one question.
type planner struct {
	q       *whatif.WhatIf
	members []whatif.Member
	topics  []whatif.TopicCount
	alike   bool
	sticky  bool
}

func newPlanner(q *whatif.WhatIf) *planner {
	return &planner{
		q: q, members: q.Members(), topics: q.Topics(), alike: q.SubscribeAlike(),
		sticky: strings.HasSuffix(q.NextAssignor(), sarama.StickyBalanceStrategyName),
	}
}

// classic is the forecast of a classic group.
func (p *planner) classic() (*whatif.Forecast, error) {
	orders, sampled := p.orders()
	var outcomes []whatif.Outcome
	known := make(map[string]bool)
	certainty := whatif.CertaintyExact
	times := 1
	if p.sticky && !p.alike {
		times, certainty = mixedPlans, whatif.CertaintyExample
	}
	for _, order := range orders {
		for range times {
			after, err := p.plan(order)
			if err != nil {
				return nil, obstacle(fmt.Sprintf("The assignor %s cannot assign this group: %v.", p.q.NextAssignor(), err))
			}
			outcome := whatif.Outcome{After: after, Order: p.slots(order), Undetermined: p.undetermined(after)}
			if len(outcome.Undetermined) > 0 && certainty == whatif.CertaintyExact {
				certainty = whatif.CertaintyNumbers
			}
			if key := p.key(after); !known[key] {
				known[key] = true
				outcomes = append(outcomes, outcome)
			}
		}
	}
	f := p.q.Forecast(outcomes, certainty)
	f.Sampled = sampled || times > 1
	if p.sticky && !p.q.SaramaLeads && p.alike {
		p.q.Widen(f, whatif.BalanceTotal)
		if f.Total%max(1, len(p.members)) != 0 {
			f.Certainty = whatif.CertaintyExample
		}
	}
	f.Notes = p.notes(f)
	return f, nil
}

// consumer is the forecast of a consumer group, as far as it can be computed: the broker's assignors iterate over members
// in the order of a hash table. How evenly they spread partitions is certain, and so is what has to move.
func (p *planner) consumer() (*whatif.Forecast, error) {
	p.sticky = true
	order := make([]int, len(p.members))
	for i := range order {
		order[i] = i
	}
	after, err := p.planBy(sarama.NewBalanceStrategySticky(), order, false)
	if err != nil {
		return nil, obstacle(fmt.Sprintf("The assignment of this group cannot be computed: %v.", err))
	}
	f := p.q.Forecast([]whatif.Outcome{{After: after, Undetermined: p.everything()}}, whatif.CertaintyExample)
	balance := whatif.BalanceTotal
	if p.q.NextAssignor() == sarama.RangeBalanceStrategyName {
		balance = whatif.BalancePerTopic
	}
	if p.alike {
		p.q.Widen(f, balance)
		if balance == whatif.BalancePerTopic { // it spreads partitions differently from the example
			f.Needed = model.None[int]()
			f.Moved.Least, f.Stops.Least = 0, 0
		}
	}
	f.Notes = p.serverNotes(f)
	return f, nil
}

// plan is the assignment for an order of the member ids.
func (p *planner) plan(order []int) (model.Assignment, error) {
	switch p.q.NextAssignor() {
	case sarama.RangeBalanceStrategyName:
		return p.planBy(sarama.NewBalanceStrategyRange(), order, false)
	case sarama.RoundRobinBalanceStrategyName:
		return p.planBy(sarama.NewBalanceStrategyRoundRobin(), order, false)
	case sarama.StickyBalanceStrategyName:
		return p.planBy(sarama.NewBalanceStrategySticky(), order, false)
	}
	return p.planBy(sarama.NewBalanceStrategyCooperativeSticky(), order, true)
}

// planBy is the assignment of a strategy. With a cooperative one, members revoke partitions in a first rebalance that are
// assigned to others in a second: the plan is repeated until nothing is revoked.
func (p *planner) planBy(strategy sarama.BalanceStrategy, order []int, cooperative bool) (model.Assignment, error) {
	names := p.naming(order)
	owned := make([]map[string][]int32, len(p.members))
	for i, member := range p.members {
		if !member.Restarts {
			owned[i] = names.topics(member.Owns)
		}
	}
	for range cooperativeRounds {
		plan, err := p.planOnce(strategy, names, owned, cooperative)
		if err != nil {
			return nil, err
		}
		revokes := false
		for i := range p.members {
			revokes = revokes || lacks(plan[names.members[i]], owned[i])
			owned[i] = plan[names.members[i]]
		}
		if !cooperative || !revokes {
			break
		}
	}
	after := make(model.Assignment)
	for i, member := range p.members {
		names.each(owned[i], func(tp model.TopicPartition) { after[tp] = member.Slot })
	}
	return after, nil
}

// planOnce is the plan of one rebalance.
func (p *planner) planOnce(strategy sarama.BalanceStrategy, names *naming, owned []map[string][]int32, cooperative bool) (sarama.BalanceStrategyPlan, error) {
	if len(p.members) == 0 || len(p.topics) == 0 {
		return nil, nil
	}
	metadata := make(map[string]sarama.ConsumerGroupMemberMetadata, len(p.members))
	generation := p.q.Group.Generation.Number
	for i, member := range p.members {
		m := sarama.ConsumerGroupMemberMetadata{Version: 2, GenerationID: generation}
		for _, topic := range member.Subscription {
			if name, exists := names.topic[topic]; exists {
				m.Topics = append(m.Topics, name)
			}
		}
		switch {
		case cooperative:
			for topic, partitions := range owned[i] {
				m.OwnedPartitions = append(m.OwnedPartitions, &sarama.OwnedPartition{Topic: topic, Partitions: partitions})
			}
		case p.sticky && !member.Joins && !member.Restarts: // a new member has no user data, not even an empty one
			data, err := strategy.AssignmentData(names.members[i], owned[i], generation)
			if err != nil {
				return nil, err
			}
			m.UserData = data
		}
		metadata[names.members[i]] = m
	}
	return strategy.Plan(metadata, maps.Clone(names.partitions))
}

// lacks reports whether an owned partition is missing in the plan.
func lacks(plan, owned map[string][]int32) bool {
	for topic, partitions := range owned {
		for _, partition := range partitions {
			if !slices.Contains(plan[topic], partition) {
				return true
			}
		}
	}
	return false
}

// key distinguishes outcomes. Where an assignor breaks ties at random, only the counts do.
func (p *planner) key(after model.Assignment) string {
	var b strings.Builder
	if p.sticky {
		counts := make(map[model.Slot]int)
		for _, slot := range after {
			counts[slot]++
		}
		for _, member := range p.members {
			fmt.Fprint(&b, counts[member.Slot], " ")
		}
		return b.String()
	}
	for _, tp := range after.Partitions() {
		fmt.Fprint(&b, int(after[tp]), " ")
	}
	return b.String()
}

func (p *planner) slots(order []int) []model.Slot {
	slots := make([]model.Slot, len(order))
	for i, member := range order {
		slots[i] = p.members[member].Slot
	}
	return slots
}

// undetermined are the partitions whose new owner is only an example: which of its partitions a member loses, and which of the
// moved partitions a member gets, is arbitrary in a sticky assignment.
func (p *planner) undetermined(after model.Assignment) map[model.TopicPartition]bool {
	if !p.sticky {
		return nil
	}
	if !p.alike {
		return p.everything()
	}
	undetermined := make(map[model.TopicPartition]bool)
	stays := make(map[model.TopicPartition]bool)
	for _, member := range p.members {
		kept := 0
		for _, tp := range member.Owns {
			if after[tp] == member.Slot && !member.Restarts {
				kept, stays[tp] = kept+1, true
			}
		}
		for _, tp := range member.Owns {
			if 0 < kept && kept < len(member.Owns) {
				undetermined[tp] = true
			}
		}
	}
	receivers, given := make(map[model.Slot]bool), 0
	for tp, slot := range after {
		if !stays[tp] {
			receivers[slot] = true
			given++
		}
	}
	for tp := range after {
		if !stays[tp] && len(receivers) > 1 && given > 1 {
			undetermined[tp] = true
		}
	}
	return undetermined
}

func (p *planner) everything() map[model.TopicPartition]bool {
	all := make(map[model.TopicPartition]bool)
	for _, t := range p.topics {
		for partition := range t.Then {
			all[model.TopicPartition{Topic: t.Topic, Partition: partition}] = true
		}
	}
	return all
}
