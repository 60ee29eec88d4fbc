package explain

import (
	"fmt"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/subject"
	"regroup/ui/text"
)

// latest is the rebalance in the current view: its cost grows, and its verdict may be revised.
func latest(c Context, r *model.Rebalance) *model.Rebalance {
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
	r := latest(c, s.Rebalance)
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
		p.Title = fmt.Sprintf("Why %s → %s: unknown", r.From, r.To)
	}
	sure := confidences[r.Verdict.Confidence]
	if cause == model.CauseUnknown {
		sure = ""
	}
	unsure := sure != "" && r.Verdict.Confidence == model.Possible
	if unsure { // first, as a caveat
		p.Title += ", perhaps"
		p.addf("%s", sure)
	}
	words, known := causeTexts[cause]
	if !known {
		p.addf("This version of regroup does not know the cause.")
	} else {
		p.addf("%s", words.words)
	}
	if r.Verdict.Evidence != "" {
		p.addf("Evidence: %s.", r.Verdict.Evidence)
	}
	switch {
	case unsure && cause == model.CauseMemberLeft:
		p.addf("A crash looks the same, session.timeout.ms after the last heartbeat: regroup cannot observe heartbeats. The log of the process tells the two apart.")
		p.addSettingsOf(c.View.Group(r.Group), "session.timeout.ms")
	case sure != "" && !unsure:
		p.addf("%s", sure)
	}
	for _, v := range r.Also {
		p.addf("Also %s, %s: %s.", v.Cause.Words(), v.Confidence, v.Evidence)
	}
	if r.AtLeast > 1+r.Superseded {
		p.addf("At least %d rebalances between two polls: only their combined effect is known, and they may have different causes.", r.AtLeast)
	}
	if superseded := r.SupersededWords(); superseded != "" {
		p.addf("In between %s: the next one started before the leader had sent the assignment.", superseded)
	}
	p.addSettingsOf(c.View.Group(r.Group), words.settings...)
	p.advise(words.actions...)
}

func movedWords(p *Page, c Context, r *model.Rebalance) {
	p.Title = upperFirst(r.MoveWords())
	moved, assigned, unassigned := r.MoveCounts()
	if len(r.Moves) == 0 {
		p.addf("Every member owns the same partitions as before. In an eager group all members were paused nevertheless until the rebalance completed.")
	}
	if moved > 0 {
		p.addf("A moved partition is paused until its new owner has fetched the committed offset and consumes.")
	}
	if assigned > 0 {
		p.addf("%s had no owner before: an assignment is not a move.", text.Plural(assigned, "partition"))
	}
	if unassigned > 0 {
		p.addf("%s became unassigned: in a cooperative group the next rebalance assigns them; otherwise no member was left.", text.Plural(unassigned, "partition"))
	}
	if s, known := r.Stickiness.Get(); known {
		switch {
		case s.Moved > s.Necessary:
			p.addf("An equally balanced assignment needed only %s; the others were avoidable.", text.Plural(s.Necessary, "move"))
			p.advise("A sticky assignor avoids unnecessary moves: cooperative-sticky, or group.protocol=consumer. w forecasts each of them.")
		case s.Moved > 0:
			p.addf("All moves were necessary: no equally balanced assignment moves fewer.")
		}
	}
	p.addSettingsOf(c.View.Group(r.Group), "partition.assignment.strategy", "group.protocol")
}

func tookWords(p *Page, c Context, r *model.Rebalance) {
	total := between(r.Began, r.Ended)
	p.Title = "How long it took"
	if total == "" {
		p.addf("Its beginning or end is unknown.")
		return
	}
	p.Title = "It took " + total
	join, sync := between(r.Began, r.JoinEnded), between(r.JoinEnded, r.Ended)
	switch {
	case r.Type == model.TypeConsumer && join != "":
		p.addf("%s until the coordinator had computed the target assignment, and %s until every member had converged. Members kept consuming the partitions that stayed.", join, sync)
	case r.Type == model.TypeConsumer:
		p.addf("From the new group epoch until every member had converged. Members kept consuming the partitions that stayed.")
	case r.MembersAfter == 0 && len(r.After) == 0:
		p.addf("From the start of the join until the group was empty: no member was left to join, so there was no leader and no assignment.")
	case join != "":
		p.addf("Join, %s: the coordinator waited for JoinGroup from every member. Sync, %s: the leader computed the assignment and sent it with SyncGroup.", join, sync)
		p.addf("A long join means that one member was late: members learn of a rebalance with their next heartbeat and rejoin with their next poll(). A dead member delays the join until its session timeout.")
	default:
		p.addf("From the start of the join until the leader's assignment arrived.")
	}
	if atLeast, atMost := r.Began.Until(r.Ended); r.Recorded.IsZero() && atMost != model.Some(atLeast) {
		p.addf("It was observed by polls only, so its times are intervals between two polls.")
	}
	p.addSettingsOf(c.View.Group(r.Group), "max.poll.interval.ms", "heartbeat.interval.ms", "group.initial.rebalance.delay.ms")
	p.advise("To shorten it: smaller batches (max.poll.records) and a shorter heartbeat interval. With an incremental assignor the duration matters less.")
}

func costWords(p *Page, c Context, r *model.Rebalance) {
	cost := &r.Cost
	p.Title = "What it cost"
	if !cost.Complete && len(cost.Pauses) == 0 && cost.ConsumerTimeLost == 0 {
		p.addf("Unknown: to measure pauses, regroup has to observe commits before and after the rebalance.")
		p.addSettings("auto.commit.interval.ms")
		return
	}
	paused := 0
	for i := range cost.Pauses {
		if cost.Pauses[i].StillPaused() {
			paused++
		}
	}
	switch most, known := cost.PausedAtMost.Get(); {
	case len(cost.Pauses) == 0:
		p.addf("No partition moved, so none waited for a new owner.")
	case !known:
		p.addf("The slowest partition has been paused for at least %s.", text.Duration(cost.PausedAtLeast))
	default:
		of := "the moved partition"
		if n := len(cost.Pauses); n > 1 {
			of = fmt.Sprintf("longest of %s moved partitions", text.Count(n))
		}
		p.addf("Paused %s (%s). The lower bound is from when the previous owner had certainly stopped until the new one received its assignment, the upper bound from the last commit before to the first commit after.",
			text.DurationBetween(cost.PausedAtLeast, most), of)
	}
	if paused > 0 {
		p.addf("%d of them %s still paused.", paused, agree(paused, "is", "are"))
	}
	if n, known := cost.LagAdded.Get(); known {
		p.addf("Lag grew by %s meanwhile.", text.Count(n))
	}
	if n, known := cost.Reprocessed.Get(); known && n > 0 {
		p.addf("%s reprocessed, because the new owner resumed from an earlier committed offset (at-least-once delivery).", text.Plural(n, "record"))
	} else if known {
		p.addf("No committed record was reprocessed. Records that were processed but not committed before the rebalance cannot be observed.")
	}
	if cost.ConsumerTimeLost > 0 {
		if r.Protocol() == model.ProtocolEager {
			p.addf("Consumer time lost ≤%s, summed over the members. It is an upper bound from the start of the rebalance: members keep consuming until their next heartbeat tells them to rejoin, which regroup cannot observe.", text.Duration(cost.ConsumerTimeLost))
		} else {
			p.addf("Consumer time lost %s, summed over the members.", text.Duration(cost.ConsumerTimeLost))
		}
	}
	if !cost.Complete {
		p.addf("Not final yet: it is measured until every moved partition is consumed again, for at most %s.", duration(ownership.CostWindow))
	}
	if r.Verdict.Cause == model.CauseSessionTimeout {
		p.addSettingsOf(c.View.Group(r.Group), "session.timeout.ms")
	}
	p.addSettingsOf(c.View.Group(r.Group), "auto.commit.interval.ms", "partition.assignment.strategy")
	p.advise("Commit in onPartitionsRevoked (rebalance listener) to reprocess fewer records; a shorter session timeout and smaller batches shorten pauses.")
}
