package ui

import (
	"fmt"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"regroup/model"
)

// timedOut is a group after a member had crashed: one generation was overtaken, a partition is not read yet, and the
// leader was the one who is gone.
func timedOut() *model.GroupView {
	g := oneConsumer()
	r := rebalance(5, 4, 0.5, "AABC", "BBBC", 2)
	r.To, r.Overtaken = exact(7), 1
	r.Left = []model.MemberRef{ref(1)}
	judged(r, model.CauseSessionTimedOut, model.Likely,
		"the commits of A's partitions stopped 45.1s before it was gone, about its session timeout (45s); those of the others went on")
	r.LeaderBefore, r.LeaderAfter, g.Leader = 1, 2, 2
	r.Also = []model.Verdict{{Cause: model.CausePartitionsAdded, Confidence: model.Possible, Evidence: "myorders has 4 partitions, it had 3 within a minute before"}}
	r.Began.NotBefore = r.Began.NotBefore.Add(-24 * time.Millisecond)
	r.Cost.Complete, r.Cost.PausedAtLeast, r.Cost.PausedAtMost = false, 45*time.Second, model.None[time.Duration]()
	r.Cost.LagAdded, r.Cost.ReadAgain, r.Cost.Idle = model.Some[int64](4_512), model.Some[int64](37), 46*time.Second
	r.Cost.Pauses[0].AtLeast, r.Cost.Pauses[0].AtMost, r.Cost.Pauses[0].Resumed = 45*time.Second, model.None[time.Duration](), false
	r.Cost.Pauses[1].AtLeast, r.Cost.Pauses[1].AtMost = 38*time.Second, model.Some(41*time.Second)
	r.Cost.Pauses[1].ReadAgain = model.Some[int64](37)
	r.Stickiness = model.Some(model.Stickiness{Moved: 2, Needed: 1})
	g.Rebalances = append(g.Rebalances, r)
	g.Generation = exact(7)
	g.Members = g.Members[1:]
	g.Ownership = append(g.Ownership, unsettled(4, 5, "AABC"), settled(3.5, 7, "BBBC"))
	return g
}

// stormy is a group that has rebalanced twenty times within minutes after an hour of calm, for changing causes.
func stormy() *model.GroupView {
	g := oneConsumer()
	g.Rebalances = nil
	causes := []model.Cause{
		model.CausePollTookTooLong, model.CauseMemberJoined, model.CausePollTookTooLong, model.CauseSessionTimedOut, model.CauseCooperativeFollowUp,
	}
	for i := range int32(20) {
		age := float64(600 - 30*(i-2))
		switch {
		case i < 2:
			age = float64(3000 - 700*i)
		case i >= 14:
			age = float64(100 - 4*(i-14))
		}
		r := rebalance(200+i, age, 0.9, "AABC", "ABBC", 3)
		judged(r, causes[i%5], model.Likely, "B was back 6.1s after it had gone, and its commits had stopped for 5m 2s, about its max.poll.interval.ms (5m)")
		if i%4 != 1 {
			r.Left = []model.MemberRef{ref(2)}
		} else {
			r.Joined = []model.MemberRef{ref(2)}
		}
		g.Rebalances = append(g.Rebalances, r)
	}
	g.Generation = exact(220)
	g.Storm = model.Storm{Active: true, Recent: 18, Usual: model.Some(0.3)}
	g.Stickiness = model.Some(model.Stickiness{Moved: 20, Needed: 3})
	return g
}

// polledOnly is a group of which only polls tell: counts, intervals, and no card of what it cost.
func polledOnly() *model.GroupView {
	g := oneConsumer()
	for _, r := range g.Rebalances {
		r.From.Kind, r.To.Kind = model.GenerationCounted, model.GenerationCounted
		r.Verdict = model.Verdict{Cause: model.CauseMemberJoined, Confidence: model.Possible, Evidence: "C is new and nobody left"}
		r.Cost, r.JoinEnded, r.Recorded, r.Stickiness = model.Cost{}, model.Moment{}, time.Time{}, model.None[model.Stickiness]()
		r.LeaderBefore, r.LeaderAfter = model.Nobody, model.Nobody
		r.Began.NotBefore = r.Began.NotBefore.Add(-time.Second)
		r.Ended.NotBefore = r.Ended.NotBefore.Add(-time.Second)
	}
	g.Generation.Kind, g.Leader = model.GenerationCounted, model.Nobody
	return g
}

func cardScenes() map[string]*model.GroupView {
	return map[string]*model.GroupView{
		"joined": oneConsumer(), "timed-out": timedOut(), "storm": stormy(), "polled": polledOnly(), "large": storm(), "hostile": hostile(),
		"under-way": underWay(), "reconciling": reconciling(),
	}
}

func TestCardFrames(t *testing.T) {
	for name, g := range cardScenes() {
		for _, size := range frameSizes {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size.width, size.height), func(t *testing.T) {
				golden.RequireEqual(t, lookAt(t, g, size.width, size.height).press("enter").frame().Text()+"\n")
			})
		}
	}
}
