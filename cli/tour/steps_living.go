package tour

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/model/ownership"
)

// static is a restart with and without a group.instance.id.
func static() *chapter {
	groups := []string{"static", "dynamic"}
	return &chapter{title: "Restarts", scene: sceneNamed("static"), unpaced: true, steps: []Step{{
		Name: "static", Title: "Static membership: a restart moves nothing",
		Caption: "With group.instance.id a member that stops does not leave: its place is kept for session.timeout.ms, and whoever comes back with the id gets the same partitions. Without, a restart is a leave and a join.",
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
						if missing := m.unsettled(group, 2); missing != "" {
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
						return "the dynamic member has not been seen to leave yet"
					case m.rebalance("dynamic", func(r *model.Rebalance) bool { return len(r.Joined) > 0 }) == nil:
						return "the dynamic member has not been seen to join again yet"
					case sorted(m.shares("static")) != sorted(before):
						return fmt.Sprintf("the static members own %s, and not %s as before", m.shares("static"), before)
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
					return []string{fmt.Sprintf("static: %d moved", staticMoved), fmt.Sprintf("dynamic: %s, %d moved", times(n, "rebalance"), moved)}
				},
			}}
		},
	}}}
}

// sorted is shares in an order that does not depend on who was started first.
func sorted(shares string) string {
	all := strings.Split(shares, " | ")
	slices.Sort(all)
	return strings.Join(all, " | ")
}

// committing is a crash between processing and commit.
func committing() *chapter {
	modes := []string{"auto", "sync", "async"}
	return &chapter{title: "Commits", scene: sceneNamed("commits"), steps: []Step{{
		Name: "commits", Title: "Commits: at least once, and how often again",
		Caption: "A consumer of each group crashes after processing and before the commit. Who takes over begins at the last commit and reads again what came after: at least once. How much that is depends on how often one commits.",
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
							return mode + ": the session is over, and the group rebalances"
						}
						if m.unsettled(mode, 1) != "" {
							return fmt.Sprintf("%s: the session of %s has not timed out yet", mode, victims[mode].Name)
						}
						least := int64(1)
						if mode == "auto" {
							least = crashedRecords
						}
						if n := again(m, mode); n < least {
							return fmt.Sprintf("%s must read %d again at least", mode, least)
						}
					}
					return ""
				},
				Facts: func(m *Moment) []string {
					var facts []string
					for _, mode := range modes {
						facts = append(facts, fmt.Sprintf("%s: %d read again", mode, again(m, mode)))
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

// crashedRecords is how many records are processed and not committed where a timer commits.
const crashedRecords = 20

// counting is a state that lives with a partition.
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
	lost := func(m *Moment, group string) (n int64) {
		for _, c := range m.consumers(group) {
			n += c.CountsLost
		}
		return n
	}
	return &chapter{title: "State", scene: sceneNamed("state"), steps: []Step{{
		Name: "state", Title: "State that lives with a partition",
		Caption: "Each consumer counts records by key, in memory, for the partitions that it owns. When a partition moves its counts are lost. range moves more partitions than it has to; cooperative-sticky moves no more than it must.",
		Screen:  model.TourLab, Groups: groups, Needs: two(groups...),
		Play: func(*Moment) []Phase {
			facts := func(m *Moment) []string {
				var facts []string
				for _, group := range groups {
					_, n := counted(m, group)
					facts = append(facts, fmt.Sprintf("%s: %d kept, %d lost, %d moved", group, n, lost(m, group), m.moved(group)))
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
								return fmt.Sprintf("%s has counted in %d of 6 partitions", group, n)
							}
							before[group] = lost(m, group)
						}
						return ""
					},
					Facts: facts,
				},
				{
					Do: func(m *Moment) []model.LabAction { return m.startThird(groups) },
					Missing: func(m *Moment) string {
						for _, group := range groups {
							if missing := m.unsettled(group, 3); missing != "" {
								return missing
							}
							if lost(m, group) <= before[group] {
								return group + " has lost no counts yet"
							}
						}
						if a, b := m.moved("moving"), m.moved("sticking"); b == 0 || a <= b {
							return fmt.Sprintf("%d partitions of moving moved, and %d of sticking", a, b)
						}
						return ""
					},
					Facts: facts,
				},
			}
		},
	}}}
}

// moved is how many partitions of a group the newest rebalance since the step's actions moved.
func (m *Moment) moved(group string) int {
	g := m.group(group)
	if g == nil {
		return 0
	}
	c := ownership.Compare(g, m.Began)
	return c.Moved
}

// fetching is throughput against latency.
func fetching() *chapter {
	groups := []string{"eager", "patient"}
	return &chapter{title: "Fetches", scene: sceneNamed("fetch"), steps: []Step{{
		Name: "fetch", Title: "fetch.min.bytes and fetch.max.wait.ms: throughput against latency",
		Caption: "A broker holds a fetch back until fetch.min.bytes are there or fetch.max.wait.ms have passed. eager gets each record at once and asks all the time. patient asks seldom: less work for everybody, and older records.",
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
						return "a consumer is gone"
					}
					for _, c := range []*model.LabConsumer{eager, patient} {
						if group := strings.TrimPrefix(c.Group, m.scene.Prefix); c.MemberID != before[group] || len(m.rebalances(group)) > 0 {
							return c.Name + " did not stay in its group, although nothing was done to it"
						}
					}
					quick, known := eager.Latency.Get()
					late, alsoKnown := patient.Latency.Get()
					often, oftenKnown := eager.Fetches.Get()
					seldom, seldomKnown := patient.Fetches.Get()
					switch {
					case !known || !alsoKnown || !oftenKnown || !seldomKnown:
						return "both have not read for long enough yet"
					case late <= 2*quick:
						return fmt.Sprintf("patient's records are %s old, and those of eager %s", short(late), short(quick))
					case seldom >= often:
						return fmt.Sprintf("patient fetches %s, and eager %s", perSecond(seldom), perSecond(often))
					case m.since(m.Began) < patient.Settings.SessionTimeout:
						return "heartbeats do not wait for fetches"
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
							facts = append(facts, fmt.Sprintf("%s: %s, fetches %s", group, short(latency), perSecond(fetches)))
						}
					}
					return facts
				},
			}}
		},
	}}}
}
