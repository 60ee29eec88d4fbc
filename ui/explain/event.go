package explain

import (
	"regroup/model"
	"regroup/ui/subject"
	"regroup/ui/text"
)

// eventTexts are what kinds of events mean, and what to do; rebalances have pages of their own.
var eventTexts = map[model.EventKind]struct {
	title, words string
	settings     []string
	act          string
}{
	model.GroupAppeared:      {"A group appeared", "The cluster lists it since then: its first member joined, or its first offset was committed.", []string{"auto.offset.reset"}, "Nothing, if somebody started it."},
	model.GroupGone:          {"A group is gone", "The cluster does not list it any more: it was deleted, or its last offset expired.", []string{"offsets.retention.minutes"}, "If its consumers come back, they begin where auto.offset.reset says."},
	model.StateChanged:       {"The group's state changed", "", nil, ""},
	model.MemberJoined:       {"A member joined", "A consumer joined the group; the rebalance that follows gives it its share.", []string{"group.instance.id"}, "Nothing, if somebody started it."},
	model.MemberLeft:         {"A member is gone", "It left, or was put out; the card of the rebalance says which, and how sure that is.", []string{"session.timeout.ms", "max.poll.interval.ms"}, "Look at the rebalance's card for why."},
	model.RebalanceBegan:     {"A rebalance began", "The group is between two generations.", nil, ""},
	model.RebalanceCompleted: {"A rebalance", "", nil, ""},
	model.CoordinatorMoved:   {"The coordinator moved", "Another broker leads the group's partition of __consumer_offsets now, and with it coordinates the group. Members find it by themselves.", []string{"offsets.topic.num.partitions"}, "If nobody restarted or drained the old one, look at it: did it fail?"},
	model.PartitionsAdded:    {"A topic has more partitions", "They need owners: a classic group sees them when its leader next reads the metadata, a consumer group at once.", []string{"metadata.max.age.ms"}, "Keys go to other partitions from now on. With auto.offset.reset=latest, records may be skipped that came before somebody read the new ones."},
	model.TopicGone:          {"A topic is gone", "It was deleted, and its records with it. Groups keep their commits of it for a while.", []string{"offsets.retention.minutes"}, "If nobody meant to, find out who did it."},
	model.TopicRecreated:     {"A topic was made anew", "Another topic has its name now and starts at offset 0: commits of before say nothing about it.", []string{"auto.offset.reset"}, "Stop the groups that read it and set their offsets, or they may skip or repeat."},
	model.SourceLost:         {"A part of the cluster stopped answering", "What it told is shown as it was last, and marked as old. Nothing of that is a rebalance.", nil, "! tells what was answered. If a broker is down, its groups get other coordinators within seconds."},
	model.SourceFound:        {"It answers again", "What is shown is live again.", nil, "Nothing."},
	model.LabActed:           {"The lab did something", "regroup sent the signal itself: what follows from it has a certain cause.", nil, "Watch the group: e on the consumer says what happens when."},
	model.CostKnown:          {"What a rebalance cost is known", "Every partition that moved is read again, or too long ago to be waited for.", nil, "enter on the rebalance opens its card."},
	model.VerdictRevised:     {"A cause was judged anew", "More is known of the rebalance than when it ended.", nil, "enter on the rebalance opens its card."},
	model.LagAlerted:         {"A limit of lag", "The lag was at its limit in three looks in a row, or there is lag and nobody commits. It is over below four fifths of the limit.", []string{"max.poll.records"}, "Open the group: is it all partitions, or those of one member?"},
	model.AdminActed:         {"regroup changed something", "Somebody asked for it here. A member that was removed joins again by itself, unless it was stopped.", nil, "Nothing, if it was meant."},
}

func eventPage(c Context, e *model.Event) Page {
	if e.Rebalance != nil {
		p := rebalancePage(c, subject.Subject{Kind: subject.Why, Rebalance: e.Rebalance})
		return p
	}
	words, known := eventTexts[e.Kind]
	p := Page{Title: words.title}
	if !known {
		p.Title = string(e.Kind)
	}
	when := text.Clock(c.Now, e.At) + ", " + ago(c.Now, e.At)
	if e.Detail == "" {
		p.say("It was at %s.", when)
	} else {
		p.say("%s: %s", when, sentence(e.Detail))
	}
	if e.Kind == model.StateChanged {
		p.Title = stateTitles[e.To]
		if e.From != model.StateUnknown {
			p.say("It was %s before.", e.From)
		}
	} else if words.words != "" {
		p.say("%s", words.words)
	}
	p.set(words.settings...)
	if words.act != "" {
		p.do(words.act)
	}
	return p
}

// sentence ends words with a full stop.
func sentence(words string) string {
	if words == "" || words[len(words)-1] == '.' {
		return words
	}
	return words + "."
}
