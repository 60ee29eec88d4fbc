package track

import (
	"cmp"
	"slices"

	"regroup/model"
)

// departedKept is how many members that left keep their letter at least. A group that had more members at once keeps
// that many, so that all of them can be restarted.
const departedKept = 64

// laneKey is what makes a member the same one: its instance id, or the member id of a dynamic member.
type laneKey struct {
	id     string
	static bool
}

func keyOf(m *model.Member) laneKey {
	if m.InstanceID != "" {
		return laneKey{m.InstanceID, true}
	}
	return laneKey{m.ID, false}
}

// lanes hands out the letters of one group.
type lanes struct {
	last     model.Lane
	known    map[laneKey]model.Lane
	departed []laneKey // in the order in which they left
	peak     int       // the most members at once
}

// assign gives each member its key and its letter, and remembers who is no longer there of those that were.
func (l *lanes) assign(members []model.Member, were []laneKey) ([]laneKey, []model.Lane) {
	if l.known == nil {
		l.known = make(map[laneKey]model.Lane, len(members))
	}
	order := make([]int, len(members))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compareMembers(&members[a], &members[b]) })

	keys, letters := make([]laneKey, len(members)), make([]model.Lane, len(members))
	present := make(map[laneKey]bool, len(members))
	for _, i := range order {
		key := keyOf(&members[i])
		if present[key] {
			key = laneKey{members[i].ID, false} // two with one instance id: they must not share a letter
		}
		present[key] = true
		if l.known[key] == model.Nobody {
			l.last++
			l.known[key] = l.last
		}
		keys[i], letters[i] = key, l.known[key]
	}

	l.departed = slices.DeleteFunc(l.departed, func(key laneKey) bool { return present[key] })
	for _, key := range were {
		if !present[key] {
			l.departed = append(l.departed, key)
		}
	}
	l.peak = max(l.peak, len(members))
	if over := len(l.departed) - max(departedKept, l.peak); over > 0 {
		for _, key := range l.departed[:over] {
			delete(l.known, key)
		}
		l.departed = slices.Delete(l.departed, 0, over)
	}
	return keys, letters
}

// compareMembers is the order in which members that come together get their letters.
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
