package track

import (
	"cmp"
	"slices"

	"regroup/model"
)

// departedKept is how many members that left keep their slot at least. A group that had more members at once keeps that
// many, so that all of them can be restarted.
const departedKept = 64

// slotKey is what makes a member the same one: its instance id, or the member id of a dynamic member.
type slotKey struct {
	id     string
	static bool
}

func keyOf(m *model.Member) slotKey {
	if m.InstanceID != "" {
		return slotKey{m.InstanceID, true}
	}
	return slotKey{m.ID, false}
}

// slots assigns the slots of one group to its members.
type slots struct {
	last     model.Slot
	known    map[slotKey]model.Slot
	departed []slotKey // in the order in which they left
	peak     int       // the most members at once
}

// assign gives each member its key and its slot, and remembers those of before that are no longer there.
func (s *slots) assign(members, before []reportedMember) {
	if s.known == nil {
		s.known = make(map[slotKey]model.Slot, len(members))
	}
	order := make([]*reportedMember, len(members))
	for i := range order {
		order[i] = &members[i]
	}
	slices.SortFunc(order, func(a, b *reportedMember) int { return compareMembers(&a.Member, &b.Member) })

	present := make(map[slotKey]bool, len(members))
	for _, m := range order {
		m.key = keyOf(&m.Member)
		if present[m.key] {
			m.key = slotKey{m.ID, false} // two with one instance id: they must not share a slot
		}
		present[m.key] = true
		if s.known[m.key] == model.Nobody {
			s.last++
			s.known[m.key] = s.last
		}
		m.slot = s.known[m.key]
	}

	s.departed = slices.DeleteFunc(s.departed, func(key slotKey) bool { return present[key] })
	for i := range before {
		if key := before[i].key; !present[key] {
			s.departed = append(s.departed, key)
		}
	}
	s.peak = max(s.peak, len(members))
	if over := len(s.departed) - max(departedKept, s.peak); over > 0 {
		for _, key := range s.departed[:over] {
			delete(s.known, key)
		}
		s.departed = slices.Delete(s.departed, 0, over)
	}
}

// compareMembers is the order in which members that come together get their slots.
func compareMembers(a, b *model.Member) int {
	return cmp.Or(
		compareNatural(a.InstanceID, b.InstanceID),
		compareNatural(a.ClientID, b.ClientID),
		cmp.Compare(a.ID, b.ID),
	)
}

// compareNatural compares runs of digits by their number: consumer-2 comes before consumer-10.
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		if !isDigit(a[0]) || !isDigit(b[0]) {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		var m, n string
		m, a = digits(a)
		n, b = digits(b)
		if c := cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// digits cuts the number off that s begins with, without leading zeros.
func digits(s string) (number, rest string) {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	zeros := 0
	for zeros < n-1 && s[zeros] == '0' {
		zeros++
	}
	return s[zeros:n], s[n:]
}
