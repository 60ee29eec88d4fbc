package cli

import (
	"context"
	"errors"
	"slices"
	"testing"

	"regroup/kafka/admin"
	"regroup/model"
)

type fakeAdmin struct {
	asked []admin.Removal
	err   error
}

func (a *fakeAdmin) RemoveMembers(_ context.Context, _ string, members []admin.Removal) error {
	a.asked = append(a.asked, members...)
	return a.err
}

// regroup's own actions are certain causes: the tracker gets them, if they succeeded.
func TestRemover(t *testing.T) {
	member := model.MemberRef{Slot: 2, MemberID: "consumer-2-71f3", InstanceID: "pod-2", ClientID: "consumer-2"}
	for _, c := range []struct {
		why  string
		err  error
		want []string
	}{
		{"it was removed", nil, []string{"B (pod-2) was removed from the group"}},
		{"it was not", errors.New("not authorised"), nil},
	} {
		fake := &fakeAdmin{err: c.err}
		var actions []string
		recorder := &fakeRecorder{}
		session := newSession(0)
		session.recorder = recorder
		err := session.run(t.Context(), func(context.Context) error { return nil }, func(ctx context.Context) error {
			if err := (remover{fake, session}).RemoveMember(ctx, "billing", member); !errors.Is(err, c.err) {
				t.Errorf("%s: %v", c.why, err)
			}
			return nil
		})
		for _, o := range recorder.observations {
			if deed := o.(*model.AdminAction); slices.Equal(deed.Removed, []string{member.MemberID}) && deed.Group == "billing" && !deed.At.IsZero() {
				actions = append(actions, deed.Words)
			}
		}
		if err != nil || !slices.Equal(actions, c.want) {
			t.Errorf("%s: the tracker got %q, %v", c.why, actions, err)
		}
		if !slices.Equal(fake.asked, []admin.Removal{{MemberID: member.MemberID, InstanceID: member.InstanceID}}) {
			t.Errorf("%s: asked for %+v", c.why, fake.asked)
		}
	}
}
