package lab

import (
	"slices"
	"strings"
	"time"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/text"
	"regroup/ui/theme"
)

// sessionBar is the cells of the bar of a session that runs out, and sessionWidth those of the bar and what stands beside.
const (
	sessionBar   = 6
	sessionWidth = sessionBar + 1 + 10 // 12.3–14.3s
)

// sessionRest is what is left of the session of a consumer that sends no heartbeat any more: at least and at most, for the
// last heartbeat may have left up to a heartbeat interval before.
type sessionRest struct{ least, most, whole time.Duration }

// sessionLeft is what is left of the session of a consumer that was killed or is paused; false if nothing is, or the group
// has removed it already.
func sessionLeft(f kit.Frame, c *model.LabConsumer) (left sessionRest, counts bool) {
	earliest, latest, ok := c.SessionEnd()
	if !ok || !f.Now.Before(latest) {
		return sessionRest{}, false
	}
	g := f.View.Group(c.Group)
	if g != nil && g.MembersKnown && !slices.ContainsFunc(g.Members, func(m model.MemberView) bool { return m.MemberID == c.MemberID }) {
		return sessionRest{}, false
	}
	whole := c.Settings.SessionTimeout
	// The lab's clock and the screen's are the same, but what was recorded is replayed by another.
	return sessionRest{min(whole, max(0, earliest.Sub(f.Now))), min(whole, latest.Sub(f.Now)), whole}, true
}

// line is the rest as a bar that shrinks, its end as wide as it is uncertain, after what the consumer owns where there is room.
func (r sessionRest) line(th *theme.Theme, owns text.Line, width int) text.Line {
	cells := func(d time.Duration) int { return int((d*sessionBar + r.whole/2) / r.whole) }
	sure, most := cells(r.least), max(1, cells(r.most))
	rest := text.Of(
		text.S(th.Warn, strings.Repeat("█", sure)), text.S(th.Warn, strings.Repeat("▒", most-sure)),
		text.S(th.Faint, strings.Repeat("░", sessionBar-most)), text.Space(1),
		text.S(th.Warn, text.DurationBetween(r.least, r.most)),
	)
	if owned := owns.Width(); owned > 0 && owned+1+rest.Width() <= width {
		return append(append(slices.Clone(owns), text.Space(1)), rest...)
	}
	return rest
}
