package explain

import (
	"fmt"
	"strconv"
	"time"

	"regroup/model"
	"regroup/model/settings"
	"regroup/ui/text"
)

// demoOf is the lab's consumer with a member id; nil if it is none of the lab's.
func demoOf(c Context, memberID string) *model.LabConsumer {
	if c.View == nil || c.View.Lab == nil || memberID == "" {
		return nil
	}
	for i := range c.View.Lab.Consumers {
		if d := &c.View.Lab.Consumers[i]; d.MemberID == memberID {
			return d
		}
	}
	return nil
}

func demoOfOwner(c Context, m *model.MemberView) *model.LabConsumer {
	if m == nil {
		return nil
	}
	return demoOf(c, m.MemberID)
}

// demoMember is the member that a demo consumer is in its group; nil if it is none, or that is not known.
func demoMember(g *model.GroupView, d *model.LabConsumer) *model.MemberView {
	if g == nil || d.MemberID == "" {
		return nil
	}
	for i := range g.Members {
		if g.Members[i].MemberID == d.MemberID {
			return &g.Members[i]
		}
	}
	return nil
}

func consumerPage(c Context, name string) Page {
	var d *model.LabConsumer
	if c.View.Lab != nil {
		for i := range c.View.Lab.Consumers {
			if c.View.Lab.Consumers[i].Name == name {
				d = &c.View.Lab.Consumers[i]
			}
		}
	}
	if d == nil {
		return Page{Title: name, Sentences: []string{"The lab has no consumer of that name any more."}}
	}
	g := c.View.Group(d.Group)
	p := Page{Title: fmt.Sprintf("%s: %s", name, d.State)}
	if words := demoStateWords[d.State]; words != nil {
		words(&p, c, g, d)
	}
	if !d.State.Ended() {
		demoWork(&p, d)
	}
	demoSettings(&p, d)
	return p
}

// demoStateWords say what the state of a demo consumer's process means for its group. The group is nil where it is not
// listed.
var demoStateWords = map[model.LabState]func(*Page, Context, *model.GroupView, *model.LabConsumer){
	model.LabStarting: func(p *Page, _ Context, _ *model.GroupView, _ *model.LabConsumer) {
		p.say("Its process runs and joins the group: it has no member id yet. In an empty group the coordinator waits a moment for more members.")
		p.set("group.initial.rebalance.delay.ms")
	},
	model.LabRunning: func(p *Page, _ Context, g *model.GroupView, d *model.LabConsumer) {
		if m := demoMember(g, d); m != nil {
			p.say("It is member %s of %s and owns %s.", m.Slot, d.Group, partitions(d.Owns))
		} else {
			p.say("It runs, and owns %s.", partitions(d.Owns))
		}
		p.do("X kills it: its group finds out when the session ends. x asks it to leave: at once. space stops it, > makes it slow.")
	},
	model.LabPaused: func(p *Page, c Context, g *model.GroupView, d *model.LabConsumer) {
		p.say("Its process is stopped (SIGSTOP), as by a long garbage collection or a machine that stands still: no heartbeat leaves it.")
		silence(p, c, g, d)
		if g != nil && g.MembersKnown && d.MemberID != "" && demoMember(g, d) == nil {
			p.say("When it goes on it still believes that it owns %s, and reads on until its next heartbeat or commit is refused: a zombie, for a moment.", partitions(d.Owns))
		}
		p.do("space lets it go on.")
	},
	model.LabLeaving: func(p *Page, _ Context, g *model.GroupView, d *model.LabConsumer) {
		p.say("It was asked to leave (SIGTERM): it finishes its batch, commits, and tells the coordinator. Nobody has to wait for a session to end: at once, %s.", inheritOf(g, d, "its partitions"))
	},
	model.LabExpelled: func(p *Page, _ Context, _ *model.GroupView, d *model.LabConsumer) {
		limit := duration(d.Settings.MaxPollInterval)
		if d.Settings.InstanceID != "" {
			p.say("Working off one batch took longer than max.poll.interval.ms (%s). As a static member it does not leave but stops its heartbeats; the coordinator puts it out a session later.", limit)
		} else {
			p.say("Working off one batch took longer than max.poll.interval.ms (%s), so it left the group, although it lives. What it has not committed others read again; when it is done it joins once more, and the group rebalances once more.", limit)
		}
		p.do("< makes it faster. In a real group: halve max.poll.records, or raise max.poll.interval.ms above the longest batch.")
	},
	model.LabLeft: func(p *Page, c Context, _ *model.GroupView, d *model.LabConsumer) {
		if d.Settings.InstanceID != "" {
			p.say("It ended%s without telling the coordinator: a static member (%s) is expected back. Its partitions wait for it until its session ends; then others get them.", at(c, d), d.Settings.InstanceID)
			return
		}
		p.say("It left%s in good order: it committed, told the coordinator, and ended. The others had its partitions at once.", at(c, d))
	},
	model.LabKilled: func(p *Page, c Context, g *model.GroupView, d *model.LabConsumer) {
		p.say("It was killed (SIGKILL), as by a crash: it could tell nobody.")
		silence(p, c, g, d)
		if n, known := d.Uncommitted.Get(); known && n > 0 {
			p.say("It had processed %s that it had not committed: the next owners read them again.", text.Plural(n, "record"))
		}
		if demoMember(g, d) != nil {
			p.do("Nothing makes the coordinator find out sooner, except removing the member by hand; a shorter session.timeout.ms would have.")
		}
	},
	model.LabFailed: func(p *Page, c Context, _ *model.GroupView, d *model.LabConsumer) {
		p.say("It ended by itself%s, with an error.", at(c, d))
		if d.Note != "" {
			p.say("%s", sentence(d.Note))
		}
		p.do("n starts another one.")
	},
}

// at is how long ago a demo consumer came into its state, if that is known.
func at(c Context, d *model.LabConsumer) string {
	if d.Since.IsZero() {
		return ""
	}
	return " " + ago(c.Now, d.Since)
}

// inheritOf says who gets what a demo consumer leaves behind.
func inheritOf(g *model.GroupView, d *model.LabConsumer, what string) string {
	m := demoMember(g, d)
	if m == nil {
		return "the others get " + what
	}
	return inherit(g, m.Slot, what)
}

// silence counts down the session of a consumer that says nothing any more.
func silence(p *Page, c Context, g *model.GroupView, d *model.LabConsumer) {
	m := demoMember(g, d)
	session := d.Settings.SessionTimeout
	switch {
	case g != nil && g.MembersKnown && d.MemberID != "" && m == nil:
		if g.Rebalancing() {
			p.say("Its group has found out: it is no member any more, and the others are joining to share out its partitions.")
		} else {
			p.say("Its group has found out: it is no member any more, and what it owned was shared out anew.")
		}
		return
	case d.Since.IsZero():
		p.say("The coordinator waits until %s have passed since its last heartbeat; then it puts it out.", duration(session))
		return
	}
	p.Moves = true
	silent := until(d.Since, c.Now)
	earliest, latest, known := d.SessionEnd()
	what := "its partitions"
	switch { // of one that was killed, the lab no longer says what it owns; its group still does
	case m != nil && len(m.Assignment) > 0:
		what = partitions(m.Assignment)
	case len(d.Owns) > 0:
		what = partitions(d.Owns)
	}
	switch {
	case !known && d.MemberID != "":
		p.say("Heartbeats stopped %s ago. The coordinator puts it out when its session has ended; how long that is in this group is not known.", text.Duration(silent))
	case !known:
		p.say("Heartbeats stopped %s ago. It had not joined, so nobody misses it.", text.Duration(silent))
	case c.Now.Before(latest):
		p.say("Heartbeats stopped %s ago; at %s the coordinator puts it out, and %s.", text.Duration(silent), duration(session), inheritOf(g, d, what))
		p.say("Its last heartbeat left up to %s before that, so the session ends in %s. Until then nobody reads %s.",
			duration(latest.Sub(earliest)), text.DurationBetween(until(c.Now, earliest), until(c.Now, latest)), what)
	default:
		p.say("Heartbeats stopped %s ago, its session of %s is over: the coordinator puts it out, and the others have to join for a new share.", text.Duration(silent), duration(session))
	}
}

// demoWork is what a demo consumer does.
func demoWork(p *Page, d *model.LabConsumer) {
	if r, known := d.Rate.Get(); known {
		p.say("It has processed %s, lately %s; a record takes %s.", text.Plural(d.Processed, "record"), text.Rate(r), took(d.ProcessingTime))
	}
	if d.ProcessingTime > 0 && d.Settings.MaxPollInterval > 0 && d.Settings.MaxPollRecords > 0 {
		batch := time.Duration(d.Settings.MaxPollRecords) * d.ProcessingTime
		if batch > d.Settings.MaxPollInterval {
			p.say("A full batch of %s would take %s: longer than max.poll.interval.ms (%s), and then it is out of the group.",
				text.Plural(d.Settings.MaxPollRecords, "record"), text.Duration(batch), duration(d.Settings.MaxPollInterval))
		}
	}
	if d.ReadAgain > 0 {
		p.say("%s of them had been processed before by some consumer: at least once means that.", text.Count(d.ReadAgain))
	}
	if d.CountsLost > 0 {
		p.say("The counts of %s were lost with partitions that went to others: state in memory lives with a partition.", text.Plural(d.CountsLost, "record"))
	}
}

func took(d time.Duration) string {
	if d <= 0 {
		return "no time"
	}
	return text.Duration(d)
}

// heartbeat is how often a demo consumer sends one: a third of its session unless it was told otherwise.
func heartbeat(d *model.LabConsumer) time.Duration {
	if d.Settings.HeartbeatInterval > 0 {
		return d.Settings.HeartbeatInterval
	}
	return d.Settings.SessionTimeout / 3
}

// demoSettings are those that a demo consumer runs with.
func demoSettings(p *Page, d *model.LabConsumer) {
	used := d.Settings
	used.HeartbeatInterval = heartbeat(d)
	for _, s := range settings.All() {
		value := s.Get(used)
		if value == "" || s.Demo || !s.Applies(used.GroupProtocol) || s.Name == "auto.commit.interval.ms" && used.CommitMode != model.CommitAuto {
			continue
		}
		name := s.Name
		if server, has := serverSettings[name]; has && used.GroupProtocol == model.ProtocolConsumer {
			name = server
		}
		if n, err := strconv.Atoi(value); err == nil && s.Kind == settings.Number {
			value = text.Count(n)
		} else if err == nil && s.Kind == settings.Milliseconds {
			value = duration(time.Duration(n) * time.Millisecond)
		}
		p.setTo(name, value)
	}
}

func producerPage(c Context, topic string) Page {
	p := Page{Title: "The producer of " + topic}
	var q *model.LabProducer
	if c.View.Lab != nil {
		for i := range c.View.Lab.Producers {
			if c.View.Lab.Producers[i].Topic == topic {
				q = &c.View.Lab.Producers[i]
			}
		}
	}
	if q == nil {
		p.say("The lab has none any more.")
		return p
	}
	p.say("It writes %s, of %s that were asked for; %s so far. Records with the same key go to the same partition.",
		text.Maybe(q.Rate, text.Rate), text.Rate(q.Wanted), text.Plural(q.Produced, "record"))
	if q.Note != "" {
		p.say("%s", sentence(q.Note))
	}
	p.do("[ and ] change its rate, a adds a partition to the topic: keys then go to other partitions than before.")
	return p
}
