package tour

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/text"
)

// static has restarts with and without a group.instance.id.
func static() *chapter {
	groups := []string{"static", "dynamic"}
	return &chapter{title: "Restarts", scene: sceneNamed("static"), unpaced: true, steps: []Step{{
		Name: "static", Title: "Static membership: a restart moves nothing",
		Caption: "A member with a group.instance.id does not leave when it stops: its partitions stay assigned for session.timeout.ms, and the member that rejoins with the same id gets them. Otherwise a restart is a leave and a join.",
		Screen:  model.TourGroups, Groups: groups, Needs: two(groups...),
		Play: func(m *Moment) []Phase {
			staying, moving := m.consumers("static")[0], m.consumers("dynamic")[0]
			before := m.shares("static")
			return []Phase{{
				Do: func(*Moment) []model.LabAction {
					return []model.LabAction{{Kind: model.LabRestart, Consumer: staying.Name}, {Kind: model.LabRestart, Consumer: moving.Name}}
				},
				Missing: func(m *Moment) string {
					if r := m.rebalance("static", func(r *model.Rebalance) bool { return len(r.Moves) > 0 }); r != nil {
						return "partitions of the static group moved: " + why(r)
					}
					for _, group := range groups {
						if missing := m.unstable(group, 2); missing != "" {
							return missing
						}
					}
					for _, c := range m.consumers("static") {
						if c.PID == staying.PID {
							return staying.Name + " has not been restarted yet"
						}
					}
					switch {
					case m.rebalance("dynamic", func(r *model.Rebalance) bool { return len(r.Left) > 0 && len(r.Moves) > 0 }) == nil:
						return "the dynamic member has not left yet"
					case m.rebalance("dynamic", func(r *model.Rebalance) bool { return len(r.Joined) > 0 }) == nil:
						return "the dynamic member has not rejoined yet"
					case sorted(m.shares("static")) != sorted(before):
						return fmt.Sprintf("the static members own %s instead of %s", m.shares("static"), before)
					}
					return ""
				},
				Facts: func(m *Moment) []string {
					moves := func(group string) (rebalances, moved int) {
						for _, r := range m.rebalances(group) {
							rebalances, moved = rebalances+1, moved+len(r.Moves)
						}
						return rebalances, moved
					}
					_, staticMoved := moves("static")
					n, moved := moves("dynamic")
					return []string{fmt.Sprintf("static: %d moved", staticMoved), fmt.Sprintf("dynamic: %s, %d moved", text.Plural(n, "rebalance"), moved)}
				},
			}}
		},
	}}}
}

// sorted is an assignment independent of the order in which the consumers were started.
func sorted(shares string) string {
	all := strings.Split(shares, " | ")
	slices.Sort(all)
	return strings.Join(all, " | ")
}

// committing has crashes between processing and commit.
func committing() *chapter {
	modes := []string{"auto", "sync", "async"}
	return &chapter{title: "Commits", scene: sceneNamed("commits"), steps: []Step{{
		Name: "commits", Title: "Commits: at least once, and what is reprocessed",
		Caption: "A consumer of each group crashes after processing and before the commit. The next owner starts at the last committed offset and reprocesses what came after it: at least once. More frequent commits reprocess less.",
		Screen:  model.TourLab, Groups: modes, Needs: two(modes...),
		Play: func(m *Moment) []Phase {
			victims := map[string]*model.LabConsumer{}
			for _, mode := range modes {
				victims[mode] = m.consumers(mode)[0]
			}
			again := func(m *Moment, group string) (n int64) {
				for _, c := range m.consumers(group) {
					n += c.ReadAgain
				}
				return n
			}
			return []Phase{{
				Do: func(*Moment) []model.LabAction {
					return []model.LabAction{
						{Kind: model.LabCrash, Consumer: victims["auto"].Name, Records: crashedRecords},
						{Kind: model.LabCrash, Consumer: victims["sync"].Name},
						{Kind: model.LabCrash, Consumer: victims["async"].Name},
					}
				},
				Missing: func(m *Moment) string {
					for _, mode := range modes {
						if c := m.consumer(victims[mode].Name); c == nil || c.State != model.LabKilled {
							return victims[mode].Name + " has not crashed yet"
						}
						if g := m.group(mode); g != nil && g.Rebalancing() {
							return mode + ": the session timed out, and the group rebalances"
						}
						if m.unstable(mode, 1) != "" {
							return fmt.Sprintf("%s: the session of %s has not timed out yet", mode, victims[mode].Name)
						}
						least := int64(1)
						if mode == "auto" {
							least = crashedRecords
						}
						if n := again(m, mode); n < least {
							return fmt.Sprintf("%s has not reprocessed %d records yet", mode, least)
						}
					}
					return ""
				},
				Facts: func(m *Moment) []string {
					var facts []string
					for _, mode := range modes {
						facts = append(facts, fmt.Sprintf("%s: %d reprocessed", mode, again(m, mode)))
					}
					return facts
				},
				Countdown: func(m *Moment) *model.TourCountdown {
					c := m.consumer(victims["auto"].Name)
					if c == nil {
						return nil
					}
					earliest, till, ok := c.SessionEnd()
					if !ok || m.Now.After(till.Add(time.Second)) {
						return nil
					}
					return &model.TourCountdown{Words: c.Name + ": session", From: till.Add(-c.Settings.SessionTimeout), Till: till, Earliest: earliest}
				},
			}}
		},
	}}}
}

// crashedRecords is how many records the group with automatic commits processes without a commit.
const crashedRecords = 20

// counting has a state for each partition.
func counting() *chapter {
	groups := []string{"moving", "sticking"}
	counted := func(m *Moment, group string) (partitions int, records int64) {
		for _, c := range m.consumers(group) {
			for _, n := range c.Counts {
				if n.Records > 0 {
					partitions, records = partitions+1, records+n.Records
				}
			}
		}
		return partitions, records
	}
	dropped := func(m *Moment, group string) (n int64) {
		for _, c := range m.consumers(group) {
			n += c.CountsLost
		}
		return n
	}
	return &chapter{title: "State", scene: sceneNamed("state"), steps: []Step{{
		Name: "state", Title: "State of partitions",
		Caption: "Each consumer counts records by key, in memory, for its partitions. When a partition moves, its counts are dropped. range moves more partitions than necessary; cooperative-sticky moves the minimum.",
		Screen:  model.TourLab, Groups: groups, Needs: two(groups...),
		Play: func(*Moment) []Phase {
			facts := func(m *Moment) []string {
				var facts []string
				for _, group := range groups {
					_, n := counted(m, group)
					facts = append(facts, fmt.Sprintf("%s: %d kept, %d dropped, %d moved", group, n, dropped(m, group), m.moved(group)))
				}
				return facts
			}
			var before map[string]int64
			return []Phase{
				{
					Missing: func(m *Moment) string {
						before = map[string]int64{}
						for _, group := range groups {
							if n, _ := counted(m, group); n < 6 {
								return fmt.Sprintf("%s has counts of %d of 6 partitions", group, n)
							}
							before[group] = dropped(m, group)
						}
						return ""
					},
					Facts: facts,
				},
				{
					Do: func(m *Moment) []model.LabAction { return m.startThird(groups) },
					Missing: func(m *Moment) string {
						for _, group := range groups {
							if missing := m.unstable(group, 3); missing != "" {
								return missing
							}
							if dropped(m, group) <= before[group] {
								return group + " has not dropped counts yet"
							}
						}
						if a, b := m.moved("moving"), m.moved("sticking"); b == 0 || a <= b {
							return fmt.Sprintf("moving moved %d partitions, sticking %d", a, b)
						}
						return ""
					},
					Facts: facts,
				},
			}
		},
	}}}
}

// moved is the number of partitions that moved in a group since the step's actions.
func (m *Moment) moved(group string) int {
	g := m.group(group)
	if g == nil {
		return 0
	}
	c := ownership.Compare(g, m.Began)
	return c.Moved
}

// fetching compares throughput and latency.
func fetching() *chapter {
	groups := []string{"eager", "patient"}
	return &chapter{title: "Fetches", scene: sceneNamed("fetch"), steps: []Step{{
		Name: "fetch", Title: "fetch.min.bytes and fetch.max.wait.ms: throughput against latency",
		Caption: "A broker delays the response to a fetch until it has fetch.min.bytes or fetch.max.wait.ms have passed. eager gets each record at once with many fetches. patient sends fewer fetches: less load, but higher latency.",
		Screen:  model.TourLab, Groups: groups, Needs: []Need{{"eager", 1}, {"patient", 1}},
		Play: func(m *Moment) []Phase {
			before := map[string]string{}
			for _, group := range groups {
				before[group] = m.newest(group).MemberID
			}
			return []Phase{{
				Missing: func(m *Moment) string {
					eager, patient := m.newest("eager"), m.newest("patient")
					if eager == nil || patient == nil {
						return "a consumer has ended"
					}
					for _, c := range []*model.LabConsumer{eager, patient} {
						if group := strings.TrimPrefix(c.Group, m.scene.Prefix); c.MemberID != before[group] || len(m.rebalances(group)) > 0 {
							return c.Name + " left its group without a reason"
						}
					}
					quick, known := eager.Latency.Get()
					late, alsoKnown := patient.Latency.Get()
					often, oftenKnown := eager.Fetches.Get()
					seldom, seldomKnown := patient.Fetches.Get()
					switch {
					case !known || !alsoKnown || !oftenKnown || !seldomKnown:
						return "both have not consumed for long enough yet"
					case late <= 2*quick:
						return fmt.Sprintf("the latency of patient is %s, that of eager %s", text.Duration(late), text.Duration(quick))
					case seldom >= often:
						return fmt.Sprintf("patient fetches %s, eager %s", text.Rate(seldom), text.Rate(often))
					case m.since(m.Began) < patient.Settings.SessionTimeout:
						return "a session timeout has not passed yet"
					}
					return ""
				},
				Facts: func(m *Moment) []string {
					var facts []string
					for _, group := range groups {
						c := m.newest(group)
						if c == nil {
							continue
						}
						latency, known := c.Latency.Get()
						fetches, also := c.Fetches.Get()
						if known && also {
							facts = append(facts, fmt.Sprintf("%s: latency %s, fetches %s", group, text.Duration(latency), text.Rate(fetches)))
						}
					}
					return facts
				},
			}}
		},
	}}}
}
