package cli

import (
	"context"
	"time"

	"regroup/kafka/admin"
	"regroup/model"
)

// remover removes members from groups, and reports that to the tracker as regroup's own action. It is the screen's
// ui.Remover.
type remover struct {
	admin   memberRemover
	session *session
}

// memberRemover is what it needs of an admin.Admin.
type memberRemover interface {
	RemoveMembers(ctx context.Context, group string, members []admin.Removal) error
}

// RemoveMember removes a member; see ui.Remover.
func (r remover) RemoveMember(ctx context.Context, group string, member model.MemberRef) error {
	if err := r.admin.RemoveMembers(ctx, group, []admin.Removal{{MemberID: member.MemberID, InstanceID: member.InstanceID}}); err != nil {
		return err
	}
	r.session.observe(ctx, &model.AdminAction{
		At: time.Now(), Group: group, Removed: []string{member.MemberID},
		Words: member.Slot.String() + " (" + nameOf(member) + ") was removed from the group",
	})
	return nil
}

// nameOf is the most descriptive name of a member.
func nameOf(member model.MemberRef) string {
	for _, name := range []string{member.InstanceID, member.ClientID} {
		if name != "" {
			return name
		}
	}
	return member.MemberID
}
