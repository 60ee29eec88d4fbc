package forecast

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"regroup/model"
	"regroup/model/whatif"
)

// rank is what is known of a member's position when members are sorted by their ids.
type rank struct {
	first bool   // static members come first, for all clients but sarama's
	id    string // complete, or its beginning
	whole bool
	any   bool // nothing is known
}

// Coordinators make a member id of the client id, a dash and a UUID: after the dash comes a hexadecimal digit.
const (
	idDash    = "-"
	idBeyond  = "-g"
	seedOrder = 848
)

func (p *planner) rankOf(member *whatif.Member) rank {
	byInstance := member.InstanceID != "" && !p.q.SaramaLeads && !p.sticky
	switch {
	case byInstance:
		return rank{first: true, id: member.InstanceID, whole: true}
	case !member.Joins && !member.Restarts:
		return rank{id: member.MemberID, whole: true}
	case member.InstanceID != "":
		return rank{id: member.InstanceID}
	case member.ClientID == "":
		return rank{any: true}
	}
	return rank{id: member.ClientID}
}

// compare is negative where a certainly comes before b, positive where it certainly comes after, and 0 where that is not
// known yet.
func compare(a, b rank) int {
	if a.first != b.first {
		if a.first {
			return -1
		}
		return 1
	}
	if a.any || b.any {
		return 0
	}
	aFrom, aTo := a.bounds()
	bFrom, bTo := b.bounds()
	switch {
	case aTo < bFrom || aTo == bFrom && (!a.whole || !b.whole):
		return -1
	case bTo < aFrom || bTo == aFrom && (!a.whole || !b.whole):
		return 1
	}
	return 0
}

// bounds are the least id and the one that it is below; both are the id itself if all of it is known.
func (r rank) bounds() (from, to string) {
	if r.whole {
		return r.id, r.id
	}
	return r.id + idDash, r.id + idBeyond
}

// orders are all possible orders of the members' ids, as indexes into the members; a sample if there are too many.
func (p *planner) orders() (orders [][]int, sampled bool) {
	ranks := make([]rank, len(p.members))
	var sorted, free []int
	for i := range p.members {
		if ranks[i] = p.rankOf(&p.members[i]); ranks[i].whole {
			sorted = append(sorted, i)
		} else {
			free = append(free, i)
		}
	}
	slices.SortStableFunc(sorted, func(a, b int) int { return compare(ranks[a], ranks[b]) })

	size := 1 + len(p.members)
	for _, t := range p.topics {
		size += int(t.Then)
	}
	work := planWork
	if p.sticky {
		work = stickyWork
	}
	most := min(plansAtMost, max(2, work/(size*max(1, len(p.members)))))
	var insert func(order []int, free []int)
	insert = func(order, free []int) {
		if len(orders) > most {
			return
		}
		if len(free) == 0 {
			orders = append(orders, order)
			return
		}
		for _, at := range p.places(order, free[0], ranks) {
			insert(slices.Insert(slices.Clone(order), at, free[0]), free[1:])
		}
	}
	insert(sorted, free)
	if len(orders) <= most {
		return orders, false
	}
	chance := rand.New(rand.NewPCG(seedOrder, uint64(size))) //nolint:gosec // the same question gets the same forecast
	orders = orders[:0]
	for range most {
		order := slices.Clone(sorted)
		for _, i := range free {
			places := p.places(order, i, ranks)
			order = slices.Insert(order, places[chance.IntN(len(places))], i)
		}
		orders = append(orders, order)
	}
	return orders, true
}

// places are a member's possible positions among others. Joining members of which the same is known are interchangeable:
// they come in the order of their letters.
func (p *planner) places(order []int, member int, ranks []rank) []int {
	from, to := 0, len(order)
	for at, other := range order {
		c := compare(ranks[other], ranks[member])
		if c < 0 || p.members[other].Joins && p.members[member].Joins && ranks[other] == ranks[member] {
			from = at + 1
		}
		if c > 0 {
			to = min(to, at)
		}
	}
	places := []int{from}
	for at := from + 1; at <= to; at++ {
		places = append(places, at)
	}
	return places
}

// naming contains the names of members, topics and partitions in a plan. Member ids that are not known yet are replaced by names
// that sort in the assumed order. sarama's roundrobin sorts partitions as text, 10 before 2, where all other clients
// sort them by topic and number: for those, topics and partitions get names whose text sorts by number.
type naming struct {
	members    []string          // by index of the planner's members
	topic      map[string]string // name by topic
	called     map[string]string // topic by name
	offset     int32             // added to each partition number
	partitions map[string][]int32
}

// sevenDigits makes all partition numbers equally long.
const sevenDigits = 1_000_000

func (p *planner) naming(order []int) *naming {
	n := &naming{
		members: make([]string, len(p.members)), topic: make(map[string]string), called: make(map[string]string),
		partitions: make(map[string][]int32),
	}
	if !p.q.SaramaLeads {
		n.offset = sevenDigits
	}
	for place, member := range order {
		n.members[member] = fmt.Sprintf("%06d", place)
	}
	for i, t := range p.topics {
		name := t.Topic
		if !p.q.SaramaLeads {
			name = fmt.Sprintf("%06d", i)
		}
		n.topic[t.Topic], n.called[name] = name, strings.Clone(t.Topic)
		for partition := range t.Then {
			n.partitions[name] = append(n.partitions[name], partition+n.offset)
		}
	}
	return n
}

// topics groups partitions by the names of their topics, without topics that no member subscribes to any more.
func (n *naming) topics(partitions []model.TopicPartition) map[string][]int32 {
	gathered := make(map[string][]int32)
	for _, tp := range partitions {
		if name, is := n.topic[tp.Topic]; is {
			gathered[name] = append(gathered[name], tp.Partition+n.offset)
		}
	}
	return gathered
}

// each calls do with every partition of a plan.
func (n *naming) each(plan map[string][]int32, do func(model.TopicPartition)) {
	for name, partitions := range plan {
		for _, partition := range partitions {
			do(model.TopicPartition{Topic: n.called[name], Partition: partition - n.offset})
		}
	}
}
