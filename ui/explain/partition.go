package explain

import (
	"fmt"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/text"
)

func partitionPage(c Context, g *model.GroupView, tp model.TopicPartition) Page {
	p := Page{Title: "Partition " + tp.String()}
	var q *model.PartitionView
	for i := range g.Partitions {
		if g.Partitions[i].TopicPartition == tp {
			q = &g.Partitions[i]
		}
	}
	if q == nil {
		p.say("The group has nothing to do with it any more: no member subscribes to the topic, and no offset is committed.")
		return p
	}
	owner(&p, c, g, q)
	lagWords(&p, q)
	if d, known := q.Behind.Get(); known && d > 0 {
		about := ""
		if q.BehindApprox {
			about = "about "
		}
		p.say("The next record to read arrived %s%s ago.", about, text.Duration(d))
	}
	commitWords(&p, c, q)
	if fate, known := flags[q.Flag]; known && q.Flag != model.LagPlain {
		p.Title += ": " + string(q.Flag)
		p.say("%s", fate.words)
		p.set(fate.settings...)
		p.do(fate.act...)
	}
	if q.Problem != "" {
		p.say("What the cluster said: %s.", q.Problem)
	}
	if len(p.Settings) == 0 {
		p.set("auto.commit.interval.ms", "max.poll.records")
	}
	return p
}

// owner says which member reads a partition, or why none does.
func owner(p *Page, c Context, g *model.GroupView, q *model.PartitionView) {
	m := g.Member(q.Owner)
	name := q.Owner.String()
	if m != nil {
		name = who(m.MemberRef)
	}
	moved := ""
	if !q.MovedAt.IsZero() {
		from := "nobody"
		if q.MovedFrom != model.Nobody {
			from = q.MovedFrom.String()
		}
		moved = " It came from " + from + " " + ago(c.Now, q.MovedAt) + "."
	}
	readings := c.readings(g)
	reading := readings.Of(q.TopicPartition)
	demo := demoOfOwner(c, m)
	switch reading.Evidence {
	case ownership.ProcessEnded, ownership.ProcessPaused:
		if demo != nil {
			p.say("%s owns it and is %s: nobody reads it.", name, demo.State)
			demoStateWords[demo.State](p, c, g, demo)
		} else {
			ownedBefore(p, g, reading, name)
		}
	case ownership.Assigned, ownership.Resumed:
		p.say("%s owns it: of this group only it reads it.%s", name, moved)
	case ownership.NoCommitYet:
		p.say("%s owns it and has not committed since: it is still paused.%s", name, moved)
	case ownership.InTransit:
		p.say("No member owns it any more: the next heartbeat of %s brings it.", reading.Reader)
	case ownership.NoMembers:
		p.say("Nobody reads it: the group has no members.%s", lastReader(c, g, q))
		p.set("offsets.retention.minutes")
		p.do("Start a consumer of the group: it goes on from the committed offset.")
	case ownership.NotSubscribed:
		p.say("Nobody owns it, and no member subscribes to its topic: only the committed offset of earlier times is there.")
		p.set("offsets.retention.minutes")
		p.do("If the group no longer reads the topic, its offsets go by themselves, or at once with kafka-consumer-groups.sh --delete-offsets.")
	case ownership.NotAssigned:
		unassigned(p, g, moved)
	case ownership.NoEvidence, ownership.AssignmentUnknown:
		p.say("Which member reads it is unknown: the members, or the assignment of one of them, could not be read.")
	default:
		ownedBefore(p, g, reading, name)
	}
	if target := g.Member(readings.Target(q.TopicPartition)); target != nil && m != nil {
		p.say("It is to go to %s, as soon as %s has revoked it.", who(target.MemberRef), q.Owner)
	}
}

func unassigned(p *Page, g *model.GroupView, moved string) {
	if g.Rebalancing() {
		p.say("It is unassigned: the group is rebalancing.%s", moved)
		return
	}
	p.say("It is unassigned, although members subscribe to its topic and the group is stable.%s", moved)
	p.set("metadata.max.age.ms")
	p.do("If it lasts for minutes, restart one member: any rebalance assigns all partitions.")
}

// ownedBefore says which member owned a partition before the rebalance that is under way, and whether it is read meanwhile.
func ownedBefore(p *Page, g *model.GroupView, reading ownership.Reading, name string) {
	const before = "%s owned it before the rebalance that is under way"
	switch {
	case reading.Evidence == ownership.Revoked:
		p.say(before+". Every member has rejoined: until the leader's assignment arrives, no member reads it.", name)
	case reading.Kind == ownership.NoActiveConsumer:
		p.say(before+", and is no member any more: until that is over nobody reads it.", name)
	case reading.Evidence == ownership.Rejoining:
		p.say(before+". It keeps consuming until its next heartbeat tells it to rejoin; from then on nobody reads it until the leader's assignment arrives. regroup cannot observe when each member noticed.", name)
		p.setFor(g, "heartbeat.interval.ms")
	case reading.Evidence == ownership.ProtocolUnknown && g.Assignor != "":
		p.say(before+", and may keep reading it: whether %s is eager or incremental is unknown.", name, g.Assignor)
	case reading.Evidence == ownership.Incremental:
		p.say(before+", and keeps reading it until it revokes it.", name)
	default:
		p.say(before+".", name)
	}
}

// lastReader says which member lost a partition last, and when.
func lastReader(c Context, g *model.GroupView, q *model.PartitionView) string {
	lane, r := ownership.LastReader(g, q.TopicPartition)
	if r == nil {
		return ""
	}
	name := lane.String()
	for _, m := range r.Left {
		if m.Slot == lane {
			name = who(m)
		}
	}
	return fmt.Sprintf(" %s was the last to; it lost it %s: %s.", name, ago(c.Now, r.End()), r.Verdict.Cause.Words())
}

// lagWords are the two offsets and what lies between them.
func lagWords(p *Page, q *model.PartitionView) {
	lag, known := q.Lag.Get()
	if !known {
		p.say("Its lag is not known.")
		return
	}
	committed, end := text.Maybe(q.Committed, text.Count[int64]), text.Maybe(q.LogEnd, text.Count[int64])
	if lag == 0 {
		p.say("Committed %s of %s: the group has read all of it.", committed, end)
	} else {
		p.say("Committed %s, the log ends at %s: a lag of %s.", committed, end, text.Count(lag))
	}
	in, inKnown := q.ProduceRate.Get()
	out, outKnown := q.ConsumeRate.Get()
	switch {
	case inKnown && outKnown && lag > 0 && out > 1.1*in:
		p.say("%s arrive and %s are committed: it catches up.", text.Rate(in), text.Rate(out))
	case inKnown && outKnown && lag > 0 && in > 1.1*out:
		p.say("%s arrive and only %s are committed: it falls behind.", text.Rate(in), text.Rate(out))
		if q.Owner != model.Nobody {
			p.do("Compare it with the other partitions: if only this one lags, its owner is slow, or one key has most of the records.")
		}
	case inKnown && outKnown:
		p.say("%s arrive and %s are committed: it keeps up.", text.Rate(in), text.Rate(out))
	}
}

func commitWords(p *Page, c Context, q *model.PartitionView) {
	switch {
	case !q.Committed.Known():
	case q.CommittedAt.IsZero():
		p.say("The commit has not moved since regroup began to look.")
	default:
		p.say("The last commit was %s.", ago(c.Now, q.CommittedAt))
	}
}

// flag is what is odd about a lag.
type flag struct {
	words    string
	settings []string
	act      []string
}

// flags are all that a lag can be marked with.
var flags = map[model.LagFlag]flag{
	model.LagPlain: {},
	model.LagNoCommit: {"The group never committed here: where a member begins to read is what auto.offset.reset says, and so there is no lag to count.",
		[]string{"auto.offset.reset", "enable.auto.commit"},
		[]string{"If members read it and commit nothing, a restart reads from where auto.offset.reset says: with latest, what came meanwhile is skipped."}},
	model.LagBelowStart: {"The committed offset lies below the log's start: records were deleted before the group read them, and are gone. The lag counts what can still be read; a member that resumes there begins where auto.offset.reset says.",
		[]string{"auto.offset.reset", "retention.ms"},
		[]string{"Make the topic keep records for longer now, before more are lost: kafka-configs.sh --alter --add-config retention.ms=….",
			"With auto.offset.reset=latest the member would skip all that is left: set the offset yourself with --reset-offsets --to-earliest while the group is stopped."}},
	model.LagBeyondEnd: {"The committed offset lies beyond the log's end. The topic was deleted and created again, or the log lost its newest records; a member that resumes there begins where auto.offset.reset says.",
		[]string{"auto.offset.reset", "unclean.leader.election.enable"},
		[]string{"Set the offset yourself with --reset-offsets --to-earliest while the group is stopped, or wait until the member resets: with latest it skips what is there."}},
	model.LagEndUnknown: {"The log's end could not be read: the partition has no leader now, or DESCRIBE on the topic is refused. Without a leader nobody can read or write it.",
		nil, []string{"! says what was answered. Without a leader, bring back a broker that has a replica of it."}},
	model.LagTopicMissing: {"There is no such topic any more: the committed offset is all that is left. A member that subscribes to it owns nothing of it.",
		[]string{"offsets.retention.minutes"},
		[]string{"If it was deleted by mistake, its records are gone. Created anew, it starts at offset 0, and the old commit would lie beyond its end."}},
	model.LagTopicRecreated: {"The commit is from the topic that had this name before. The new one starts at offset 0, so the number says nothing about it.",
		[]string{"auto.offset.reset"},
		[]string{"Stop the group and set its offsets with --reset-offsets --to-earliest: otherwise it may skip everything up to the old offset."}},
	model.LagOffsetsUnknown: {"The group's committed offsets could not be read: its coordinator did not answer, or DESCRIBE on the group is refused.",
		nil, []string{"! says what was answered."}},
}
