package explain

import (
	"fmt"
	"strconv"
	"time"

	"regroup/model"
	"regroup/model/settings"
	"regroup/ui/text"
)

// labConsumerOf is the lab's consumer with a member id; nil if the lab has none.
func labConsumerOf(c Context, memberID string) *model.LabConsumer {
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

func labConsumerOfMember(c Context, m *model.MemberView) *model.LabConsumer {
	if m == nil {
		return nil
	}
	return labConsumerOf(c, m.MemberID)
}

// memberOf is the member of a group that a lab consumer is; nil if it is not a member or that is unknown.
func memberOf(g *model.GroupView, d *model.LabConsumer) *model.MemberView {
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
		return Page{Title: name, Sentences: []string{"The lab no longer has this consumer."}}
	}
	g := c.View.Group(d.Group)
	p := Page{Title: fmt.Sprintf("%s: %s", name, d.State)}
	if words := labStateWords[d.State]; words != nil {
		words(&p, c, g, d)
	}
	if !d.State.Ended() {
		labWork(&p, d)
	}
	labSettings(&p, d)
	return p
}

// labStateWords explain what the state of a lab consumer's process means for its group, which is nil if the cluster does not list
// it.
var labStateWords = map[model.LabState]func(*Page, Context, *model.GroupView, *model.LabConsumer){
	model.LabStarting: func(p *Page, _ Context, _ *model.GroupView, _ *model.LabConsumer) {
		p.addf("Its process is running and joining the group: it has no member id yet. The coordinator delays the first rebalance of an empty group to wait for more members.")
		p.addSettings("group.initial.rebalance.delay.ms")
	},
	model.LabRunning: func(p *Page, _ Context, g *model.GroupView, d *model.LabConsumer) {
		if m := memberOf(g, d); m != nil {
			p.addf("It is member %s of %s and owns %s.", m.Slot, d.Group, partitions(d.Owns))
		} else {
			p.addf("It is running and owns %s.", partitions(d.Owns))
		}
		p.advise("X kills it: the group notices at its session timeout. x makes it leave: the group notices at once. space pauses its process, > slows down its processing.")
	},
	model.LabPaused: func(p *Page, c Context, g *model.GroupView, d *model.LabConsumer) {
		p.addf("Its process is stopped (SIGSTOP), as in a long garbage collection or on a suspended host: it sends no heartbeats.")
		sessionCountdown(p, c, g, d)
		if g != nil && g.MembersKnown && d.MemberID != "" && memberOf(g, d) == nil {
			p.addf("When it resumes it still acts as the owner of %s until its next heartbeat or commit is rejected: a zombie until then.", partitions(d.Owns))
		}
		p.advise("space resumes it.")
	},
	model.LabLeaving: func(p *Page, _ Context, g *model.GroupView, d *model.LabConsumer) {
		p.addf("It is shutting down (SIGTERM): it completes its batch, commits, and sends LeaveGroup. The group does not wait for a session timeout: %s at once.", takeoverFrom(g, d, "its partitions"))
	},
	model.LabExpelled: func(p *Page, _ Context, _ *model.GroupView, d *model.LabConsumer) {
		limit := duration(d.Settings.MaxPollInterval)
		if d.Settings.InstanceID != "" {
			p.addf("Processing one batch took longer than max.poll.interval.ms (%s). A static member does not leave the group but stops its heartbeats; the coordinator removes it at its session timeout.", limit)
		} else {
			p.addf("Processing one batch took longer than max.poll.interval.ms (%s), so it left the group although its process is alive. Its uncommitted records are reprocessed by others; when the batch is done it rejoins, and the group rebalances again.", limit)
		}
		p.advise("< speeds up its processing. In production: halve max.poll.records, or raise max.poll.interval.ms above the longest batch.")
	},
	model.LabLeft: func(p *Page, c Context, _ *model.GroupView, d *model.LabConsumer) {
		if d.Settings.InstanceID != "" {
			p.addf("It ended%s without LeaveGroup: a static member (%s) is expected to return. Its partitions stay assigned to it until its session timeout; then others take over.", at(c, d), d.Settings.InstanceID)
			return
		}
		p.addf("It left%s: it committed, sent LeaveGroup and ended. Its partitions could be reassigned at once.", at(c, d))
	},
	model.LabKilled: func(p *Page, c Context, g *model.GroupView, d *model.LabConsumer) {
		p.addf("It was killed (SIGKILL), as in a crash: it sent no LeaveGroup.")
		sessionCountdown(p, c, g, d)
		if n, known := d.Uncommitted.Get(); known && n > 0 {
			p.addf("It had processed %s that it had not committed: the next owners reprocess them.", text.Plural(n, "record"))
		}
		if memberOf(g, d) != nil {
			p.advise("Only removing the member makes the coordinator act sooner; a shorter session.timeout.ms would have.")
		}
	},
	model.LabFailed: func(p *Page, c Context, _ *model.GroupView, d *model.LabConsumer) {
		p.addf("It ended by itself%s with an error.", at(c, d))
		if d.Note != "" {
			p.addf("%s", sentence(d.Note))
		}
		p.advise("n starts another consumer.")
	},
}

// at is the time since a lab consumer entered its state; "" if unknown.
func at(c Context, d *model.LabConsumer) string {
	if d.Since.IsZero() {
		return ""
	}
	return " " + ago(c.Now, d.Since)
}

// takeoverFrom is a clause about the partitions of a lab consumer that ends.
func takeoverFrom(g *model.GroupView, d *model.LabConsumer, what string) string {
	m := memberOf(g, d)
	if m == nil {
		return "the other members take over " + what
	}
	return takeover(g, m.Slot, what)
}

// sessionCountdown explains the session timeout of a consumer without heartbeats.
func sessionCountdown(p *Page, c Context, g *model.GroupView, d *model.LabConsumer) {
	m := memberOf(g, d)
	session := d.Settings.SessionTimeout
	switch {
	case g != nil && g.MembersKnown && d.MemberID != "" && m == nil:
		if g.Rebalancing() {
			p.addf("The coordinator has removed it from the group, and the other members are rejoining.")
		} else {
			p.addf("The coordinator has removed it from the group, and its partitions were reassigned.")
		}
		return
	case d.Since.IsZero():
		p.addf("The coordinator removes it %s after its last heartbeat.", duration(session))
		return
	}
	p.Animated = true
	silent := until(d.Since, c.Now)
	earliest, latest, known := d.SessionEnd()
	what := "its partitions"
	switch { // the lab drops the assignment of a killed consumer, the group still has it
	case m != nil && len(m.Assignment) > 0:
		what = partitions(m.Assignment)
	case len(d.Owns) > 0:
		what = partitions(d.Owns)
	}
	switch {
	case !known && d.MemberID != "":
		p.addf("Heartbeats stopped %s ago. The coordinator removes it at its session timeout, which is unknown for this group.", text.Duration(silent))
	case !known:
		p.addf("Heartbeats stopped %s ago. It had not joined, so no rebalance follows.", text.Duration(silent))
	case c.Now.Before(latest):
		p.addf("Heartbeats stopped %s ago; after %s the coordinator removes it from the group, and %s.", text.Duration(silent), duration(session), takeoverFrom(g, d, what))
		p.addf("Its last heartbeat was sent up to %s before that, so the session timeout is in %s. Until then there is no active consumer for %s.",
			duration(latest.Sub(earliest)), text.DurationBetween(until(c.Now, earliest), until(c.Now, latest)), what)
	default:
		p.addf("Heartbeats stopped %s ago, and its session timeout of %s has passed: the coordinator removes it, and the other members rejoin.", text.Duration(silent), duration(session))
	}
}

// labWork explains what a lab consumer processes.
func labWork(p *Page, d *model.LabConsumer) {
	if r, known := d.Rate.Get(); known {
		p.addf("It has processed %s, currently %s, with %s per record.", text.Plural(d.Processed, "record"), text.Rate(r), perRecord(d.ProcessingTime))
	}
	if d.ProcessingTime > 0 && d.Settings.MaxPollInterval > 0 && d.Settings.MaxPollRecords > 0 {
		batch := time.Duration(d.Settings.MaxPollRecords) * d.ProcessingTime
		if batch > d.Settings.MaxPollInterval {
			p.addf("A full batch of %s takes %s, longer than max.poll.interval.ms (%s): it will leave the group.",
				text.Plural(d.Settings.MaxPollRecords, "record"), text.Duration(batch), duration(d.Settings.MaxPollInterval))
		}
	}
	if d.ReadAgain > 0 {
		p.addf("%s of them were reprocessed: some consumer had processed them before (at-least-once delivery).", text.Count(d.ReadAgain))
	}
	if d.CountsLost > 0 {
		p.addf("The state of %s was dropped with revoked partitions: in-memory state belongs to a partition.", text.Plural(d.CountsLost, "record"))
	}
}

func perRecord(d time.Duration) string {
	if d <= 0 {
		return "no delay"
	}
	return text.Duration(d)
}

// heartbeatInterval is that of a lab consumer: a third of its session timeout unless it is set.
func heartbeatInterval(d *model.LabConsumer) time.Duration {
	if d.Settings.HeartbeatInterval > 0 {
		return d.Settings.HeartbeatInterval
	}
	return d.Settings.SessionTimeout / 3
}

// labSettings adds the settings of a lab consumer.
func labSettings(p *Page, d *model.LabConsumer) {
	used := d.Settings
	used.HeartbeatInterval = heartbeatInterval(d)
	for _, s := range settings.All() {
		value := s.Get(used)
		if value == "" || s.Demo || !s.Applies(used.GroupProtocol) || s.Name == "auto.commit.interval.ms" && used.CommitMode != model.CommitAuto {
			continue
		}
		name := s.Name
		if counterpart, has := serverSettings[name]; has && used.GroupProtocol == model.ProtocolConsumer {
			name = counterpart
		}
		switch n, err := strconv.ParseFloat(value, 64); {
		case err != nil:
		case s.Kind == settings.Number:
			value = text.Count(int(n))
		case s.Kind == settings.Milliseconds: // a third of a session timeout has a fraction
			value = duration(time.Duration(n * float64(time.Millisecond)))
		}
		p.addSetting(name, value)
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
		p.addf("The lab no longer has this producer.")
		return p
	}
	p.addf("It produces %s (target %s); %s so far. Records with the same key go to the same partition.",
		text.Maybe(q.Rate, text.Rate), text.Rate(q.Wanted), text.Plural(q.Produced, "record"))
	if q.Note != "" {
		p.addf("%s", sentence(q.Note))
	}
	p.advise("[ and ] change its rate. a adds a partition to the topic: keys then map to other partitions.")
	return p
}
