package group

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/text"
)

// Remover removes members from groups.
type Remover interface {
	// RemoveMember asks the group's coordinator to remove the member, or says what was tried and why it failed. It may
	// take seconds: call it in a command.
	RemoveMember(ctx context.Context, group string, member model.MemberRef) error
}

// removeTimeout is how long a coordinator may take to remove a member.
const removeTimeout = 15 * time.Second

// Remove has a member removed and says how it went.
func Remove(ctx context.Context, remover Remover, msg kit.RemoveMember) tea.Cmd {
	if remover == nil {
		return kit.Refuse("members cannot be removed here")
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, removeTimeout)
		defer cancel()
		who := memberWord(msg.Member)
		if err := remover.RemoveMember(ctx, msg.Group, msg.Member); err != nil {
			return kit.Notice{Text: text.Clean(fmt.Sprintf("removing %s from %s failed: %v", who, msg.Group, err)), Bad: true}
		}
		return kit.Notice{Text: text.Clean(fmt.Sprintf("removed %s from %s; its client rejoins by itself unless it is stopped", who, msg.Group))}
	}
}

// memberWord names a member: B (consumer-2 on 10.0.0.6).
func memberWord(m model.MemberRef) string {
	who := m.ClientID
	if m.InstanceID != "" {
		who += ", " + m.InstanceID
	}
	if m.Host != "" {
		who += " on " + m.Host
	}
	return m.Slot.String() + " (" + who + ")"
}

// removable says that x removes a member: there is a way to, and the lab does not have the key.
func (s *Screen) removable(f kit.Frame) bool {
	return f.Can.Has(kit.RemoveMembers) && s.lab == nil && s.focused(f) == paneMembers && s.members.Len() > 0
}

// askRemove asks whether the selected member is to be removed.
func (s *Screen) askRemove(f kit.Frame) tea.Cmd {
	g := s.group(f)
	if g == nil || !f.Can.Has(kit.RemoveMembers) {
		return nil
	}
	i := s.members.Index()
	if i >= len(g.Members) {
		return kit.Refuse("no member is selected: this row lists partitions without an active consumer")
	}
	m := g.Members[i].MemberRef
	s.removing = &m
	return nil
}

// remove has the member removed that was asked about.
func (s *Screen) remove() tea.Cmd {
	asked := kit.RemoveMember{Group: s.id, Member: *s.removing}
	s.removing = nil
	return kit.Ask(asked)
}

// keepRemoving drops the question once the member is gone by itself.
func (s *Screen) keepRemoving(g *model.GroupView) {
	if s.removing == nil {
		return
	}
	if g != nil {
		for i := range g.Members {
			if g.Members[i].MemberID == s.removing.MemberID {
				return
			}
		}
	}
	s.removing = nil
}

// removeQuestion stands above everything else of the group.
func (s *Screen) removeQuestion(f kit.Frame) []text.Line {
	if s.removing == nil {
		return nil
	}
	th := f.Theme
	line := text.Of(text.S(th.Warn.Bold(true), "Remove "), kit.Chip(th, s.removing.Slot), text.S(th.Strong, " "+text.Name(s.removing.ClientID)))
	if s.removing.Host != "" {
		line = append(line, text.S(th.Dim, " "+text.Clean(s.removing.Host)))
	}
	return []text.Line{append(line, text.S(th.Warn, " from the group? "), text.S(th.Match, "y"), text.S(th.Text, " confirms, "),
		text.S(th.Match, "n"), text.S(th.Text, " cancels"))}
}
