package explain

import (
	"fmt"
	"slices"
	"time"

	"regroup/model"
	"regroup/model/storm"
	"regroup/ui/subject"
	"regroup/ui/text"
)

// assignors are those that Kafka has itself, and what they do.
var assignors = map[string]string{
	"range": "Topic by topic, members that stand in order each get a stretch of neighbouring partitions; what is left over goes to the " +
		"first ones, of every topic anew. Partition 3 of two topics goes to the same member, which joins need.",
	"roundrobin": "All partitions of all topics are dealt out one by one, like cards. It is even, and one member more moves nearly everything.",
	"sticky":     "As even as it can be, and as little moves as possible. But members give up everything before each join all the same.",
	"cooperative-sticky": "As sticky, but members keep what they keep: a partition that is to move is given up in one rebalance and handed " +
		"out in a second one right after (KIP-429).",
	"stream": "Kafka Streams' own: partitions go with the tasks that read them, and tasks to where their state is. Members keep what they keep, " +
		"and a task whose state has to be restored first moves in a later rebalance (KIP-441).",
	"uniform": "The coordinator's own: as even as it can be, and what can stay stays.",
}

func assignorPage(_ Context, g *model.GroupView) Page {
	p := Page{Title: "Assignor: " + g.Assignor}
	switch {
	case g.Type == model.TypeShare:
		p.Title = "A share group (KIP-932)"
		p.say("Its members share partitions record by record. Nobody owns one, so there is nothing to assign in the sense of a consumer group, and no committed offset to read a lag from.")
		return p
	case g.Type == model.TypeStreams:
		p.Title = "A streams group (KIP-1071)"
		p.say("The coordinator hands out tasks of a topology to its members. regroup sees its type, its state and its coordinator.")
		return p
	case g.ProtocolType != "" && g.ProtocolType != "consumer":
		p.Title = "Protocol " + g.ProtocolType
		p.say("Its members are not consumers: they speak the protocol %q among themselves, and what they share out only they can read.", g.ProtocolType)
		return p
	case g.Assignor == "":
		p.Title = "No assignor is known"
		p.say("A group without members has none, and while a group rebalances it is being chosen. It is also unknown as long as the group was not described.")
	case g.Type == model.TypeConsumer:
		p.say("This is a consumer group (KIP-848): the coordinator assigns, and tells each member in the answer to its heartbeat. %s", assignors[g.Assignor])
		p.say("No member waits for all others: each gives up what it is to give up and goes on with the rest.")
		p.setFor(g, "group.protocol", "group.remote.assignor", "group.consumer.assignors")
		return p
	case assignors[g.Assignor] == "":
		p.say("The members chose %q, which is none of Kafka's own: what it does only its author can say.", g.Assignor)
	default:
		p.say("The leader of the group shares out the partitions with it; every member supports it. %s", assignors[g.Assignor])
	}
	switch protocol := g.Protocol(); {
	case protocol == model.ProtocolEager:
		p.say("It is eager: in a rebalance all members stop, also those whose partitions stay.")
		p.do("To have members read on through rebalances: cooperative-sticky, in two rolling restarts (first both assignors, then only the new "+
			"one), or group.protocol=consumer on brokers from 4.0 on.", "w shows what another assignor would move.")
	case protocol == model.ProtocolIncremental:
		p.say("It is incremental: in a rebalance members go on reading what they keep.")
		p.do("Should a rebalance wait for slow members too often, group.protocol=consumer does without the wait.")
	case g.Assignor != "":
		p.say("Whether it is eager or incremental is unknown: in a rebalance members may keep reading, or stop.")
	}
	p.setFor(g, "partition.assignment.strategy", "group.protocol")
	return p
}

func membersPage(_ Context, g *model.GroupView) Page {
	p := Page{Title: text.Plural(len(g.Members), "member")}
	if !g.MembersKnown {
		p.Title = "Members are not known"
		p.say("The group could not be described: who is in it and who owns what is unknown. ! says what was answered.")
		return p
	}
	static := 0
	for i := range g.Members {
		if g.Members[i].InstanceID != "" {
			static++
		}
	}
	switch {
	case len(g.Members) == 0:
		p.say("Nobody is in the group.")
	case static == 0:
		p.say("Each is one consumer that has joined and sends heartbeats to the coordinator. All are dynamic: a restart is a leave and a join.")
	default:
		p.say("Each is one consumer that has joined and sends heartbeats to the coordinator. %d of %d %s static (group.instance.id): "+
			"a restart within the session moves nothing.", static, len(g.Members), isAre(static))
	}
	if g.Idle > 0 {
		p.say("%s %s idle: it owns nothing, because there are no more partitions than other members. It takes over when another goes.",
			text.Plural(g.Idle, "member"), isAre(g.Idle))
		p.do("Idle members are a reserve. For more work at a time, the topic needs more partitions.")
	}
	if g.Joining > 0 {
		p.say("+%d: so many are joining, or wait for what they are to own.", g.Joining)
	}
	if skew, known := g.Skew.Get(); known && skew > 1.5 {
		p.say("They share unevenly: the one with the most partitions has %.1f times the mean.", skew)
	}
	p.setFor(g, "session.timeout.ms", "group.instance.id")
	p.do("enter opens the group; there e explains a member.")
	return p
}

func partsPage(_ Context, g *model.GroupView) Page {
	p := Page{Title: text.Plural(len(g.Partitions), "partition")}
	p.say("These are the partitions that the group has to do with: of topics that members subscribe to, that they own, or where an offset is committed.")
	if g.Unassigned > 0 {
		p.say("%s %s no owner although the group is settled: nobody reads them, and their lag grows with whatever arrives.",
			text.Plural(g.Unassigned, "partition"), map[bool]string{true: "has", false: "have"}[g.Unassigned == 1])
		p.do("Open the group and look at the row “nobody”. Often a client does not know of new partitions yet; or an assignment was not " +
			"readable. A restart of one member makes the leader look again.")
		p.setFor(g, "metadata.max.age.ms")
		return p
	}
	if len(g.Members) > 0 {
		p.say("All that members subscribe to have an owner. A partition is read by one member of a group at a time: more members than partitions leaves some idle.")
	}
	p.setFor(g, "partition.assignment.strategy")
	return p
}

func lagPage(_ Context, g *model.GroupView) Page {
	lag, known := g.Lag.Get()
	if !known {
		p := Page{Title: "The lag is not known"}
		p.say("Lag is the log's end less the committed offset. Of this group no offset is committed, or neither could be read.")
		p.set("auto.offset.reset")
		return p
	}
	p := Page{Title: "Lag " + text.Lag(g.Lag, g.LagIncomplete)}
	p.say("So many records were written and are not committed as read, over %s.", text.Plural(len(g.Partitions), "partition"))
	if g.LagIncomplete {
		p.say("≥: of some partitions it is not known, because there is no commit or no log end. Those are not counted.")
	}
	flow(&p, g, lag)
	if g.OutOfRange > 0 {
		p.say("≠: the commit of %s lies outside the log; where, the group's page says.", text.Plural(g.OutOfRange, "partition"))
	}
	p.set("max.poll.records", "auto.commit.interval.ms")
	return p
}

// flow says where a lag goes, and how long that takes.
func flow(p *Page, g *model.GroupView, lag int64) {
	in, inKnown := g.ProduceRate.Get()
	out, outKnown := g.ConsumeRate.Get()
	if inKnown && outKnown {
		p.say("In the last %s %s arrived and %s were committed.", duration(model.RateWindow), text.Rate(in), text.Rate(out))
	}
	switch g.Trend {
	case model.TrendGrowing:
		p.say("↑: it grows.")
		p.do("Is a rebalance or a slow member behind it? The group's page shows whose partitions lag. If all do alike, the group needs more "+
			"members, up to one a partition, or faster processing.", "Watch BEHIND against retention.ms: what is older is deleted unread.")
		p.set("retention.ms")
	case model.TrendFalling:
		if inKnown && outKnown && out > 1.1*in {
			p.say("↓: it falls, and would be gone in about %s.", text.Duration(time.Duration(float64(lag)/(out-in)*float64(time.Second))))
		} else {
			p.say("↓: it falls.")
		}
		p.do("Nothing: the group catches up.")
	case model.TrendStalled:
		p.say("!: nothing was committed for a minute, although members own the partitions. They are stuck, they fail on the same record again and again, or they do not commit.")
		p.do("Look at the owners' logs now: an exception in the loop, a call that never returns, a deserialiser that fails on one record.",
			"If one record is the cause, skip it: stop the group, then kafka-consumer-groups.sh --reset-offsets --shift-by 1 on that partition.")
		p.set("enable.auto.commit", "max.poll.interval.ms")
	case model.TrendSteady:
		p.say("It neither grows nor falls: what was committed goes in steps, so a small lag is never quite 0.")
	default:
		p.say("Where it goes is known after a minute of looking.")
	}
}

func historyPage(_ Context, g *model.GroupView) Page {
	p := Page{Title: "The lag over the last minute"}
	most, least, known := int64(0), int64(0), 0
	for _, n := range g.LagHistory {
		if n < 0 {
			continue
		}
		if known == 0 || n < least {
			least = n
		}
		most = max(most, n)
		known++
	}
	if known == 0 {
		p.say("There is no sample yet: one is taken every %s.", duration(model.LagHistoryStep))
		return p
	}
	p.say("Newest at the right, one sample every %s. It went from %s to %s at least and at most.", duration(model.LagHistoryStep), text.Count(least), text.Count(most))
	p.say("The line is scaled to the group's own highest value; a lag that hardly changes is drawn flat. A step up and down every few seconds is the rhythm of the commits.")
	p.set("auto.commit.interval.ms")
	return p
}

func behindPage(_ Context, g *model.GroupView) Page {
	d, known := g.Behind.Get()
	if !known {
		p := Page{Title: "How far behind is not known"}
		p.say("It is how old the next record to read is. regroup knows that from having watched the log's end grow, so it takes a while; without a commit there is no next record.")
		return p
	}
	p := Page{Title: text.Duration(d) + " behind"}
	p.say("The next record that the group will read arrived %s ago, on the partition that is farthest behind. That is what a user feels: lag is in records, this is in time.", text.Duration(d))
	if g.BehindApprox {
		p.say("It is extrapolated on some partition: the record arrived before regroup began to look, so its age follows from the rate at which records arrive.")
	}
	p.say("When it comes near the topic's retention, records are deleted before they are read.")
	p.set("retention.ms")
	if d > time.Minute {
		p.do("Open the group and sort its partitions by lag: one partition behind means one member or one key; all of them, too few members.")
	}
	return p
}

func generationPage(c Context, g *model.GroupView) Page {
	word, title := "generation", "Generation "+g.Generation.String()
	if server(g) || g.Type == model.TypeShare {
		word, title = "group epoch", "Group epoch "+g.Generation.String()
	}
	p := Page{Title: title}
	switch g.Generation.Kind {
	case model.GenerationUnknown:
		p.say("It is not known: no request tells the generation of a classic group. It stands in the record that the coordinator writes to __consumer_offsets at each rebalance.")
	case model.GenerationCounted:
		p.say("≈: regroup counted it from the rebalances that it saw, so it is at least so many since it began to look, and not the coordinator's own number.")
	case model.GenerationExact:
		p.say("That is the coordinator's own number. Each rebalance of a classic group makes the next generation; members of an older one are refused, which is how a zombie finds out.")
		if word == "group epoch" {
			p.Sentences[0] = "That is the coordinator's own number. It grows when a member or a topic changes; each member follows with its own epoch, and one that is behind has not heard of it yet."
		}
	}
	if epoch, known := g.AssignmentEpoch.Get(); known {
		p.say("The target assignment was computed for epoch %d.", epoch)
	}
	if g.Generation.Kind != model.GenerationExact {
		tailWords(&p, c)
	}
	if r := g.LastRebalance(); r != nil {
		p.say("It came with the rebalance %s.", ago(c.Now, r.End()))
	}
	return p
}

func lastPage(c Context, g *model.GroupView) Page {
	switch {
	case g.Rebalancing() && g.State.Rebalancing():
		p := statePage(c, g)
		p.Title = "A rebalance is under way"
		return p
	case g.LastRebalance() != nil:
		return rebalancePage(c, subject.Subject{Kind: subject.Why, Rebalance: g.LastRebalance()})
	}
	p := Page{Title: "No rebalance was seen"}
	if g.RebalancedAt.IsZero() {
		p.say("None since regroup began to look%s, and when the last one before that was is not known.", seenSince(c, g))
	} else {
		p.say("None since regroup began to look%s. The last one before that was %s, as the group's record in __consumer_offsets tells.",
			seenSince(c, g), ago(c.Now, g.RebalancedAt))
	}
	return p
}

func seenSince(c Context, g *model.GroupView) string {
	if g.FirstSeen.IsZero() {
		return ""
	}
	return ", " + ago(c.Now, g.FirstSeen)
}

func stormPage(c Context, g *model.GroupView) Page {
	window := duration(model.StormWindow)
	p := Page{Title: fmt.Sprintf("%s in %s", text.Plural(g.Storm.Recent, "rebalance"), window)}
	usual, known := g.Storm.Usual.Get()
	if known {
		p.say("What is usual for it, as regroup has seen it, is %s.", text.Often(usual, model.StormWindow))
	} else {
		p.say("What is usual for it is not known yet: that takes half an hour of looking.")
	}
	if !g.Storm.Active {
		p.say("It is no storm. One is called that from %d in %s on, and only if it is %d times the usual.", storm.StormAtLeast, window, storm.StormFactor)
		return p
	}
	p.Title += ": a storm"
	p.say("Each costs a pause, and a group that rebalances all the time does little else. The meter ▰ doubles with every cell: one is the usual, five is sixteen times as much.")
	if s, known := g.Stickiness.Get(); known && s.Moved > s.Necessary {
		p.say("%s moved in them; %s of the moves were necessary.", text.Plural(s.Moved, "partition"), text.Count(s.Necessary))
	}
	causes(&p, c, g)
	p.setFor(g, "max.poll.interval.ms", "max.poll.records", "session.timeout.ms", "group.instance.id")
	return p
}

// causes counts the causes in the window of a storm, and advises on the gravest one.
func causes(p *Page, c Context, g *model.GroupView) {
	counts := map[model.Cause]int{}
	var seen []model.Cause
	for _, r := range g.Rebalances {
		if c.Now.Sub(r.End()) > model.StormWindow || r.Verdict.Cause == "" {
			continue
		}
		if counts[r.Verdict.Cause] == 0 {
			seen = append(seen, r.Verdict.Cause)
		}
		counts[r.Verdict.Cause]++
	}
	slices.SortStableFunc(seen, func(a, b model.Cause) int { return counts[b] - counts[a] })
	var words []string
	for _, cause := range seen[:min(len(seen), namesShown)] {
		words = append(words, fmt.Sprintf("%d× %s", counts[cause], cause.Words()))
	}
	if len(words) > 0 {
		p.say("Why: %s.", and(words))
	}
	// A removed member rejoins: the cause to act on is what removed it.
	worst := model.CauseUnknown
	for _, cause := range model.Causes() {
		if counts[cause] > 0 && cause.StartsWithAMember() {
			worst = cause
		}
	}
	if words, known := causeTexts[worst]; known {
		p.do(words.act...)
	}
}

func stripPage(c Context, g *model.GroupView) Page {
	p := Page{Title: "Who owned what"}
	p.say("A line a partition, time from left to right, now at the right edge. The letter and its colour say who owned it then; where they change, it moved.")
	p.say("─ is owned, ╌ is owned by nobody. · is where nobody read: a rebalance, or an owner that had stopped or not begun. ┈ is owned, and whether it was read is not known.")
	switch protocol := g.Protocol(); {
	case protocol == model.ProtocolIncremental:
		p.say("In this group members read on through a rebalance what they keep: only what moves pauses.")
	case protocol == model.ProtocolUnknown && g.Assignor != "":
		p.say("Whether members of this group stop for a rebalance is unknown: what they owned before is drawn as ┈ until it is over.")
	case protocol == model.ProtocolEager:
		p.say("In this group all members stop for a rebalance: each reads on (┈) until it has heard of it, at its next heartbeat, and stands still (·) from when it joins again until the leader has handed out the partitions.")
	}
	if len(g.Ownership) > 0 {
		p.say("It is known since %s.", text.Clock(c.Now, g.Ownership[0].From))
	}
	p.do("+ and - change how far it looks back.")
	p.setFor(g, "partition.assignment.strategy")
	return p
}

func timelinePage(c Context, g *model.GroupView) Page {
	p := Page{Title: "The group's rebalances over time"}
	p.say("A letter a rebalance, for what kind of cause it had; where several fall into one cell, the heaviest, and a bar above it says how many.")
	if n := len(g.Rebalances); n > 0 {
		p.say("There are %s, the first %s, the last %s.", text.Count(n), ago(c.Now, g.Rebalances[0].End()), ago(c.Now, g.Rebalances[n-1].End()))
	}
	p.say("j joined, l left, r a static member restarted, t a session timeout, p polled too slowly, m topics or settings, a an admin or another coordinator, f the second half of a cooperative one.")
	p.do("← and → go from one to the next.")
	return p
}
