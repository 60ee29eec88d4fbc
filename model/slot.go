package model

import "cmp"

// Slot is the letter by which a member is known on screen: 1 is A, 26 is Z, 27 is AA. A member of a group gets the
// next one the first time it is seen and keeps it for as long as regroup runs; a static member keeps it over a
// restart. 0 is nobody.
type Slot int

// Nobody owns a partition that is in no member's assignment.
const Nobody Slot = 0

// String is the letter, or – for nobody.
func (l Slot) String() string {
	if l <= 0 {
		return "–"
	}
	var letters []byte
	for n := int(l); n > 0; n = (n - 1) / 26 {
		letters = append([]byte{byte('A' + (n-1)%26)}, letters...)
	}
	return string(letters)
}

// MemberRef is a member as an event or a rebalance tells of it, after it may have gone.
type MemberRef struct {
	Slot       Slot
	MemberID   string
	InstanceID string
	ClientID   string
	Host       string
}

// Describe names a member by the most telling of its names.
func (m MemberRef) Describe() string {
	name := cmp.Or(m.InstanceID, m.ClientID, m.MemberID)
	if m.Host != "" {
		name += " on " + m.Host
	}
	return name
}
