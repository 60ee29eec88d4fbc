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
	knowsItsTimeout bool // the records tell its timeouts
}

// lastCommit draws how long before the group begins to rebalance the member committed, if it goes like that. The rules are
// the coordinator's: a session ends its timeout after the last heartbeat, and a commit is one.
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

// TestHowOftenTheVerdictOnAGoneMemberIsRight lets members of several kinds go in each way a thousand times. A kind whose
// timeouts lie apart by more than the time between two commits is told apart nearly always; what is called likely
// is right at least nineteen times in twenty.
func TestHowOftenTheVerdictOnAGoneMemberIsRight(t *testing.T) {
	const times = 1000
	for _, c := range []client{
		{"Java with its defaults", 45, 300, 5, true, false, true},
		{"Java with the defaults of old", 10, 300, 5, true, false, true},
		{"Java, timeouts unknown", 45, 300, 5, true, false, false},
		{"librdkafka with its defaults", 45, 300, 5, true, true, true},
		{"a tight one", 6, 30, 5, true, false, true},
		{"one that commits each batch, and not as it closes", 10, 60, 2, false, false, true},
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
