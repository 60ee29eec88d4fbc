package explain

import (
	"fmt"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/subject"
	"regroup/ui/text"
)

// newestOf is the rebalance as the view knows it now: its cost grows, and its cause may be judged anew.
func newestOf(c Context, r *model.Rebalance) *model.Rebalance {
	if g := c.View.Group(r.Group); g != nil {
		for _, other := range g.Rebalances {
			if r.Same(other) {
				return other
			}
		}
	}
	return r
}

func rebalancePage(c Context, s subject.Subject) Page {
	r := newestOf(c, s.Rebalance)
	p := Page{}
	switch s.Kind {
	case subject.Moved:
		movedWords(&p, c, r)
	case subject.Took:
		tookWords(&p, c, r)
	case subject.Cost:
		costWords(&p, c, r)
	default:
		whyWords(&p, c, r)
	}
	return p
}

func whyWords(p *Page, c Context, r *model.Rebalance) {
	cause := r.Verdict.Cause
	if cause == "" {
		cause = model.CauseUnknown
	}
	p.Title = fmt.Sprintf("Why %s → %s: %s", r.From, r.To, cause.Words())
	if cause == model.CauseUnknown {
		p.Title = fmt.Sprintf("Why %s → %s: not known", r.From, r.To)
	}
	sure := confidences[r.Verdict.Confidence]
	if cause == model.CauseUnknown {
		sure = ""
	}
	unsure := sure != "" && r.Verdict.Confidence == model.Possible
	if unsure { // before anybody believes what follows
		p.Title += ", perhaps"
		p.say("%s", sure)
	}
	words, known := causeTexts[cause]
	if !known {
		p.say("regroup has no words for this cause.")
	} else {
		p.say("%s", words.words)
	}
	if r.Verdict.Evidence != "" {
		p.say("What it is concluded from: %s.", r.Verdict.Evidence)
	}
	switch {
	case unsure && cause == model.CauseMemberLeft:
		p.say("A crash ends the same way, session.timeout.ms after the last heartbeat; heartbeats are not seen from here. What the process itself logged tells the two apart.")
		p.setFor(c.View.Group(r.Group), "session.timeout.ms")
	case sure != "" && !unsure:
		p.say("%s", sure)
	}
	for _, v := range r.Also {
		p.say("Also %s, %s: %s.", v.Cause.Words(), v.Confidence, v.Evidence)
	}
	if r.AtLeast > 1+r.Superseded {
		p.say("At least %d rebalances passed between two looks. Only what they did together is known, and the cause need not be that of all.", r.AtLeast)
	}
	if superseded := r.SupersededWords(); superseded != "" {
		p.say("In between %s: the next one started before the leader had sent the assignment.", superseded)
	}
	p.setFor(c.View.Group(r.Group), words.settings...)
	p.do(words.act...)
}

func movedWords(p *Page, c Context, r *model.Rebalance) {
	p.Title = fmt.Sprintf("%d of %d partitions moved", len(r.Moves), r.Partitions())
	switch {
	case len(r.Moves) == 0:
		p.say("Everybody owns what it owned before. An eager group stopped all the same until everybody had joined.")
	default:
		orphans := 0
		for _, m := range r.Moves {
			if m.To == model.Nobody {
				orphans++
			}
		}
		p.say("So many have another owner after it than before. Each of them pauses until its new owner has found its offset and begun to read.")
		if orphans > 0 {
			p.say("%s went to nobody: in a cooperative group the next rebalance hands them out; else nobody was left to take them.", text.Plural(orphans, "partition"))
		}
	}
	if s, known := r.Stickiness.Get(); known {
		switch {
		case s.Moved > s.Necessary:
			p.say("%d moved from one member to another, %d of them necessarily: an equally balanced assignment needed no more. The assignor chose the others.", s.Moved, s.Necessary)
			p.do("A sticky assignor moves no more than it must: cooperative-sticky, or group.protocol=consumer. w shows what each would do.")
		case s.Moved > 0:
			p.say("All moves were necessary: no equally balanced assignment moves fewer.")
		}
	}
	p.setFor(c.View.Group(r.Group), "partition.assignment.strategy", "group.protocol")
}

func tookWords(p *Page, c Context, r *model.Rebalance) {
	total := between(r.Began, r.Ended)
	p.Title = "How long it took"
	if total == "" {
		p.say("When it began or ended is not known well enough to tell.")
		return
	}
	p.Title = "It took " + total
	join, sync := between(r.Began, r.JoinEnded), between(r.JoinEnded, r.Ended)
	switch {
	case r.Type == model.TypeConsumer && join != "":
		p.say("%s until the coordinator had computed the target, and %s until every member owned what it is to own. Members read on meanwhile what they keep.", join, sync)
	case r.Type == model.TypeConsumer:
		p.say("From the new group epoch to the moment when every member owned its target. Members read on meanwhile what they keep.")
	case r.MembersAfter == 0 && len(r.After) == 0:
		p.say("From when the coordinator began to collect the members to when it had none: nobody was left to join, so there was no leader and nothing to hand out.")
	case join != "":
		p.say("Join, %s: the coordinator waited until every member had sent JoinGroup. Sync, %s: the leader worked out who gets what and handed it in.", join, sync)
		p.say("A long join is one member that came late: members hear of a rebalance with their next heartbeat and join with their next poll. One that is dead is waited for until its session ends.")
	default:
		p.say("From when the coordinator began to collect the members to when each had been told what it owns.")
	}
	if atLeast, atMost := r.Duration(); r.Recorded.IsZero() && atLeast != atMost {
		p.say("Only polls saw it, so it lies between two of them: that is why it is a span.")
	}
	p.setFor(c.View.Group(r.Group), "max.poll.interval.ms", "heartbeat.interval.ms", "group.initial.rebalance.delay.ms")
	p.do("To shorten it: shorter batches (max.poll.records), and heartbeats more often. With an incremental assignor its length matters less.")
}

func costWords(p *Page, c Context, r *model.Rebalance) {
	cost := &r.Cost
	p.Title = "What it cost"
	if !cost.Complete && len(cost.Pauses) == 0 && cost.ConsumerTimeLost == 0 {
		p.say("It is not known: to tell for how long nobody read, regroup must see the commits before and after.")
		p.set("auto.commit.interval.ms")
		return
	}
	late := 0
	for i := range cost.Pauses {
		if cost.Pauses[i].StillPaused() {
			late++
		}
	}
	switch most, known := cost.PausedAtMost.Get(); {
	case len(cost.Pauses) == 0:
		p.say("No partition changed hands, so none waited for a new owner.")
	case !known:
		p.say("Nobody has read the slowest partition for at least %s.", text.Duration(cost.PausedAtLeast))
	default:
		which := "the partition that moved"
		if n := len(cost.Pauses); n > 1 {
			which = fmt.Sprintf("the slowest of the %s partitions that moved", text.Count(n))
		}
		p.say("Nobody read %s for %s. The lower bound is from when the old owner had surely stopped to when the new one was told; the upper from the last commit to the first one after.",
			which, text.DurationBetween(cost.PausedAtLeast, most))
	}
	if late > 0 {
		p.say("%d of them %s not been seen read again.", late, map[bool]string{true: "has", false: "have"}[late == 1])
	}
	if n, known := cost.LagAdded.Get(); known {
		p.say("Meanwhile their lag grew by %s.", text.Count(n))
	}
	if n, known := cost.Reprocessed.Get(); known && n > 0 {
		p.say("%s are read a second time, because the commit went back: at least once means that.", text.Plural(n, "offset"))
	} else if known {
		p.say("No committed offset is read a second time. What was read and not committed before it, nobody can know.")
	}
	if cost.ConsumerTimeLost > 0 {
		if r.Protocol() == model.ProtocolEager {
			p.say("Members together did nothing for at most %.1f seconds because of it (member-seconds): counted from its beginning, though each reads on until its next heartbeat tells it to join again. When that was nobody sees from here.", cost.ConsumerTimeLost.Seconds())
		} else {
			p.say("Members together did nothing for %.1f seconds because of it (member-seconds).", cost.ConsumerTimeLost.Seconds())
		}
	}
	if !cost.Complete {
		p.say("It is still being counted: until everything is read again, or %s have passed.", duration(ownership.CostWindow))
	}
	if r.Verdict.Cause == model.CauseSessionTimeout {
		p.setFor(c.View.Group(r.Group), "session.timeout.ms")
	}
	p.setFor(c.View.Group(r.Group), "auto.commit.interval.ms", "partition.assignment.strategy")
	p.do("Commit before partitions are given up (in the rebalance listener), and less is read again; shorter sessions and batches make pauses shorter.")
}
