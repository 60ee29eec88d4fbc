package tour

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
	"regroup/ui/text"
)

// failing has members that leave, crash, hang and are slow.
func failing() *chapter {
	of, three := []string{groupOrders}, []Need{{groupOrders, 3}}
	return &chapter{title: "Groups and failing members", scene: sceneNamed("tour"), steps: []Step{
		{
			Name: "second-group", Title: "A second group consumes everything independently",
			Caption: "Groups are independent: each has its own committed offsets. Within a group each record goes to one member, as in a queue. Every group gets every record, as in publish/subscribe.",
			Screen:  model.TourGroups, Groups: []string{groupOrders, groupReader}, Needs: []Need{{groupOrders, 3}, {groupReader, 0}},
			Play: secondGroup,
		},
		{
			Name: "leave", Title: "A clean leave: the rebalance is immediate",
			Caption: "The member stops in order: it commits, sends LeaveGroup and exits. The coordinator does not wait for a timeout: the others rejoin at once, and its partitions are assigned to them.",
			Screen:  model.TourGroup, Groups: of, Needs: three, Play: leaves,
		},
		{
			Name: "crash", Title: "A crash: nothing happens for session.timeout.ms",
			Caption: "After kill -9 there is no LeaveGroup. The coordinator only misses heartbeats, and waits for the session timeout. Until then only the lag of the dead member's partitions grows. Then the group rebalances.",
			Screen:  model.TourGroup, Groups: of, Needs: three, Play: crashes,
		},
		{
			Name: "zombie", Title: "A long pause, and the zombie that resumes",
			Caption: "A paused process (a long garbage collection) looks like a dead one. After the session timeout, others own its partitions. When it resumes, it still believes to own them, until the coordinator answers UNKNOWN_MEMBER_ID.",
			Screen:  model.TourLab, Groups: of, Needs: three, Play: zombie,
		},
		{
			Name: "slow", Title: "Exceeding max.poll.interval.ms: a storm",
			Caption: "Heartbeats come from their own thread, so a member that hangs in processing looks alive. Therefore it must also poll in time. This one does not: it leaves the group, rejoins after its batch, and has to leave again.",
			Screen:  model.TourGroup, Groups: of, Needs: three, Play: slow,
		},
		{
			Name: "slow-fix", Title: "The fix: smaller batches",
			Caption: "An equally slow consumer with a smaller max.poll.records polls in time and stays. A larger max.poll.interval.ms also helps, but a real hang is then detected later. The lag still grows: only faster processing stops that.",
			Screen:  model.TourGroup, Groups: of, Needs: three, Play: slowFix,
		},
	}}
}

func secondGroup(*Moment) []Phase {
	return []Phase{{
		Do: func(m *Moment) []model.LabAction {
			settings := m.scene.consumer(groupReader, 0, m.pace)
			return []model.LabAction{{Kind: model.LabStartConsumer, Group: groupReader, Consumer: "reader-1", Settings: &settings}}
		},
		Missing: func(m *Moment) string {
			if missing := m.unstable(groupReader, 1); missing != "" {
				return missing
			}
			if missing := m.uncommitted(groupReader, 1); missing != "" {
				return missing
			}
			if m.rebalance(groupOrders, func(*model.Rebalance) bool { return true }) != nil {
				return fmt.Sprintf("%s rebalanced without a reason", groupOrders)
			}
			return m.assigned(groupReader, "0,1,2,3")
		},
		Facts: func(m *Moment) []string {
			var facts []string
			for _, group := range []string{groupOrders, groupReader} {
				if shares := m.shares(group); shares != "" {
					facts = append(facts, group+": "+shares)
				}
			}
			return facts
		},
	}}
}

// victim is a consumer before an action on it.
type victim struct {
	name    string
	member  string // its member ID
	slot    model.Slot
	owned   []model.TopicPartition
	session time.Duration
	beat    time.Duration // heartbeat interval
}

func (m *Moment) victim(c *model.LabConsumer) victim {
	v := victim{name: c.Name, member: c.MemberID, session: c.Settings.SessionTimeout, beat: c.Settings.HeartbeatInterval}
	if member := m.member(c); member != nil {
		v.slot, v.owned = member.Slot, member.Assignment
	}
	return v
}

// departure is the rebalance that removed the victim for a cause, if that is certain.
func (m *Moment) departure(v victim, cause model.Cause) *model.Rebalance {
	r := m.because(cause, model.Certain)
	if r == nil || !slices.ContainsFunc(r.Left, func(member model.MemberRef) bool { return member.Slot == v.slot }) {
		return nil
	}
	return r
}

// does is one action on a consumer.
func does(kind model.LabActionKind, name string) func(*Moment) []model.LabAction {
	return func(*Moment) []model.LabAction { return []model.LabAction{{Kind: kind, Consumer: name}} }
}

func leaves(m *Moment) []Phase {
	v := m.victim(m.newest(groupOrders))
	return []Phase{{
		Do: does(model.LabLeave, v.name),
		Missing: func(m *Moment) string {
			r := m.departure(v, model.CauseMemberLeft)
			switch {
			case r == nil:
				return "no rebalance by a leaving member yet"
			case r.Began.NotBefore.Sub(m.Began) >= v.session:
				return fmt.Sprintf("the rebalance began only after %s", text.Duration(r.Began.NotBefore.Sub(m.Began)))
			}
			return m.unstable(groupOrders, 2)
		},
		Facts: func(m *Moment) []string {
			r := m.departure(v, model.CauseMemberLeft)
			if r == nil {
				return nil
			}
			return nonEmpty(fmt.Sprintf("%s %s left, all partitions assigned after %s", v.slot, v.name, text.Duration(r.Ended.NotAfter.Sub(m.Began))), m.protocol(groupOrders))
		},
	}}
}

// countdown is the countdown of the victim's session, whose heartbeats ended at from.
func (v victim) countdown(from time.Time) *model.TourCountdown {
	return &model.TourCountdown{Words: fmt.Sprintf("%s %s: session", v.slot, v.name), From: from, Till: from.Add(v.session), Earliest: from.Add(v.session - v.beat)}
}

// sessionState says how far the session timeout of a silent member is.
func (m *Moment) sessionState() string {
	if g := m.group(groupOrders); g != nil && g.Rebalancing() {
		return "the session timed out, and the others rejoin"
	}
	return "the coordinator waits for a heartbeat"
}

// early is the tolerance for times of two clocks.
const early = 250 * time.Millisecond

// tooEarly reports a rebalance before the session timeout of the victim; "" if there is none.
func (v victim) tooEarly(m *Moment, r *model.Rebalance) string {
	if waited := r.Began.NotAfter.Sub(m.Phase); waited < v.session-v.beat-early {
		return fmt.Sprintf("the group waited only %s, but the session timeout is %s", text.Duration(waited), text.Duration(v.session))
	}
	return ""
}

func (v victim) waited(m *Moment, r *model.Rebalance) string {
	return fmt.Sprintf("no rebalance for %s (session timeout %s)", text.Duration(r.Began.NotAfter.Sub(m.Phase)), text.Duration(v.session))
}

func crashes(m *Moment) []Phase {
	v := m.victim(m.newest(groupOrders))
	lags := watchLags(m, v)
	return []Phase{{
		Do: does(model.LabKill, v.name),
		Missing: func(m *Moment) string {
			r := m.departure(v, model.CauseSessionTimeout)
			if r == nil {
				lags.update(m)
				return m.sessionState()
			}
			if missing := v.tooEarly(m, r); missing != "" {
				return missing
			}
			if missing := lags.missing(); missing != "" {
				return missing
			}
			return m.unstable(groupOrders, 2)
		},
		Facts: func(m *Moment) []string {
			r := m.departure(v, model.CauseSessionTimeout)
			if r == nil {
				return nonEmpty(lags.words())
			}
			return []string{v.waited(m, r), lags.words(), fmt.Sprintf("%s (%s)", r.Verdict.Cause.Words(), r.Verdict.Confidence)}
		},
		Countdown: func(m *Moment) *model.TourCountdown {
			if g := m.group(groupOrders); g == nil || g.Rebalancing() || m.departure(v, model.CauseSessionTimeout) != nil {
				return nil
			}
			return v.countdown(m.Phase)
		},
	}}
}

func zombie(m *Moment) []Phase {
	v := m.victim(m.newest(groupOrders))
	return []Phase{
		{
			Missing: func(m *Moment) string {
				const some = 20 // records: it is consuming
				if c := m.consumer(v.name); c == nil || len(c.Owns) == 0 || c.Processed < some {
					return v.name + " has not consumed enough yet"
				}
				return ""
			},
		},
		{
			Do: does(model.LabPause, v.name),
			Missing: func(m *Moment) string {
				r := m.departure(v, model.CauseSessionTimeout)
				if r == nil {
					return m.sessionState()
				}
				return v.tooEarly(m, r)
			},
			Facts: func(*Moment) []string {
				return []string{fmt.Sprintf("%s %s is paused (SIGSTOP)", v.slot, v.name)}
			},
			Countdown: func(m *Moment) *model.TourCountdown { return v.countdown(m.Phase) },
		},
		{
			Do: does(model.LabResume, v.name),
			Missing: func(m *Moment) string {
				c := m.consumer(v.name)
				switch {
				case c == nil:
					return v.name + " is gone"
				case c.MemberID == v.member && !m.joins(c):
					return v.name + " still believes to be a member"
				case c.MemberID == v.member || m.because(model.CauseMemberJoined, model.Certain) == nil:
					return v.name + " rejoins as a new member"
				}
				return m.unstable(groupOrders, 3)
			},
			Facts: func(m *Moment) []string {
				r := m.because(model.CauseMemberJoined, model.Certain)
				if r == nil {
					return nil
				}
				return []string{v.name + " rejoined with a new member ID", why(r)}
			},
		},
	}
}

// slowRecord is the processing time of a slow consumer per record: five records exceed max.poll.interval.ms, two do not.
func slowRecord(s model.ConsumerSettings) time.Duration { return s.MaxPollInterval * 3 / 10 }

// batch is the time that a batch takes, and the time that it may take.
func batch(record time.Duration, s model.ConsumerSettings) string {
	return fmt.Sprintf("a batch: %d × %s = %s, max.poll.interval.ms: %s", s.MaxPollRecords, text.Duration(record), text.Duration(record*time.Duration(s.MaxPollRecords)), text.Duration(s.MaxPollInterval))
}

func slow(m *Moment) []Phase {
	v, settings := m.victim(m.newest(groupOrders)), m.settings(groupOrders)
	exceeded := func(m *Moment) (times int) {
		for _, r := range m.rebalances(groupOrders) {
			if r.Verdict.Cause == model.CauseMaxPollExceeded && r.Verdict.Confidence == model.Certain && len(r.Left) > 0 {
				times++
			}
		}
		return times
	}
	facts := func(m *Moment) []string {
		count := ""
		if n := exceeded(m); n > 0 {
			count = fmt.Sprintf("left the group %d×", n)
		}
		return nonEmpty(count, batch(slowRecord(settings), settings))
	}
	return []Phase{
		{
			Do: func(*Moment) []model.LabAction {
				return []model.LabAction{{Kind: model.LabSlow, Consumer: v.name, ProcessingTime: slowRecord(settings)}}
			},
			Missing: func(m *Moment) string {
				c := m.consumer(v.name)
				switch {
				case exceeded(m) > 0:
					return ""
				case c != nil && c.State == model.LabExpelled:
					return v.name + " left the group, and the others rejoin"
				}
				return v.name + " has not exceeded max.poll.interval.ms yet"
			},
			Facts: facts,
		},
		{
			Missing: func(m *Moment) string {
				c := m.consumer(v.name)
				switch {
				case m.because(model.CauseMemberJoined, model.Certain) != nil:
					return ""
				case c != nil && m.joins(c):
					return v.name + " has finished its batch, and rejoins"
				}
				return v.name + " is still processing its batch"
			},
			Facts: facts,
		},
		{
			Missing: func(m *Moment) string {
				c := m.consumer(v.name)
				switch {
				case exceeded(m) > 1:
					return ""
				case c != nil && c.State == model.LabExpelled:
					return v.name + " has left the group again"
				}
				return v.name + " has rejoined, and not exceeded it again yet"
			},
			Facts: facts,
		},
	}
}

func slowFix(m *Moment) []Phase {
	slow, settings := m.newest(groupOrders), m.settings(groupOrders)
	stable := func(m *Moment) time.Duration { return m.since(m.group(groupOrders).LastRebalance().SeenAt) }
	settings.ProcessingTime, settings.MaxPollRecords = slowRecord(settings), 2
	enough := 3 * settings.MaxPollInterval / 2 // by then it would have exceeded the interval
	return []Phase{{
		Do: func(*Moment) []model.LabAction {
			return []model.LabAction{
				{Kind: model.LabLeave, Consumer: slow.Name},
				{Kind: model.LabStartConsumer, Group: groupOrders, Settings: &settings},
			}
		},
		Missing: func(m *Moment) string {
			if m.rebalance(groupOrders, func(r *model.Rebalance) bool { return r.Verdict.Cause == model.CauseMaxPollExceeded }) != nil {
				return "a member exceeded max.poll.interval.ms nevertheless"
			}
			if missing := m.unstable(groupOrders, 3); missing != "" {
				return missing
			}
			if stable(m) < enough {
				return fmt.Sprintf("no rebalance for %s yet", stable(m).Truncate(time.Second))
			}
			return ""
		},
		Facts: func(m *Moment) []string {
			fact := ""
			if m.unstable(groupOrders, 3) == "" && stable(m) >= enough {
				fact = fmt.Sprintf("no rebalance for %s", stable(m).Truncate(time.Second))
			}
			return nonEmpty(fact, batch(settings.ProcessingTime, settings))
		},
	}}
}
