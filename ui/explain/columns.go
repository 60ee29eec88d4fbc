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

// assignors describe Kafka's own assignors.
var assignors = map[string]string{
	"range": "Topic by topic, each member gets a range of consecutive partitions, in the order of the member ids; the first members get the " +
		"remainder, for every topic anew. Partition 3 of two topics is assigned to the same member, as joins require.",
	"roundrobin":         "All partitions of all topics are assigned to the members in turn. The result is even, but one more member moves nearly all partitions.",
	"sticky":             "As balanced as possible, with as few moves as possible. Members still revoke all partitions before they rejoin.",
	"cooperative-sticky": "Like sticky, but members keep partitions that stay: one that moves is revoked in one rebalance and assigned in a second one right after it (KIP-429).",
	"stream": "The assignor of Kafka Streams: partitions follow the tasks that read them, and tasks go where their state is. Members keep partitions that stay; " +
		"a task whose state has to be restored first moves in a later rebalance (KIP-441).",
	"uniform": "It balances as evenly as possible, and partitions stay with their owner where possible.",
}

func assignorPage(_ Context, g *model.GroupView) Page {
	p := Page{Title: "Assignor: " + g.Assignor}
	switch {
	case g.Type == model.TypeShare:
		p.Title = "A share group (KIP-932)"
		p.addf("Several members consume a partition at the same time, record by record. No member owns it, so there is no assignment as in a consumer group, and no committed offset to compute lag from.")
		return p
	case g.Type == model.TypeStreams:
		p.Title = "A streams group (KIP-1071)"
		p.addf("The coordinator assigns the tasks of a topology to its members. regroup shows its type, state and coordinator.")
		return p
	case g.ProtocolType != "" && g.ProtocolType != "consumer":
		p.Title = "Protocol type " + g.ProtocolType
		p.addf("Its members are not consumers: they use the protocol type %q, and only they can decode their assignments.", g.ProtocolType)
		return p
	case g.Assignor == "":
		p.Title = "Assignor unknown"
		p.addf("An empty group has no assignor, and during a rebalance it is being selected. It is also unknown until the group has been described.")
	case g.Type == model.TypeConsumer:
		p.addf("This is a consumer group (KIP-848): %s is its server assignor. The coordinator computes the assignment and sends it to each member in the heartbeat response. %s", g.Assignor, assignors[g.Assignor])
		p.addf("Members do not wait for each other: each revokes what it loses and keeps consuming the rest.")
		p.addSettingsOf(g, "group.protocol", "group.remote.assignor", "group.consumer.assignors")
		return p
	case assignors[g.Assignor] == "":
		p.addf("The members use %q, which is not one of Kafka's assignors: how it assigns is unknown.", g.Assignor)
	default:
		p.addf("The leader of the group assigns partitions with it; every member supports it. %s", assignors[g.Assignor])
	}
	switch protocol := g.Protocol(); {
	case protocol == model.ProtocolEager:
		p.addf("It is eager: in a rebalance every member revokes all its partitions, including those that it keeps.")
		p.advise("To keep consuming during rebalances: cooperative-sticky, in two rolling restarts (first both assignors, then only the new "+
			"one), or group.protocol=consumer with brokers from 4.0.", "w forecasts the assignment with another assignor.")
	case protocol == model.ProtocolIncremental:
		p.addf("It is incremental: in a rebalance members keep consuming the partitions that stay.")
		p.advise("If rebalances often wait for slow members, group.protocol=consumer avoids the wait.")
	case g.Assignor != "":
		p.addf("Whether it is eager or incremental is unknown: in a rebalance members may keep consuming, or stop.")
	}
	p.addSettingsOf(g, "partition.assignment.strategy", "group.protocol")
	return p
}

func membersPage(_ Context, g *model.GroupView) Page {
	p := Page{Title: text.Plural(len(g.Members), "member")}
	if !g.MembersKnown {
		p.Title = "Members unknown"
		p.addf("The group could not be described: its members and their assignments are unknown. ! shows the error.")
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
		p.addf("The group has no members.")
	case static == 0:
		p.addf("Each is a consumer that has joined and sends heartbeats to the coordinator. All are dynamic members: a restart is a leave and a join.")
	default:
		p.addf("Each is a consumer that has joined and sends heartbeats to the coordinator. %d of %d %s static (group.instance.id): "+
			"a restart within the session timeout moves no partition.", static, len(g.Members), agree(static, "is", "are"))
	}
	if g.Idle > 0 {
		p.addf("%s %s idle: without an assignment%s. An idle member takes over when another one leaves.",
			text.Plural(g.Idle, "member"), agree(g.Idle, "is", "are"), whyIdle(g))
		p.advise("Idle members are standbys. More parallelism requires more partitions.")
	}
	if g.Joining > 0 {
		p.addf("+%d: members that are joining or waiting for their assignment.", g.Joining)
	}
	if skew, known := g.Skew.Get(); known && skew > 1.5 {
		p.addf("The assignment is uneven: the member with the most partitions has %.1f times the mean.", skew)
	}
	p.addSettingsOf(g, "session.timeout.ms", "group.instance.id")
	p.advise("enter opens the group; there, e explains a member.")
	return p
}

// whyIdle is why members have no assignment: an assignor can leave a member without one although there are enough partitions.
func whyIdle(g *model.GroupView) string {
	subscribed := 0
	for i := range g.Partitions {
		if g.Partitions[i].Subscribed {
			subscribed++
		}
	}
	switch {
	case subscribed < len(g.Members):
		return ", because there are fewer partitions than members"
	case g.Assignor == "range":
		return ", because range assigns topic by topic, starting with the first member"
	}
	return ""
}

func partsPage(_ Context, g *model.GroupView) Page {
	p := Page{Title: text.Plural(len(g.Partitions), "partition")}
	p.addf("The partitions of topics that members subscribe to, partitions that members own, and partitions with a committed offset.")
	if g.Unassigned > 0 {
		p.addf("%s %s unassigned although the group is stable: no member consumes %s, and the lag grows with every record.",
			text.Plural(g.Unassigned, "partition"), agree(g.Unassigned, "is", "are"), agree(g.Unassigned, "it", "them"))
		p.advise("Open the group: its last member row lists them. Often a client has not detected new partitions yet, or an assignment could not be " +
			"decoded. Restarting one member starts a rebalance, which assigns all partitions.")
		p.addSettingsOf(g, "metadata.max.age.ms")
		return p
	}
	if len(g.Members) > 0 {
		p.addf("Every subscribed partition has an owner. Within a group, one member at a time consumes a partition: with more members than partitions, some are idle.")
	}
	p.addSettingsOf(g, "partition.assignment.strategy")
	return p
}

func lagPage(_ Context, g *model.GroupView) Page {
	lag, known := g.Lag.Get()
	if !known {
		p := Page{Title: "Lag unknown"}
		p.addf("Lag is the log end offset minus the committed offset. This group has not committed an offset, or one of the two could not be read.")
		p.addSettings("auto.offset.reset")
		return p
	}
	p := Page{Title: "Lag " + text.Lag(g.Lag, g.LagIncomplete)}
	p.addf("The number of records after the committed offsets, over %s.", text.Plural(len(g.Partitions), "partition"))
	if g.LagIncomplete {
		p.addf("≥: the lag of some partitions is unknown, because there is no committed offset or no log end offset. They are not counted.")
	}
	trendWords(&p, g, lag)
	if g.OutOfRange > 0 {
		p.addf("≠: the committed offset of %s is outside the log; the group's page has the details.", text.Plural(g.OutOfRange, "partition"))
	}
	p.addSettings("max.poll.records", "auto.commit.interval.ms")
	return p
}

// trendWords explain the trend of a lag.
func trendWords(p *Page, g *model.GroupView, lag int64) {
	in, inKnown := g.ProduceRate.Get()
	out, outKnown := g.ConsumeRate.Get()
	if inKnown && outKnown {
		p.addf("In the last %s, %s were produced and %s committed.", duration(model.RateWindow), text.Rate(in), text.Rate(out))
	}
	switch g.Trend {
	case model.TrendGrowing:
		p.addf("↑: lag is growing.")
		p.advise("Check for rebalances and slow members: the group's page shows the lag of each partition. If all partitions lag, the group needs more "+
			"members, at most one per partition, or faster processing.", "Compare BEHIND with retention.ms: older records are deleted before they are consumed.")
		p.addSettings("retention.ms")
	case model.TrendFalling:
		if inKnown && outKnown && out > 1.1*in {
			p.addf("↓: lag is falling, and reaches 0 in about %s at this rate.", text.Duration(time.Duration(float64(lag)/(out-in)*float64(time.Second))))
		} else {
			p.addf("↓: lag is falling.")
		}
		p.advise("Nothing: the group is catching up.")
	case model.TrendStalled:
		p.addf("!: no commit for a minute, although members own the partitions. They are stuck, fail on the same record repeatedly, or do not commit.")
		p.advise("Check the owners' logs: an exception in the poll loop, a call that does not return, a record that cannot be deserialized.",
			"If one record is the cause, skip it: stop the group, then kafka-consumer-groups.sh --reset-offsets --shift-by 1 on that partition.")
		p.addSettings("enable.auto.commit", "max.poll.interval.ms")
	case model.TrendSteady:
		p.addf("Lag is steady: commits are periodic, so a small lag rarely reaches 0.")
	default:
		p.addf("The trend is known after a minute of observation.")
	}
}

func historyPage(_ Context, g *model.GroupView) Page {
	p := Page{Title: "Lag over the last minute"}
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
		p.addf("No sample yet: one is taken every %s.", duration(model.LagHistoryStep))
		return p
	}
	p.addf("Newest at the right, one sample every %s. Minimum %s, maximum %s.", duration(model.LagHistoryStep), text.Count(least), text.Count(most))
	p.addf("The line is scaled to the group's own maximum; a lag that hardly changes is drawn flat. Steps up and down every few seconds come from periodic commits.")
	p.addSettings("auto.commit.interval.ms")
	return p
}

func behindPage(_ Context, g *model.GroupView) Page {
	d, known := g.Behind.Get()
	if !known {
		p := Page{Title: "Time behind unknown"}
		p.addf("It is the age of the next record to consume. regroup derives it from the growth of the log since it started, so it takes a while; without a committed offset there is no next record.")
		return p
	}
	p := Page{Title: text.Duration(d) + " behind"}
	p.addf("The next record to consume was written %s ago, on the partition that is farthest behind. LAG counts records; this is the delay that users notice.", text.Duration(d))
	if g.BehindApprox {
		p.addf("It is extrapolated for some partitions: their records were written before regroup started, so the age follows from the produce rate.")
	}
	p.addf("When it approaches the retention time of the topic, records are deleted before they are consumed.")
	p.addSettings("retention.ms")
	if d > time.Minute {
		p.advise("Open the group and sort its partitions by lag: a single partition points to its member or to one key, all of them to too few members.")
	}
	return p
}

func generationPage(c Context, g *model.GroupView) Page {
	word, title := "generation", "Generation "+g.Generation.String()
	if g.Type.Reconciles() || g.Type == model.TypeShare {
		word, title = "group epoch", "Group epoch "+g.Generation.String()
	}
	p := Page{Title: title}
	switch g.Generation.Kind {
	case model.GenerationUnknown:
		p.addf("Unknown: no response contains the generation of a classic group. It is in the record that the coordinator writes to __consumer_offsets at each rebalance.")
	case model.GenerationCounted:
		p.addf("≈: counted by regroup since it started, a lower bound; it is not the coordinator's own number.")
	case model.GenerationExact:
		p.addf("The coordinator's own number. Each rebalance of a classic group creates the next generation; requests of removed members or with an older generation are rejected (UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION), which fences zombies.")
		if word == "group epoch" {
			p.Sentences[0] = "The coordinator's own number. It is bumped when a member or a subscribed topic changes; each member follows with its member epoch, and a smaller one means that it has not converged yet."
		}
	}
	if epoch, known := g.AssignmentEpoch.Get(); known {
		p.addf("The target assignment is of epoch %d.", epoch)
	}
	if g.Generation.Kind != model.GenerationExact {
		tailWords(&p, c)
	}
	if r := g.LastRebalance(); r != nil {
		p.addf("The last rebalance completed %s.", ago(c.Now, r.End()))
	}
	return p
}

func lastPage(c Context, g *model.GroupView) Page {
	switch {
	case g.Rebalancing() && g.State.Rebalancing():
		p := statePage(c, g)
		p.Title = "A rebalance is in progress"
		return p
	case g.LastRebalance() != nil:
		return rebalancePage(c, subject.Subject{Kind: subject.Why, Rebalance: g.LastRebalance()})
	}
	p := Page{Title: "No rebalance observed"}
	if g.RebalancedAt.IsZero() {
		p.addf("None since regroup first saw the group%s; the time of the last one before is unknown.", seenSince(c, g))
	} else {
		p.addf("None since regroup first saw the group%s. The last one before was %s, according to the group's record in __consumer_offsets.",
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
		p.addf("Its usual rate, as observed by regroup, is %s.", text.Often(usual, model.StormWindow))
	} else {
		p.addf("Its usual rate is not known yet: that takes half an hour of observation.")
	}
	if !g.Storm.Active {
		p.addf("It is not a storm: that is at least %d rebalances in %s and %d times the usual rate.", storm.StormAtLeast, window, storm.StormFactor)
		return p
	}
	p.Title += ": a storm"
	p.addf("Each rebalance costs a pause, and a group that rebalances continuously does little else. Each cell of the meter ▰ doubles the rate: one is the usual rate, five are sixteen times as much.")
	if s, known := g.Stickiness.Get(); known && s.Moved > s.Necessary {
		p.addf("In total %s moved (%s necessary).", text.Plural(s.Moved, "partition"), text.Count(s.Necessary))
	}
	causes(&p, c, g)
	p.addSettingsOf(g, "max.poll.interval.ms", "max.poll.records", "session.timeout.ms", "group.instance.id")
	return p
}

// causes counts the causes in the window of a storm, and advises on the most severe one.
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
		p.addf("Causes: %s.", and(words))
	}
	// A removed member rejoins: the cause to act on is what removed it.
	worst := model.CauseUnknown
	for _, cause := range model.Causes() {
		if counts[cause] > 0 && cause.StartsWithAMember() {
			worst = cause
		}
	}
	if words, known := causeTexts[worst]; known {
		p.advise(words.actions...)
	}
}

func stripPage(c Context, g *model.GroupView) Page {
	p := Page{Title: "Who owned what"}
	p.addf("One line per partition, time from left to right, now at the right edge. Letter and colour are the owner; where they change, the partition moved.")
	p.addf("─ is owned, ╌ unassigned. · is not consumed: a rebalance, or an owner that had stopped or not started. ┈ is owned, but whether it was consumed is unknown.")
	switch protocol := g.Protocol(); {
	case protocol == model.ProtocolIncremental:
		p.addf("In this group members keep consuming during a rebalance: only partitions that move are paused.")
	case protocol == model.ProtocolUnknown && g.Assignor != "":
		p.addf("Whether members of this group stop consuming in a rebalance is unknown: what they owned before is drawn as ┈ until it completes.")
	case protocol == model.ProtocolEager:
		p.addf("In this group every member stops consuming in a rebalance: it continues (┈) until its next heartbeat tells it to rejoin, and is paused (·) until the leader's assignment arrives.")
	}
	if len(g.Ownership) > 0 {
		p.addf("Known since %s.", text.Clock(c.Now, g.Ownership[0].From))
	}
	p.advise("+ and - zoom in and out.")
	p.addSettingsOf(g, "partition.assignment.strategy")
	return p
}

func timelinePage(c Context, g *model.GroupView) Page {
	p := Page{Title: "Rebalances over time"}
	p.addf("One letter per rebalance, for its kind of cause; if several share a cell, the most severe one, with a bar above for their number.")
	if n := len(g.Rebalances); n > 0 {
		p.addf("%s, the first %s, the last %s.", text.Plural(n, "rebalance"), ago(c.Now, g.Rebalances[0].End()), ago(c.Now, g.Rebalances[n-1].End()))
	}
	p.addf("j joined, l left, r static member restarted, t session timeout, p max.poll.interval.ms exceeded, m topics or settings, a admin or coordinator, f second cooperative rebalance.")
	p.advise("← and → select the previous and the next one.")
	return p
}
