package lag

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"regroup/model"
	. "regroup/model/modeltest"

	"pgregory.net/rapid"
)

// lagged is a group as a poll sees it: "120" is its lag, "–" an unknown one, "≥120" one with an unknown summand;
// "stalled", "growing" … its trend; "stale", "gone" and "rebalancing" what they say.
func lagged(description string) *model.GroupView {
	g := &model.GroupView{ID: "g", Trend: model.TrendSteady}
	for _, word := range strings.Fields(description) {
		number, incomplete := strings.CutPrefix(word, "≥")
		switch word {
		case "stalled", "growing":
			g.Trend = model.Trend(word)
		case "untrended":
			g.Trend = model.TrendUnknown
		case "stale":
			g.StaleSince = Start
		case "gone":
			g.GoneSince = Start
		case "rebalancing":
			g.RebalancingSince = Start
		case "–":
		default:
			g.LagIncomplete = incomplete
			lag := int64(0)
			for _, digit := range number {
				lag = lag*10 + int64(digit-'0')
			}
			g.Lag = model.Some(lag)
		}
	}
	return g
}

func TestLagAlerts(t *testing.T) {
	stalled := func(polls int) []string { return slices.Repeat([]string{"5 stalled"}, polls) }
	for _, c := range []struct {
		reason    string
		threshold int64
		polls     []string // one a second
		want      []string // "second words"
	}{
		{"three polls in a row", 100, []string{"10", "100", "150", "200", "300"}, []string{"3 lag is 200, threshold 100"}},
		{"two are a burst", 100, []string{"100", "150", "20", "100", "150", "20"}, nil},
		{"over below 80 %, not at the threshold", 100, []string{"100", "100", "100", "99", "80", "100", "79", "20"}, []string{
			"2 lag is 100, threshold 100", "6 lag is down to 79, below 80 % of 100",
		}},
		{"after that it takes three again", 100, []string{"100", "100", "100", "0", "100", "100", "0", "100", "100", "100"}, []string{
			"2 lag is 100, threshold 100", "3 lag is down to 0, below 80 % of 100", "9 lag is 100, threshold 100",
		}},
		{"an unknown lag is not well, nor does it count", 100, []string{"100", "100", "–", "100", "–", "stale 5", "70"}, []string{
			"3 lag is 100, threshold 100", "6 lag is down to 70, below 80 % of 100",
		}},
		{"a sum that has lost a summand has not become less", 100, []string{"200", "200", "200", "≥10", "10"}, []string{
			"2 lag is 200, threshold 100", "4 lag is down to 10, below 80 % of 100",
		}},
		{"one that lacked the summand from the beginning can", 100, []string{"≥200", "≥200", "≥200", "≥10"}, []string{
			"2 lag is 200, threshold 100", "3 lag is down to 10, below 80 % of 100",
		}},
		{"a threshold of one record", 1, []string{"1", "1", "1", "0"}, []string{
			"2 lag is 1, threshold 1", "3 lag is down to 0, below 80 % of 1",
		}},
		{"a group that is deleted alerts no more", 100, []string{"100", "100", "100", "gone –", "gone –"}, []string{
			"2 lag is 100, threshold 100", "3 lag is no longer above 100",
		}},
		{"no threshold, no alerts of any kind", 0, append(stalled(20), "9999", "9999", "9999"), nil},
		{"stalled for ten seconds", 100, append(stalled(12), "5 growing", "5"), []string{
			"10 stalled: no commits, and lag is 5", "12 no longer stalled",
		}},
		{"stalled for nine", 100, append(stalled(9), "5", "5 stalled", "5"), nil},
		{"while it rebalances, or its trend is unknown, it is unknown", 100, append(stalled(11), "5 rebalancing", "5 untrended", "5 stalled", "5"), []string{
			"10 stalled: no commits, and lag is 5", "14 no longer stalled",
		}},
		{"stalled, and too much: two alerts", 7, append(stalled(9), "7 stalled", "8 stalled", "9 stalled", "0"), []string{
			"10 stalled: no commits, and lag is 8", "11 lag is 9, threshold 7", "12 lag is down to 0, below 80 % of 7", "12 no longer stalled",
		}},
	} {
		var state AlertState
		var got []string
		for i, poll := range c.polls {
			for _, alert := range state.Observe(lagged(poll), Second(float64(i)), c.threshold) {
				got = append(got, fmt.Sprintf("%d %s", i, alert.Words()))
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.reason, got, c.want)
		}
	}
}

func TestAnAlertSaysSinceWhen(t *testing.T) {
	var state AlertState
	var raised []model.LagAlert
	for i, poll := range []string{"5", "100", "100", "100", "0"} {
		raised = append(raised, state.Observe(lagged(poll), Second(float64(i)), 100)...)
	}
	if len(raised) != 2 || !raised[0].Since.Equal(Second(1)) || !raised[1].Since.Equal(Second(1)) || raised[0].Threshold != 100 {
		t.Errorf("%+v", raised)
	}
}

// Whatever is seen: of each reason, beginnings and ends alternate, a beginning has three bad polls (or ten bad seconds)
// behind it, and a lag that stays between 80 % and the threshold changes nothing.
func TestAlertsDoNotFlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		threshold := rapid.Int64Range(1, 1_000_000).Draw(t, "threshold")
		var state AlertState
		open := map[model.AlertReason]bool{}
		bad := 0
		for i := range rapid.IntRange(1, 80).Draw(t, "polls") {
			g := lagged(rapid.SampledFrom([]string{"", "stalled", "stalled", "growing", "untrended", "stale", "rebalancing"}).Draw(t, "group"))
			percent := rapid.SampledFrom([]int64{-1, 0, 79, 81, 90, 99, 100, 101, 200}).Draw(t, "percent")
			if percent >= 0 {
				g.Lag = model.Some(threshold * percent / 100)
			}
			if lag, known := g.Lag.Get(); known && g.StaleSince.IsZero() {
				if lag >= threshold {
					bad++
				} else if !open[model.AlertLag] {
					bad = 0
				}
			}
			for _, a := range state.Observe(g, Second(float64(i)), threshold) {
				if a.Over != open[a.Reason] {
					t.Fatalf("poll %d: %q is over (%t), and was raised before (%t)", i, a.Reason, a.Over, open[a.Reason])
				}
				open[a.Reason] = !a.Over
				switch {
				case a.Reason == model.AlertLag && !a.Over && bad < model.LagPolls:
					t.Fatalf("poll %d: raised after %d bad ones", i, bad)
				case a.Reason == model.AlertLag && a.Over && (g.Lag.Or(threshold)*100 >= threshold*model.LagOverPercent):
					t.Fatalf("poll %d: over at %s of %d", i, g.Lag, threshold)
				case a.Reason == model.AlertStalled && !a.Over && Second(float64(i)).Sub(a.Since) < model.RateWindow:
					t.Fatalf("poll %d: raised of a stall since %s", i, a.Since)
				}
				if a.Over && a.Reason == model.AlertLag {
					bad = 0
				}
			}
		}
	})
}
