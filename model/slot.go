package model

import "cmp"

// Slot is the letter of a member on screen: 1 is A, 26 is Z, 27 is AA. A member of a group gets the next slot when it is
// first seen and keeps it for as long as regroup runs; a static member keeps it over a restart. 0 is [Nobody].
type Slot int

// Nobody is the owner of an unassigned partition.
const Nobody Slot = 0

// String is the letter, or – for [Nobody].
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

// MemberRef identifies a member in an event or a rebalance, where it may have left since.
type MemberRef struct {
	Slot       Slot
	MemberID   string
	InstanceID string
	ClientID   string
	Host       string
}

// Describe is the member's most telling name, and its host.
func (m MemberRef) Describe() string {
	name := cmp.Or(m.InstanceID, m.ClientID, m.MemberID)
	if m.Host != "" {
		name += " on " + m.Host
	}
	return name
}
