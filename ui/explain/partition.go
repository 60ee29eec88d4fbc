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
		p.addf("It no longer belongs to the group: no member subscribes to the topic, and no offset is committed.")
		return p
	}
	ownerWords(&p, c, g, q)
	lagWords(&p, q)
	if d, known := q.Behind.Get(); known && d > 0 {
		about := ""
		if q.BehindApprox {
			about = "about "
		}
		p.addf("The next record to consume was written %s%s ago.", about, text.Duration(d))
	}
	commitWords(&p, c, q)
	if f, known := flags[q.Flag]; known && q.Flag != model.LagPlain {
		p.Title += ": " + string(q.Flag)
		p.addf("%s", f.words)
		p.addSettings(f.settings...)
		p.advise(f.actions...)
	}
	if q.Problem != "" {
		p.addf("Error: %s.", q.Problem)
	}
	if len(p.Settings) == 0 {
		p.addSettings("auto.commit.interval.ms", "max.poll.records")
	}
	return p
}

// ownerWords explain which member consumes a partition, or why none does.
func ownerWords(p *Page, c Context, g *model.GroupView, q *model.PartitionView) {
	m := g.Member(q.Owner)
	name := q.Owner.String()
	if m != nil {
		name = memberName(m.MemberRef)
	}
	moved := ""
	if !q.MovedAt.IsZero() {
		moved = " It was assigned " + ago(c.Now, q.MovedAt) + "."
		if q.MovedFrom != model.Nobody {
			moved = " It moved from " + q.MovedFrom.String() + " " + ago(c.Now, q.MovedAt) + "."
		}
	}
	readings := c.readings(g)
	reading := readings.Of(q.TopicPartition)
	consumer := labConsumerOfMember(c, m)
	switch reading.Evidence {
	case ownership.ProcessEnded, ownership.ProcessPaused:
		if consumer != nil {
			p.addf("%s owns it and is %s: no active consumer.", name, consumer.State)
			labStateWords[consumer.State](p, c, g, consumer)
		} else {
			ownedBefore(p, g, reading, name)
		}
	case ownership.Assigned, ownership.Resumed:
		p.addf("%s owns it and is its only consumer in the group.%s", name, moved)
	case ownership.NoCommitYet:
		p.addf("%s owns it and has not committed since: it is still paused.%s", name, moved)
	case ownership.InTransit:
		p.addf("No member owns it any more: %s receives it in its next heartbeat response.", reading.Reader)
	case ownership.NoMembers:
		p.addf("No active consumer: the group has no members.%s", lastOwner(c, g, q))
		p.addSettings("offsets.retention.minutes")
		p.advise("Start a consumer of the group: it resumes from the committed offset.")
	case ownership.NotSubscribed:
		p.addf("Unassigned: no member subscribes to its topic, only an earlier committed offset is left.")
		p.addSettings("offsets.retention.minutes")
		p.advise("If the group no longer consumes the topic, its offsets expire by themselves, or are deleted with kafka-consumer-groups.sh --delete-offsets.")
	case ownership.NotAssigned:
		unassigned(p, g, moved)
	case ownership.NoEvidence, ownership.AssignmentUnknown:
		p.addf("Its owner is unknown: the members, or the assignment of one of them, could not be read.")
	default:
		ownedBefore(p, g, reading, name)
	}
	if target := g.Member(readings.Target(q.TopicPartition)); target != nil && m != nil {
		p.addf("Its target owner is %s, which receives it after %s has revoked it.", memberName(target.MemberRef), q.Owner)
	}
}

func unassigned(p *Page, g *model.GroupView, moved string) {
	if g.Rebalancing() {
		p.addf("It is unassigned: the group is rebalancing.%s", moved)
		return
	}
	p.addf("It is unassigned, although members subscribe to its topic and the group is stable.%s", moved)
	p.addSettings("metadata.max.age.ms")
	p.advise("If it lasts for minutes, restart one member: any rebalance assigns all partitions.")
}

// ownedBefore explains which member owned a partition before the rebalance in progress, and whether it is consumed meanwhile.
func ownedBefore(p *Page, g *model.GroupView, reading ownership.Reading, name string) {
	const before = "%s owned it before the rebalance in progress"
	switch {
	case reading.Evidence == ownership.Revoked:
		p.addf(before+". Every member has rejoined: it is paused until the leader's assignment arrives.", name)
	case reading.Kind == ownership.NoActiveConsumer:
		p.addf(before+" and is no longer a member: no active consumer until the rebalance completes.", name)
	case reading.Evidence == ownership.Rejoining:
		p.addf(before+". It keeps consuming until its next heartbeat tells it to rejoin; from then on the partition is paused until the leader's assignment arrives. regroup cannot observe when each member noticed.", name)
		p.addSettingsOf(g, "heartbeat.interval.ms")
	case reading.Evidence == ownership.ProtocolUnknown && g.Assignor != "":
		p.addf(before+" and may keep consuming it: whether %s is eager or incremental is unknown.", name, g.Assignor)
	case reading.Evidence == ownership.Incremental:
		p.addf(before+" and keeps consuming it until it revokes it.", name)
	default:
		p.addf(before+".", name)
	}
}

// lastOwner is a sentence about the last owner of a partition; "" if unknown.
func lastOwner(c Context, g *model.GroupView, q *model.PartitionView) string {
	slot, r := ownership.LastReader(g, q.TopicPartition)
	if r == nil {
		return ""
	}
	name := slot.String()
	for _, m := range r.Left {
		if m.Slot == slot {
			name = memberName(m)
		}
	}
	return fmt.Sprintf(" The last owner was %s, until %s: %s.", name, ago(c.Now, r.End()), r.Verdict.Cause.Words())
}

// lagWords explain the offsets and the lag of a partition.
func lagWords(p *Page, q *model.PartitionView) {
	lag, known := q.Lag.Get()
	if !known {
		p.addf("Its lag is unknown.")
		return
	}
	committed, end := text.Maybe(q.Committed, text.Count[int64]), text.Maybe(q.LogEnd, text.Count[int64])
	if lag == 0 {
		p.addf("Committed offset %s, log end offset %s: no lag.", committed, end)
	} else {
		p.addf("Committed offset %s, log end offset %s: lag %s.", committed, end, text.Count(lag))
	}
	in, inKnown := q.ProduceRate.Get()
	out, outKnown := q.ConsumeRate.Get()
	switch {
	case inKnown && outKnown && lag > 0 && out > 1.1*in:
		p.addf("%s are produced and %s committed: it is catching up.", text.Rate(in), text.Rate(out))
	case inKnown && outKnown && lag > 0 && in > 1.1*out:
		p.addf("%s are produced and only %s committed: it is falling behind.", text.Rate(in), text.Rate(out))
		if q.Owner != model.Nobody {
			p.advise("Compare it with the other partitions: if only this one lags, its owner is slow or one key has most of the records.")
		}
	case inKnown && outKnown:
		p.addf("%s are produced and %s committed: it keeps up.", text.Rate(in), text.Rate(out))
	}
}

func commitWords(p *Page, c Context, q *model.PartitionView) {
	switch {
	case !q.Committed.Known():
	case q.CommittedAt.IsZero():
		p.addf("The committed offset has not changed since regroup started.")
	default:
		p.addf("The last commit was %s.", ago(c.Now, q.CommittedAt))
	}
}

// flag explains why a lag is unusual.
type flag struct {
	words    string
	settings []string
	actions  []string
}

// flags explain each flag of a lag.
var flags = map[model.LagFlag]flag{
	model.LagPlain: {},
	model.LagNoCommit: {"The group has no committed offset here: a member starts where auto.offset.reset says, so there is no lag.",
		[]string{"auto.offset.reset", "enable.auto.commit"},
		[]string{"If members consume without committing, a restart starts where auto.offset.reset says: with latest, records written meanwhile are skipped."}},
	model.LagBelowStart: {"The committed offset is below the log start offset: records were deleted before the group consumed them. The lag counts the records that still exist; a member that resumes there starts where auto.offset.reset says.",
		[]string{"auto.offset.reset", "retention.ms"},
		[]string{"Raise the retention before more records are lost: kafka-configs.sh --alter --add-config retention.ms=….",
			"With auto.offset.reset=latest the member skips all remaining records: set the offset with --reset-offsets --to-earliest while the group is stopped."}},
	model.LagBeyondEnd: {"The committed offset is beyond the log end offset: the topic was recreated, or the log lost its newest records. A member that resumes there starts where auto.offset.reset says.",
		[]string{"auto.offset.reset", "unclean.leader.election.enable"},
		[]string{"Set the offset with --reset-offsets --to-earliest while the group is stopped, or let the member reset: with latest it skips the existing records."}},
	model.LagEndUnknown: {"The log end offset could not be read: the partition has no leader, or DESCRIBE on the topic is refused. Without a leader it can be neither read nor written.",
		nil, []string{"! shows the error. Without a leader, restart a broker that has a replica of it."}},
	model.LagTopicMissing: {"The topic no longer exists; only the committed offset is left. A member that subscribes to it gets no partition of it.",
		[]string{"offsets.retention.minutes"},
		[]string{"If it was deleted by mistake, its records are lost. A recreated topic starts at offset 0, and the old committed offset is beyond its end."}},
	model.LagTopicRecreated: {"The committed offset belongs to the previous topic of this name. The new topic starts at offset 0, so the offset does not apply to it.",
		[]string{"auto.offset.reset"},
		[]string{"Stop the group and set its offsets with --reset-offsets --to-earliest; otherwise it may skip all records up to the old offset."}},
	model.LagOffsetsUnknown: {"The group's committed offsets could not be read: its coordinator did not answer, or DESCRIBE on the group is refused.",
		nil, []string{"! shows the error."}},
}
