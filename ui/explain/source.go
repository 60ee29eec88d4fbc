package explain

import (
	"fmt"

	"regroup/model"
	"regroup/ui/text"
)

// feedTexts explain the states of the source.
var feedTexts = map[Feed]struct{ title, words, action string }{
	Connecting: {"Connecting", "No broker has answered since regroup started connecting, %s. It keeps trying every address in turn.", "! shows which addresses were tried and why each failed."},
	Live:       {"Live", "The values are as old as the last poll. The last answer came %s.", ""},
	Late:       {"Stale", "No poll has completed for several intervals; the last answer came %s. The values are from then.", "The cluster is slow or does not answer: ! shows which broker. Missing data is never reported as a rebalance."},
	Silent:     {"No answer", "No broker answers any more; the last answer came %s. The values are from then.", "Check the network between regroup and the brokers first: brokers rarely fail all at once."},
	Paused:     {"Paused", "The display is paused since %s. regroup keeps polling in the background; no event is lost.", "p resumes with the newest view."},
	Ended:      {"Ended", "The source has ended: no further data will arrive.", "q quits."},
	Recording:  {"A recording", "Recorded observations are processed again exactly as when they were recorded; the bar below shows the recorded time.", "space plays and pauses, [ and ] jump to the previous and the next rebalance."},
}

func sourcePage(c Context) Page {
	words := feedTexts[c.Feed]
	p := Page{Title: words.title}
	switch c.Feed {
	case Ended, Recording:
		p.addf("%s", words.words)
	case Paused:
		p.addf(words.words, text.Clock(c.Now, c.Since))
	default:
		p.addf(words.words, ago(c.Now, c.Since))
	}
	if words.action != "" {
		p.advise(words.action)
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
		p.addf("%d of %s answered. regroup polls every %s; the last poll took %s and %s. The cost of a poll depends on the number of brokers, hardly on that of groups.",
			n-down, text.Plural(n, "broker"), duration(v.Interval), text.Duration(v.Took), text.Plural(v.Requests, "request"))
	}
	for _, b := range v.Brokers {
		if !b.Answered && b.Problem != "" {
			p.addf("Broker %d (%s): %s.", b.ID, b.Address, b.Problem)
		}
	}
	if v.Cluster.Version != "" {
		p.addf("Kafka %s is derived from the API versions of the brokers, which do not report their release.", v.Cluster.Version)
	}
	p.addf("Rebalancing groups and the group on the screen are polled more often than others.")
	return p
}

func exactnessPage(c Context) Page {
	p := Page{Title: "Generations"}
	if c.View == nil {
		p.addf("No data yet.")
		return p
	}
	if c.View.GenerationsExact {
		p.Title = "Generations are exact"
		p.addf("Every rebalance has the coordinator's own number, even if rebalances follow each other faster than polls. For a classic group, the ends of the join and of the sync are known to the millisecond. A consumer group (KIP-848) has neither phase: the time when its members converged is as exact as its source, records or polls.")
		tailWords(&p, c)
		return p
	}
	p.Title = "Generations are counted ≈"
	p.addf("No response contains the generation of a classic group. regroup counts the rebalances that polls can tell apart, a lower bound marked ≈; times are intervals between two polls.")
	p.addf("Groups of the consumer protocol (KIP-848) report their epoch, which is exact.")
	tailWords(&p, c)
	return p
}

// tailTexts explain the states of the tail of __consumer_offsets.
var tailTexts = map[model.TailState]struct{ title, words, action string }{
	model.TailOff: {"__consumer_offsets is not read", "The tail is switched off.",
		"Start regroup with --tail auto to read it."},
	model.TailStarting: {"__consumer_offsets is being opened", "regroup looks up the ends of its partitions and reads new records from there.", "Wait a moment."},
	model.TailOn:       {"__consumer_offsets is read", "Each rebalance and each commit is a record in it, which regroup reads within milliseconds. It never joins a group and never commits.", ""},
	model.TailAbsent:   {"__consumer_offsets does not exist yet", "Kafka creates the topic when the first group is used. regroup checks again by itself.", ""},
	model.TailRefused: {"READ on __consumer_offsets is refused", "regroup's principal may not read it. Everything else works; generations are counted, and causes are less certain.",
		"Have an administrator grant it: kafka-acls.sh --add --allow-principal User:… --operation Read --topic __consumer_offsets."},
	model.TailTooBusy: {"__consumer_offsets is too busy", "Its traffic exceeds regroup's limit, usually because groups commit very often. regroup stopped reading it to spare the brokers.",
		"Start regroup with --tail on to read it regardless, if brokers and network can bear it."},
	model.TailFailed: {"__consumer_offsets cannot be read", "Reading it failed. regroup retries by itself.", "! shows the error."},
}

func tailPage(c Context) Page {
	if c.View == nil {
		return Page{Title: "__consumer_offsets", Sentences: []string{"No data yet."}}
	}
	t := &c.View.Tail
	p := Page{Title: tailTexts[t.State].title}
	tailWords(&p, c)
	if t.State == model.TailOn {
		traffic := "" // 0 is no traffic, or unmeasured
		if t.BytesPerSecond > 0 {
			traffic = ", currently " + bytes(t.BytesPerSecond) + "/s"
		}
		p.addf("regroup reads %d of %s%s.", t.Following, text.Plural(t.Partitions, "partition"), traffic)
		if n := len(t.Lost); n > 0 {
			p.addf("%s %s no leader: the groups in %s are known from polls only.", text.Plural(n, "partition"), agree(n, "has", "have"), agree(n, "it", "them"))
		}
		if t.Gaps > 0 {
			p.addf("Records were skipped %s since regroup started; what they contained is known from polls only.", times(t.Gaps))
		}
		if t.Undecodable > 0 {
			p.addf("%s could not be decoded and %s skipped.", text.Plural(t.Undecodable, "record"), agree(t.Undecodable, "was", "were"))
		}
	}
	p.addSettings("offsets.topic.num.partitions")
	return p
}

// tailWords explain the state of the tail of __consumer_offsets.
func tailWords(p *Page, c Context) {
	t := &c.View.Tail
	words := tailTexts[t.State]
	if t.State == model.TailOff && c.View.GenerationsExact {
		p.addf("__consumer_offsets is not read: generations are exact without it, because the demo cluster reports them and KIP-848 groups have epochs.")
		return
	}
	p.addf("%s: %s", words.title, lowerFirst(words.words))
	if t.Reason != "" {
		p.addf("The reason: %s.", t.Reason)
	}
	if words.action != "" {
		p.advise(words.action)
	}
}

func times(n int64) string {
	if n == 1 {
		return "once"
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
