package tour

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
)

// failing is members that go, in good order and otherwise, that hang and that are slow.
func failing() *chapter {
	of, three := []string{groupOrders}, []Need{{groupOrders, 3}}
	return &chapter{title: "Groups, and members that fail", scene: sceneNamed("tour"), steps: []Step{
		{
			Name: "second-group", Title: "A second group reads everything, on its own",
			Caption: "Groups know nothing of each other: each has its own committed offsets. Within a group a record goes to one member, as from a queue. Between groups every group gets every record: publish and subscribe.",
			Screen:  model.TourGroups, Groups: []string{groupOrders, groupReader}, Needs: []Need{{groupOrders, 3}, {groupReader, 0}},
			Play: secondGroup,
		},
		{
			Name: "leave", Title: "A clean leave: the rebalance is immediate",
			Caption: "The member is asked to stop. It commits, sends LeaveGroup and ends. The coordinator need not wait for anything: it lets the others join again at once, and they share what has become free.",
			Screen:  model.TourGroup, Groups: of, Needs: three, Play: leaves,
		},
		{
			Name: "crash", Title: "A crash: nothing happens for session.timeout.ms",
			Caption: "kill -9: no LeaveGroup was sent. The coordinator only sees that heartbeats are missing, and waits for the session timeout. Meanwhile lag grows on the partitions of the dead member, and on nobody else's. Then comes the rebalance.",
			Screen:  model.TourGroup, Groups: of, Needs: three, Play: crashes,
		},
		{
			Name: "zombie", Title: "A pause that is too long, and the zombie that comes back",
			Caption: "A stopped process (a long garbage collection) looks like a dead one. After the session timeout others own its partitions. When it wakes it still believes that it does, until the coordinator says: unknown member.",
			Screen:  model.TourLab, Groups: of, Needs: three, Play: zombie,
		},
		{
			Name: "slow", Title: "Too slow for max.poll.interval.ms: a storm",
			Caption: "Heartbeats come from a thread of their own, so a member that hangs in processing looks alive. That is why it has to poll in time, too. This one does not: it is out, comes back when its batch is done, and is out again.",
			Screen:  model.TourGroup, Groups: of, Needs: three, Play: slow,
		},
		{
			Name: "slow-fix", Title: "The fix: a batch that can be done in time",
			Caption: "A consumer just as slow, with a smaller max.poll.records: it polls in time and stays. A larger max.poll.interval.ms does it as well, but then a real hang is noticed later. The lag still grows: that needs quicker code.",
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
			if missing := m.unsettled(groupReader, 1); missing != "" {
				return missing
			}
			for _, p := range m.group(groupReader).Partitions {
				if !p.Committed.Known() {
					return fmt.Sprintf("%s has not committed in partition %d yet", groupReader, p.Partition)
				}
			}
			if m.rebalance(groupOrders, func(*model.Rebalance) bool { return true }) != nil {
				return fmt.Sprintf("%s rebalanced, although nothing was done to it", groupOrders)
			}
			return m.shared(groupReader, "0,1,2,3")
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

// victim is a consumer that something is done to, as it was before.
type victim struct {
	name    string
	member  string // its member id
	lane    model.Slot
	owned   []model.TopicPartition
	session time.Duration
	beat    time.Duration // between its heartbeats
}

func (m *Moment) victim(c *model.LabConsumer) victim {
	v := victim{name: c.Name, member: c.MemberID, session: c.Settings.SessionTimeout, beat: c.Settings.HeartbeatInterval}
	if member := m.member(c); member != nil {
		v.lane, v.owned = member.Slot, member.Assignment
	}
	return v
}

// whoLeft is the rebalance with which the victim went, if regroup is certain of its cause.
func (m *Moment) whoLeft(v victim, cause model.Cause) *model.Rebalance {
	r := m.because(cause, model.Certain)
	if r == nil || !slices.ContainsFunc(r.Left, func(who model.MemberRef) bool { return who.Slot == v.lane }) {
		return nil
	}
	return r
}

func does(kind model.LabActionKind, name string) func(*Moment) []model.LabAction {
	return func(*Moment) []model.LabAction { return []model.LabAction{{Kind: kind, Consumer: name}} }
}

func leaves(m *Moment) []Phase {
	v := m.victim(m.newest(groupOrders))
	return []Phase{{
		Do: does(model.LabLeave, v.name),
		Missing: func(m *Moment) string {
			r := m.whoLeft(v, model.CauseMemberLeft)
			switch {
			case r == nil:
				return "no rebalance because a member left has been seen yet"
			case r.Began.NotBefore.Sub(m.Began) >= v.session:
				return fmt.Sprintf("the rebalance began only %s after", short(r.Began.NotBefore.Sub(m.Began)))
			}
			return m.unsettled(groupOrders, 2)
		},
		Facts: func(m *Moment) []string {
			r := m.whoLeft(v, model.CauseMemberLeft)
			if r == nil {
				return nil
			}
			return told(fmt.Sprintf("%s %s left, all owned again after %s", v.lane, v.name, short(max(0, r.Ended.NotAfter.Sub(m.Began)))), m.protocol(groupOrders))
		},
	}}
}

// countdown is that of the victim's session, once nothing is heard of it since a moment.
func (v victim) countdown(from time.Time) *model.TourCountdown {
	return &model.TourCountdown{Words: fmt.Sprintf("%s %s: session", v.lane, v.name), From: from, Till: from.Add(v.session), Earliest: from.Add(v.session - v.beat)}
}

// running says what is waited for when nothing is heard of the victim.
func (m *Moment) running() string {
	if g := m.group(groupOrders); g != nil && g.Rebalancing() {
		return "the session is over: the others join again"
	}
	return "the coordinator waits for a heartbeat"
}

// early is by how much the moments of two clocks may differ.
const early = 250 * time.Millisecond

// silence says what is not as told of a member of which nothing was heard: the rebalance came when its session had ended,
// and not before.
func (v victim) silence(m *Moment, r *model.Rebalance) string {
	if waited := r.Began.NotAfter.Sub(m.Phase); waited < v.session-v.beat-early {
		return fmt.Sprintf("the group waited only %s, and the session timeout is %s", short(waited), short(v.session))
	}
	return ""
}

func (v victim) waited(m *Moment, r *model.Rebalance) string {
	return fmt.Sprintf("nothing for %s (session %s)", short(r.Began.NotAfter.Sub(m.Phase)), short(v.session))
}

func crashes(m *Moment) []Phase {
	v := m.victim(m.newest(groupOrders))
	lags := watchLags(m, v)
	return []Phase{{
		Do: does(model.LabKill, v.name),
		Missing: func(m *Moment) string {
			r := m.whoLeft(v, model.CauseSessionTimeout)
			if r == nil {
				lags.look(m)
				return m.running()
			}
			if missing := v.silence(m, r); missing != "" {
				return missing
			}
			if missing := lags.missing(); missing != "" {
				return missing
			}
			return m.unsettled(groupOrders, 2)
		},
		Facts: func(m *Moment) []string {
			r := m.whoLeft(v, model.CauseSessionTimeout)
			if r == nil {
				return told(lags.words())
			}
			return []string{v.waited(m, r), lags.words(), fmt.Sprintf("%s (%s)", r.Verdict.Cause.Words(), r.Verdict.Confidence)}
		},
		Countdown: func(m *Moment) *model.TourCountdown {
			if g := m.group(groupOrders); g == nil || g.Rebalancing() || m.whoLeft(v, model.CauseSessionTimeout) != nil {
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
				const some = 20 // records, by which one sees that it is at work
				if c := m.consumer(v.name); c == nil || len(c.Owns) == 0 || c.Processed < some {
					return v.name + " has only begun to read"
				}
				return ""
			},
		},
		{
			Do: does(model.LabPause, v.name),
			Missing: func(m *Moment) string {
				r := m.whoLeft(v, model.CauseSessionTimeout)
				if r == nil {
					return m.running()
				}
				return v.silence(m, r)
			},
			Facts: func(*Moment) []string {
				return []string{fmt.Sprintf("%s %s is stopped (SIGSTOP)", v.lane, v.name)}
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
					return v.name + " has not learnt yet that it is no member any more"
				case c.MemberID == v.member || m.because(model.CauseMemberJoined, model.Certain) == nil:
					return v.name + " has learnt it, and joins as a new member"
				}
				return m.unsettled(groupOrders, 3)
			},
			Facts: func(m *Moment) []string {
				r := m.because(model.CauseMemberJoined, model.Certain)
				if r == nil {
					return nil
				}
				return []string{v.name + " is back, under another member id", why(r)}
			},
		},
	}
}

// slowRecord is how long a slow consumer takes for a record: five of them are more than max.poll.interval.ms, two less.
func slowRecord(s model.ConsumerSettings) time.Duration { return s.MaxPollInterval * 3 / 10 }

// batch tells how long a batch takes, and how long it may.
func batch(record time.Duration, s model.ConsumerSettings) string {
	return fmt.Sprintf("a batch: %d × %s = %s, allowed: %s", s.MaxPollRecords, short(record), short(record*time.Duration(s.MaxPollRecords)), short(s.MaxPollInterval))
}

func slow(m *Moment) []Phase {
	v, settings := m.victim(m.newest(groupOrders)), m.settings(groupOrders)
	expelled := func(m *Moment) (times int) {
		for _, r := range m.rebalances(groupOrders) {
			if r.Verdict.Cause == model.CauseMaxPollExceeded && r.Verdict.Confidence == model.Certain && len(r.Left) > 0 {
				times++
			}
		}
		return times
	}
	facts := func(m *Moment) []string {
		out := ""
		if n := expelled(m); n > 0 {
			out = fmt.Sprintf("out %d×", n)
		}
		return told(out, batch(slowRecord(settings), settings))
	}
	return []Phase{
		{
			Do: func(*Moment) []model.LabAction {
				return []model.LabAction{{Kind: model.LabSlow, Consumer: v.name, ProcessingTime: slowRecord(settings)}}
			},
			Missing: func(m *Moment) string {
				c := m.consumer(v.name)
				switch {
				case expelled(m) > 0:
					return ""
				case c != nil && c.State == model.LabExpelled:
					return v.name + " has missed its poll, and the others join again"
				}
				return v.name + " has not missed its poll yet"
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
					return v.name + " is done with its batch, and joins again"
				}
				return v.name + " is out, and busy with its batch"
			},
			Facts: facts,
		},
		{
			Missing: func(m *Moment) string {
				c := m.consumer(v.name)
				switch {
				case expelled(m) > 1:
					return ""
				case c != nil && c.State == model.LabExpelled:
					return v.name + " has missed its poll again"
				}
				return v.name + " is back, and has not missed a poll again"
			},
			Facts: facts,
		},
	}
}

func slowFix(m *Moment) []Phase {
	slow, settings := m.newest(groupOrders), m.settings(groupOrders)
	quiet := func(m *Moment) time.Duration { return m.since(m.group(groupOrders).LastRebalance().SeenAt) }
	settings.ProcessingTime, settings.MaxPollRecords = slowRecord(settings), 2
	enough := 3 * settings.MaxPollInterval / 2 // by then it would have missed a poll
	return []Phase{{
		Do: func(*Moment) []model.LabAction {
			return []model.LabAction{
				{Kind: model.LabLeave, Consumer: slow.Name},
				{Kind: model.LabStartConsumer, Group: groupOrders, Settings: &settings},
			}
		},
		Missing: func(m *Moment) string {
			if m.rebalance(groupOrders, func(r *model.Rebalance) bool { return r.Verdict.Cause == model.CauseMaxPollExceeded }) != nil {
				return "a member missed its poll all the same"
			}
			if missing := m.unsettled(groupOrders, 3); missing != "" {
				return missing
			}
			if quiet(m) < enough {
				return fmt.Sprintf("quiet for %s, and must stay so", quiet(m).Truncate(time.Second))
			}
			return ""
		},
		Facts: func(m *Moment) []string {
			calm := ""
			if m.unsettled(groupOrders, 3) == "" && quiet(m) >= enough {
				calm = fmt.Sprintf("no rebalance for %s (the header counts 10 minutes)", quiet(m).Truncate(time.Second))
			}
			return told(calm, batch(settings.ProcessingTime, settings))
		},
	}}
}
