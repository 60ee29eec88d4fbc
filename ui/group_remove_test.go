package ui

import (
	"context"
	"errors"
	"testing"

	"regroup/model"
	"regroup/ui/uitest"
)

// fakeRemover notes who is to be removed, and fails as it is told to.
type fakeRemover struct {
	removed []model.MemberRef
	fails   error
}

func (r *fakeRemover) RemoveMember(_ context.Context, _ string, m model.MemberRef) error {
	r.removed = append(r.removed, m)
	return r.fails
}

// inMembers opens a group and goes to its members.
func inMembers(d desk, g *model.GroupView) {
	v := uitest.ViewOf(g)
	v.Cluster.Name = "prod-eu"
	d.show(v)
	d.Press("tab", "tab", "tab") // strip and partitions come after the members, the focus begins on the partitions
	d.sees("the members have the focus", "MEMBERS ━━")
}

func TestRemoveAMember(t *testing.T) {
	remover := &fakeRemover{}
	atDesk(t, 120, 40, Options{Group: "1consumer", Remover: remover}, func(d desk) {
		inMembers(d, uitest.OneConsumer())
		d.sees("the key is offered", "x remove the member")
		d.Press("down", "x")
		d.sees("a question first", "Remove  B  consumer-2 10.0.0.6 from the group? y confirms, n cancels")
		d.Press("down", "x", "enter", "n")
		d.misses("n keeps it", "from the group?")
		d.Press("x", "q")
		d.misses("q answers the question, and does not end the program", "from the group?")
		if d.Quit() || len(remover.removed) > 0 {
			t.Errorf("quit is %v, removed are %v: only y removes", d.Quit(), remover.removed)
		}
		d.Press("x", "y")
		d.sees("how it went", "removed B (consumer-2 on 10.0.0.6) from 1consumer; its client rejoins by itself")
		if len(remover.removed) != 1 || remover.removed[0] != uitest.Ref(2) {
			t.Errorf("removed are %v, want B alone", remover.removed)
		}
		remover.fails = errors.New("not authorised\x1b[2J: grant DELETE on the group")
		d.Press("x", "y")
		d.sees("why it failed", `removing B (consumer-2 on 10.0.0.6) from 1consumer failed: not authorised\x1b[2J: grant DELETE`)
	})
}

func TestAMemberThatIsGoneIsNotAskedAbout(t *testing.T) {
	remover := &fakeRemover{}
	atDesk(t, 80, 24, Options{Group: "1consumer", Remover: remover}, func(d desk) {
		inMembers(d, uitest.OneConsumer())
		d.Press("x")
		d.sees("A is asked about", "Remove  A ")
		d.show(uitest.ViewOf(uitest.TimedOut()))
		d.misses("it has gone by itself", "from the group?")
		d.Press("y")
		if len(remover.removed) > 0 {
			t.Errorf("removed are %v, though the question was gone", remover.removed)
		}
	})
}

func TestWhereMembersCannotBeRemovedThereIsNoKey(t *testing.T) {
	atDesk(t, 120, 40, Options{Group: "1consumer"}, func(d desk) {
		inMembers(d, uitest.OneConsumer())
		d.misses("there is no key", "remove")
		d.Press("x")
		d.misses("and it does nothing", "from the group?")
	})
}
