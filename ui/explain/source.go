package explain

import (
	"fmt"
	"time"

	"regroup/model"
	"regroup/ui/text"
)

// feedTexts are the ways in which views come, in words.
var feedTexts = map[Feed]struct{ title, words, act string }{
	Connecting: {"Connecting", "No broker has answered since regroup began to ask, %s. It keeps trying, every address in turn.", "! tells which addresses were tried and why each failed."},
	Live:       {"Live", "The whole cluster is asked over and over: what is shown is as old as the last poll. The last answer came %s.", ""},
	Late:       {"Stale", "No poll has come for several intervals; the last answer was %s. What is shown was true then.", "The cluster is slow or does not answer: ! tells which broker. Nothing that is missing here is reported as a rebalance."},
	Silent:     {"No answer", "No broker answers any more; the last answer was %s. What is shown was true then.", "Look at the network between here and the brokers first: they seldom all fail together."},
	Paused:     {"Paused", "The display is paused since %s. regroup keeps polling in the background; no event is lost.", "p resumes with the newest view."},
	Ended:      {"Ended", "There is nothing more to come: the source has ended.", "q quits."},
	Recording:  {"A recording", "This is what was recorded, folded again exactly as it was then: the moment that is shown is the one in the bar below.", "space stops and goes on, [ and ] go from rebalance to rebalance."},
}

func sourcePage(c Context) Page {
	words := feedTexts[c.Feed]
	p := Page{Title: words.title}
	switch c.Feed {
	case Ended, Recording:
		p.say("%s", words.words)
	case Paused:
		p.say(words.words, text.Clock(c.Now, c.Since))
	default:
		p.say(words.words, ago(c.Now, c.Since))
	}
	if words.act != "" {
		p.do(words.act)
	}
	v := c.View
	if v == nil {
		return p
	}
	down := 0
	for _, b := range v.Brokers {
		if !b.Answered {
			down++
		}
	}
	if n := len(v.Brokers); n > 0 {
		p.say("%d of %s answered. A poll every %s; the last took %s and %s: what it costs depends on the number of brokers, hardly on that of groups.",
			n-down, text.Plural(n, "broker"), duration(v.Interval), text.Duration(v.Took), text.Plural(v.Requests, "request"))
	}
	for _, b := range v.Brokers {
		if !b.Answered && b.Problem != "" {
			p.say("Broker %d (%s): %s.", b.ID, b.Address, b.Problem)
		}
	}
	if v.Cluster.Version != "" {
		p.say("Kafka %s is what the brokers' versions of their requests look like; they do not tell their release.", v.Cluster.Version)
	}
	p.say("A group that rebalances, and the one on the screen, are looked at more often than the rest.")
	return p
}

func exactnessPage(c Context) Page {
	p := Page{Title: "Generations"}
	if c.View == nil {
		p.say("Nothing is known yet.")
		return p
	}
	if c.View.GenerationsExact {
		p.Title = "Generations are exact"
		p.say("Every rebalance is seen with the coordinator's own number, each of them, also those that follow each other faster than polls do. When the join and the sync of a classic group ended is known to the millisecond. A consumer group (KIP-848) has neither: when its members got to the target is as exact as what tells of them, records or polls.")
		tailWords(&p, c)
		return p
	}
	p.Title = "Generations are counted ≈"
	p.say("No request tells the generation of a classic group. regroup counts the rebalances that its polls can tell apart: at least so many, never more. ≈ marks the number, and the times are spans between two looks.")
	p.say("Groups of the consumer protocol (KIP-848) tell their epoch, so theirs are exact.")
	tailWords(&p, c)
	return p
}

// tailTexts are how the reading of __consumer_offsets fares, in words.
var tailTexts = map[model.TailState]struct{ title, words, act string }{
	model.TailOff: {"__consumer_offsets is not read", "It was not asked for, or there is none to read: the cluster of the demo keeps none, and tells its rebalances by itself.",
		"Start regroup with --tail auto to have it read."},
	model.TailStarting: {"__consumer_offsets is being opened", "regroup is finding the ends of its partitions; from then on it reads what is new.", "Wait a moment."},
	model.TailOn:       {"__consumer_offsets is read", "Each rebalance and each commit is a record there, and regroup sees it milliseconds later. It reads beside the groups: it never joins one and never commits.", ""},
	model.TailAbsent:   {"There is no __consumer_offsets yet", "Kafka makes the topic when the first group is used. regroup looks again by itself.", ""},
	model.TailRefused: {"READ on __consumer_offsets is refused", "The principal that regroup uses may not read it. Everything else works; generations are counted, causes are less sure.",
		"Have an administrator allow it: kafka-acls.sh --add --allow-principal User:… --operation Read --topic __consumer_offsets."},
	model.TailTooBusy: {"__consumer_offsets is too busy", "More is written there than regroup is allowed to read, mostly by groups that commit very often. It stopped so as not to burden the brokers.",
		"Start regroup with --tail on to have it read all the same, if brokers and network can bear it."},
	model.TailFailed: {"__consumer_offsets cannot be read", "It worked or should work, and does not. regroup tries again by itself.", "! tells the reason in full."},
}

func tailPage(c Context) Page {
	if c.View == nil {
		return Page{Title: "__consumer_offsets", Sentences: []string{"Nothing is known yet."}}
	}
	t := &c.View.Tail
	words := tailTexts[t.State]
	p := Page{Title: words.title}
	tailWords(&p, c)
	if t.State == model.TailOn {
		lately := "" // 0 is that nothing is written, or that nobody counts it
		if t.BytesPerSecond > 0 {
			lately = "; " + bytes(t.BytesPerSecond) + " a second lately"
		}
		p.say("%s, of %d%s.", text.Plural(t.Following, "partition"), t.Partitions, lately)
		if n := len(t.Lost); n > 0 {
			p.say("%s %s no leader now: of the groups in them only polls tell.", text.Plural(n, "partition"), map[bool]string{true: "has", false: "have"}[n == 1])
		}
		if t.Gaps > 0 {
			p.say("%s records were passed over since it began; what was in them only polls tell.", times(t.Gaps))
		}
		if t.Undecodable > 0 {
			p.say("%s broke their own schema and were passed over.", text.Plural(t.Undecodable, "record"))
		}
	}
	p.set("offsets.topic.num.partitions")
	return p
}

// tailWords say how the reading of __consumer_offsets fares.
func tailWords(p *Page, c Context) {
	t := &c.View.Tail
	words := tailTexts[t.State]
	if t.State == model.TailOff && c.View.GenerationsExact {
		p.say("The cluster of the demo tells them by itself: it has no __consumer_offsets.")
		return
	}
	p.say("%s: %s", words.title, lower(words.words))
	if t.Reason != "" {
		p.say("The reason: %s.", t.Reason)
	}
	if words.act != "" {
		p.do(words.act)
	}
}

// lower begins with a small letter, to go on after a colon; names stay as they are.
func lower(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'a' && s[1] <= 'z' && s[:min(5, len(s))] != "Kafka" {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}

func times(n int64) string {
	if n == 1 {
		return "Once"
	}
	return text.Count(n) + " times"
}

func bytes(perSecond float64) string {
	switch {
	case perSecond >= 1e6:
		return fmt.Sprintf("%.1f MB", perSecond/1e6)
	case perSecond >= 1e3:
		return fmt.Sprintf("%.1f kB", perSecond/1e3)
	}
	return fmt.Sprintf("%.0f bytes", perSecond)
}

// until is the time from now to a moment that lies ahead.
func until(now, at time.Time) time.Duration { return max(0, at.Sub(now)) }
