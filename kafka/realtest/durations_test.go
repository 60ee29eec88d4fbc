package realtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"regroup/model"
)

// tolerance is how far a time that regroup measured may be from the brokers' log. It is no limit of speed: both times
// are of the same event, by the same clock. The log's own times are cut to the millisecond.
const tolerance = 20 * time.Millisecond

// narrow is an interval between two probes whose middle is as good as tolerance.
const narrow = 2 * tolerance

// spread is how far measured values were from the truth.
type spread []time.Duration

func (s spread) String() string {
	if len(s) == 0 {
		return "none"
	}
	sorted := slices.Sorted(slices.Values(s))
	at := func(q float64) time.Duration {
		return sorted[int(q*float64(len(sorted)-1))].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("n=%d min=%s p1=%s p50=%s p99=%s max=%s", len(sorted), at(0), at(.01), at(.5), at(.99), at(1))
}

func (s spread) beyond(limit time.Duration) (count int) {
	for _, d := range s {
		if d.Abs() > limit {
			count++
		}
	}
	return count
}

// compareDurations compares the times of every card of classic groups with the brokers' log: those of a watcher with
// everything must be as good as tolerance, those of polls alone must have the truth between their bounds.
func compareDurations(t testing.TB, logs map[string]*chronicle, exact, polled *watcher, groups []string) {
	t.Helper()
	var joinEnded, ended, endedLess, join, sync, syncLess spread
	wide := 0
	for _, id := range groups {
		for _, r := range exact.cards(id) {
			began, stabilized, completed := logs[id].times(r)
			if completed.IsZero() || stabilized.IsZero() || r.Type != model.TypeClassic {
				continue
			}
			title := fmt.Sprintf("group %s, %s → %s", id, r.From, r.To)
			if !r.JoinEnded.Exact() || !r.Ended.Exact() {
				t.Errorf("%s: the record has the instants, the card has intervals: join ended %v, ended %v", title, r.JoinEnded, r.Ended)
				continue
			}
			joinEnded = append(joinEnded, r.JoinEnded.NotBefore.Sub(stabilized))
			ended = append(ended, r.Ended.NotBefore.Sub(completed))
			sync = append(sync, r.Ended.NotBefore.Sub(r.JoinEnded.NotBefore)-completed.Sub(stabilized))
			// A broker that is busy writes its log first and the record when it gets to it: by its own clock, as both are.
			busy := max(0, r.Recorded.Sub(completed))
			endedLess = append(endedLess, lessOf(ended[len(ended)-1], busy))
			syncLess = append(syncLess, lessOf(sync[len(sync)-1], busy))
			if began.IsZero() || r.Superseded > 0 {
				continue
			}
			contains(t, title+": began", r.Began, began)
			if width := r.Began.NotAfter.Sub(r.Began.NotBefore); width > narrow {
				wide++
				continue
			}
			middle := r.Began.NotBefore.Add(r.Began.NotAfter.Sub(r.Began.NotBefore) / 2)
			join = append(join, r.JoinEnded.NotBefore.Sub(middle)-stabilized.Sub(began))
		}
	}
	for _, of := range []struct {
		what         string
		spread, less spread
	}{
		{"the instant the join ended", joinEnded, joinEnded}, {"the instant the sync ended", ended, endedLess},
		{"the join's duration", join, join}, {"the sync's duration", sync, syncLess},
	} {
		t.Logf("%s, measured less the log's: %s", of.what, of.spread)
		// A broker of a machine that is busy writes the line some time after the thing itself: then a few may be off.
		if beyond := of.less.beyond(tolerance); beyond*20 > len(of.spread) {
			t.Errorf("%s: %d of %d are more than %s from the log", of.what, beyond, len(of.spread), tolerance)
		}
	}
	t.Logf("the beginning was known to more than %s of %d rebalances", narrow, wide)
	compareBounds(t, logs, polled, groups)
}

// lessOf is what is left of a difference beyond what the broker itself was late.
func lessOf(d, busy time.Duration) time.Duration {
	if d <= 0 {
		return d
	}
	return max(0, d-busy)
}

// compareBounds looks for the truth between the bounds of what polls alone reported. Their cards have no generation of
// the coordinator's: a card belongs to a rebalance of the log that ended between the bounds of its end.
func compareBounds(t testing.TB, logs map[string]*chronicle, polled *watcher, groups []string) {
	t.Helper()
	compared := 0
	for _, id := range groups {
		if len(logs[id].stabilized) == 0 {
			continue
		}
		for _, r := range polled.cards(id) {
			compared++
			if !slices.ContainsFunc(slices.Collect(maps.Keys(logs[id].completed)), func(number int32) bool {
				return within(r.Ended, logs[id].completed[number].At)
			}) {
				t.Errorf("group %s, %s → %s by polls: no rebalance of the log ended between %s and %s:\n%s", id, r.From, r.To,
					clock(r.Ended.NotBefore), clock(r.Ended.NotAfter), logs[id])
			}
		}
	}
	if compared == 0 {
		t.Error("polls alone reported nothing to be compared")
	}
}

// times are the log's of a card's rebalance, zero where the log has none: when it began, when all had joined, when it
// was complete.
func (of *chronicle) times(r *model.Rebalance) (began, stabilized, completed time.Time) {
	number := r.To.Number
	return of.preparing[number-1].At, of.stabilized[number].At, of.completed[number].At
}

// String is the chronicle in lines, for messages of tests.
func (of *chronicle) String() string {
	var lines []string
	for _, number := range slices.Sorted(maps.Keys(of.completed)) {
		before := of.preparing[number-1]
		lines = append(lines, fmt.Sprintf("  %d: preparing %s (%s), stabilized %s, complete %s", number,
			clock(before.At), before.Reason, clock(of.stabilized[number].At), clock(of.completed[number].At)))
	}
	return strings.Join(lines, "\n")
}

func clock(at time.Time) string { return at.UTC().Format(time.TimeOnly + ".000") }

// logSlack is what a time of the log may be off: it is cut to the millisecond, and written before or after the thing
// itself; the offset between the clocks is known to some milliseconds.
const logSlack = 10 * time.Millisecond

func within(m model.Moment, at time.Time) bool {
	return !at.Before(m.NotBefore.Add(-logSlack)) && !at.After(m.NotAfter.Add(logSlack))
}

func contains(t testing.TB, what string, m model.Moment, at time.Time) {
	t.Helper()
	if !within(m, at) {
		t.Errorf("%s: the log says %s, reported is between %s and %s", what, clock(at), clock(m.NotBefore), clock(m.NotAfter))
	}
}
