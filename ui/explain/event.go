package explain

import (
	"regroup/model"
	"regroup/ui/subject"
	"regroup/ui/text"
)

// eventTexts explain the kinds of events and what to do; rebalances have pages of their own.
var eventTexts = map[model.EventKind]struct {
	title, words string
	settings     []string
	action       string
}{
	model.GroupAppeared:      {"A group appeared", "The cluster lists the group since then: its first member joined, or its first offset was committed.", []string{"auto.offset.reset"}, "Nothing, if its consumers were started on purpose."},
	model.GroupGone:          {"A group was deleted", "The cluster no longer lists it: it was deleted, or its last offset expired.", []string{"offsets.retention.minutes"}, "If its consumers return, they start where auto.offset.reset says."},
	model.StateChanged:       {"The group's state changed", "", nil, ""},
	model.MemberJoined:       {"A member joined", "A consumer joined the group; the rebalance that follows assigns partitions to it.", []string{"group.instance.id"}, "Nothing, if it was started on purpose."},
	model.MemberLeft:         {"A member left", "It left or was removed from the group. The rebalance has the cause and its confidence.", []string{"session.timeout.ms", "max.poll.interval.ms"}, "Open the card of the rebalance for the cause."},
	model.RebalanceBegan:     {"A rebalance began", "The group is between two generations.", nil, ""},
	model.RebalanceCompleted: {"A rebalance", "", nil, ""},
	model.CoordinatorMoved:   {"The coordinator moved", "Another broker leads the group's partition of __consumer_offsets and therefore coordinates the group. Members find it by themselves.", []string{"offsets.topic.num.partitions"}, "If the previous coordinator was not restarted or drained, check whether it failed."},
	model.PartitionsAdded:    {"Partitions were added to a topic", "They have to be assigned: in a classic group when the leader refreshes its metadata, in a consumer group at once.", []string{"metadata.max.age.ms"}, "Keys map to other partitions from now on. With auto.offset.reset=latest, records written before the first fetch of a new partition may be skipped."},
	model.TopicGone:          {"A topic was deleted", "It was deleted with its records. Groups keep their committed offsets for it for some time.", []string{"offsets.retention.minutes"}, "If it was not intended, find out who deleted it."},
	model.TopicRecreated:     {"A topic was recreated", "The name belongs to another topic now, which starts at offset 0: earlier committed offsets do not apply to it.", []string{"auto.offset.reset"}, "Stop the groups that consume it and set their offsets; otherwise they may skip or reprocess records."},
	model.SourceLost:         {"A source stopped answering", "Last known values are shown, marked stale; this is not a rebalance.", nil, "! shows the errors. If a broker is down, its groups get other coordinators within seconds."},
	model.SourceFound:        {"A source answers again", "The values are current again.", nil, "Nothing."},
	model.LabActed:           {"An action in the lab", "regroup performed the action itself, so the cause of what follows is certain.", nil, "Watch the group: e on the consumer explains what happens next."},
	model.CostKnown:          {"The cost of a rebalance is known", "Every moved partition is consumed again, or the time limit for observing it has passed.", nil, "enter on the rebalance opens its card."},
	model.VerdictRevised:     {"A verdict was revised", "More is known about the rebalance than when it completed.", nil, "enter on the rebalance opens its card."},
	model.LagAlerted:         {"A lag alert", "The lag reached its limit in three consecutive polls, or a group with lag does not commit. The alert ends when the lag falls below four fifths of the limit.", []string{"max.poll.records"}, "Open the group: do all partitions lag, or those of one member?"},
	model.AdminActed:         {"An action of regroup", "It was requested in regroup. A removed member rejoins by itself unless its process was stopped.", nil, "Nothing, if it was intended."},
}

func eventPage(c Context, e *model.Event) Page {
	if e.Rebalance != nil {
		return rebalancePage(c, subject.Subject{Kind: subject.Why, Rebalance: e.Rebalance})
	}
	words, known := eventTexts[e.Kind]
	p := Page{Title: words.title}
	if !known {
		p.Title = string(e.Kind)
	}
	when := text.Clock(c.Now, e.At) + ", " + ago(c.Now, e.At)
	if e.Detail == "" {
		p.addf("%s.", when)
	} else {
		p.addf("%s: %s", when, sentence(e.Detail))
	}
	if e.Kind == model.StateChanged {
		p.Title = stateTitles[e.To]
		if e.From != model.StateUnknown {
			p.addf("The state before was %s.", e.From)
		}
	} else if words.words != "" {
		p.addf("%s", words.words)
	}
	p.addSettings(words.settings...)
	if words.action != "" {
		p.advise(words.action)
	}
	return p
}

// sentence adds a full stop where it is missing.
func sentence(words string) string {
	if words == "" || words[len(words)-1] == '.' {
		return words
	}
	return words + "."
}
