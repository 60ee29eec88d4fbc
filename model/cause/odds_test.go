package cause

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"regroup/model"
)

// client is a kind of consumer: what it commits when, in seconds.
type client struct {
	name            string
	session, poll   float64
	every           float64 // between two commits
	commitsOnClose  bool
	timerOfItsOwn   bool // it commits although the application does not poll
	knowsItsTimeout bool // records show its timeouts
}

// lastCommit draws the time from the member's last commit to the start of the rebalance, for a cause of its departure. The
// rules are the coordinator's: a session expires its timeout after the last heartbeat, and a commit is a heartbeat.
func (c client) lastCommit(cause model.Cause, dice *rand.Rand) float64 {
	sinceCommit := dice.Float64() * c.every
	switch cause {
	case model.CauseMemberLeft:
		if c.commitsOnClose {
			return dice.Float64() * 0.2
		}
		return sinceCommit
	case model.CauseSessionTimeout:
		sinceHeartbeat := min(sinceCommit, dice.Float64()*c.session/3)
		return sinceCommit - sinceHeartbeat + c.session
	}
	if c.timerOfItsOwn {
		return c.poll - sinceCommit
	}
	return c.poll + sinceCommit
}

// TestAccuracyOfDepartures lets members of several kinds leave in each way a thousand times. Where timeouts differ by more than a
// commit interval the verdict is right nearly always; a likely verdict is right at least nineteen times in twenty.
func TestAccuracyOfDepartures(t *testing.T) {
	const times = 1000
	for _, c := range []client{
		{"Java with its defaults", 45, 300, 5, true, false, true},
		{"Java with its former defaults", 10, 300, 5, true, false, true},
		{"Java, timeouts unknown", 45, 300, 5, true, false, false},
		{"librdkafka with its defaults", 45, 300, 5, true, true, true},
		{"short timeouts", 6, 30, 5, true, false, true},
		{"a client that commits each batch, and not when it closes", 10, 60, 2, false, false, true},
	} {
		for _, cause := range []model.Cause{model.CauseMemberLeft, model.CauseSessionTimeout, model.CauseMaxPollExceeded} {
			t.Run(fmt.Sprintf("%s: %s", c.name, cause), func(t *testing.T) {
				dice := rand.New(rand.NewPCG(1, uint64(c.session)))
				right, likely, likelyRight := 0, 0, 0
				for range times {
					e := trial(timeouts(c.session, c.poll), isGone(2), committed(2, c.lastCommit(cause, dice)))
					if !c.knowsItsTimeout {
						timeouts(0, 0)(e)
					}
					v, _ := Judge(e)
					if v.Cause == cause {
						right++
					}
					if v.Confidence != model.Possible {
						likely++
						if v.Cause == cause {
							likelyRight++
						}
					}
				}
				if right < times*95/100 {
					t.Errorf("right %d times in %d", right, times)
				}
				if likelyRight < likely*95/100 {
					t.Errorf("likely, and right, %d times in %d", likelyRight, likely)
				}
			})
		}
	}
}
