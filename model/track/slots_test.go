package track

import (
	"fmt"
	"slices"
	"testing"

	"regroup/model"
	. "regroup/model/modeltest"
)

func TestLanes(t *testing.T) {
	type letter = map[string]string // client id → letter
	for _, c := range []struct {
		reason       string
		observations []model.Observation
		want         letter
	}{
		{
			"in the order of their names when they come together, not of their member ids",
			[]model.Observation{Poll(0, lanesGroup("z=consumer-1", "y=consumer-2", "x=consumer-10"))},
			letter{"consumer-1": "A", "consumer-2": "B", "consumer-10": "C"},
		},
		{
			"in the order in which they come",
			[]model.Observation{Poll(0, Classic("z:0")), Poll(1, Classic("z:0", "a:1"))},
			letter{"z": "A", "a": "B"},
		},
		{
			"a letter is not given to another",
			[]model.Observation{Poll(0, Classic("a:0", "b:1")), Poll(1, Classic("b:0")), Poll(2, Classic("b:0", "c:1"))},
			letter{"b": "B", "c": "C"},
		},
		{
			"a member id that comes back has its letter again (KIP-848 members keep their id)",
			[]model.Observation{Poll(0, Classic("a:0", "b:1")), Poll(1, Classic("b:0")), Poll(2, Classic("a:0", "b:1"))},
			letter{"a": "A", "b": "B"},
		},
		{
			"a static member keeps it under another member id, at once",
			[]model.Observation{Poll(0, Classic("a!:0", "b:1")), Poll(1, Classic("a!/2:0", "b:1"))},
			letter{"b": "A", "a": "B"}, // of those that come together, those without an instance id come first
		},
		{
			"a static member keeps it over an absence",
			[]model.Observation{Poll(0, Classic("a!:0", "b:1")), Poll(1, Classic("b:0,1")), Poll(2, Classic("a!/2:0", "b:1"))},
			letter{"b": "A", "a": "B"},
		},
		{
			"and over the deletion of the group, while its row is there",
			[]model.Observation{Poll(0, Classic("b:0", "c:1")), Poll(1), Poll(2), Poll(3, Classic("c:0"))},
			letter{"c": "B"},
		},
		{
			"two with one instance id have two letters",
			[]model.Observation{Poll(0, Classic("a!:0", "a!/2:1"))},
			letter{"a": "A and B"},
		},
	} {
		tr, _ := observe(c.observations...)
		got := letter{}
		for _, m := range tr.View().Group("g").Members {
			if have := got[m.ClientID]; have != "" {
				got[m.ClientID] = have + " and " + m.Slot.String()
			} else {
				got[m.ClientID] = m.Slot.String()
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", c.reason, got, c.want)
		}
	}
}

// lanesGroup has members like "memberid=clientid".
func lanesGroup(members ...string) model.Group {
	g := Classic()
	g.State = model.StateStable
	for _, m := range members {
		var id, client string
		for i := range m {
			if m[i] == '=' {
				id, client = m[:i], m[i+1:]
			}
		}
		g.Members = append(g.Members, model.Member{ID: id, ClientID: client, AssignmentKnown: true})
	}
	slices.SortFunc(g.Members, func(a, b model.Member) int { return compareNatural(a.ID, b.ID) })
	return g
}

func TestAWholeStaticDeploymentKeepsItsLetters(t *testing.T) {
	var names []string
	for i := range 3 * departedKept {
		names = append(names, fmt.Sprintf("pod-%d!:", i))
	}
	tr, _ := observe(Poll(0, Classic(names...)), Poll(1, Classic()), Poll(2, Classic(names...)))
	for i, m := range tr.View().Group("g").Members {
		if m.Slot != model.Slot(i+1) || m.ClientID != fmt.Sprintf("pod-%d", i) {
			t.Fatalf("member %d is %s with lane %d", i, m.ClientID, m.Slot)
		}
	}
}

func TestDepartedMembersAreBounded(t *testing.T) {
	tr := NewTracker()
	for i := range 5000 {
		tr.Observe(Poll(float64(i), Classic(fmt.Sprintf("m%d:0", i))))
	}
	l := &tr.groups["g"].slots
	if len(l.departed) > departedKept || len(l.known) > departedKept+1 {
		t.Errorf("%d letters and %d departed members are kept", len(l.known), len(l.departed))
	}
	if l.last != 5000 {
		t.Errorf("the last letter is %d, want a new one for each member", l.last)
	}
}

func TestCompareNatural(t *testing.T) {
	inOrder := []string{"", "1", "2", "10", "a", "a1", "a2", "a2b", "a10", "a010b", "b"}
	for i := range inOrder {
		for j := range inOrder {
			got := compareNatural(inOrder[i], inOrder[j])
			if want := i - j; (got < 0) != (want < 0) || (got > 0) != (want > 0) {
				t.Errorf("compare %q with %q: %d", inOrder[i], inOrder[j], got)
			}
		}
	}
}
