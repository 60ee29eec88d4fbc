package ui

import (
	"strings"
	"testing"

	"regroup/model"
	"regroup/ui/uitest"
)

// The header says whether generations are exact, and if not, why, in as many words as there is room for; ! has all.
func TestHeaderSaysWhyGenerationsAreCounted(t *testing.T) {
	for _, c := range []struct {
		why     string
		exact   bool
		tail    model.TailStatus
		width   int
		header  string
		problem string // on the page of the problems; "" is none
	}{
		{"read", true, model.TailStatus{State: model.TailOn}, 120, "generations exact", ""},
		{"refused", false, model.TailStatus{State: model.TailRefused, Reason: "Fetch of __consumer_offsets: not authorised\x1b; grant READ to User:me"},
			160, "generations counted ≈ READ on __consumer_offsets refused", `not authorised\x1b; grant READ to User:me`},
		{"refused, less room", false, model.TailStatus{State: model.TailRefused, Reason: "not authorised"}, 120, "generations counted ≈ READ refused", "not authorised"},
		{"hardly any room", false, model.TailStatus{State: model.TailRefused, Reason: "not authorised"}, 80, "regroup", "READ on __consumer_offsets refused"},
		{"too busy", false, model.TailStatus{State: model.TailTooBusy, Reason: "41 MB/s, the limit is 32 MB/s"}, 160, "__consumer_offsets is too busy", "41 MB/s"},
		{"off as asked for", false, model.TailStatus{}, 160, "generations counted ≈ __consumer_offsets is not read", ""},
		{"off, and why", false, model.TailStatus{Reason: "asked for by --tail off"}, 160, "is not read", "asked for by --tail off"},
		{"failed", false, model.TailStatus{State: model.TailFailed, Reason: "connection refused"}, 160, "__consumer_offsets cannot be read", "connection refused"},
		{"partly", false, model.TailStatus{State: model.TailOn, Lost: []int32{3, 17}}, 160, "2 partitions of __consumer_offsets without a leader", "partitions [3 17]"},
		{"starting", false, model.TailStatus{State: model.TailStarting}, 160, "is being opened", "is being opened"},
	} {
		t.Run(c.why, func(t *testing.T) {
			atDesk(t, c.width, 24, Options{}, func(d desk) {
				v := uitest.Payments()
				v.GenerationsExact, v.Tail = c.exact, c.tail
				d.show(v)
				if line := d.Frame().Line(0); !strings.Contains(line, c.header) || !strings.Contains(line, "live") {
					t.Errorf("the header is %q, want %q in it, and that the picture is live", line, c.header)
				}
				d.Press("!")
				if c.problem == "" {
					d.sees("nothing is the matter", "no errors")
				} else {
					d.sees("the whole reason", "generations are counted", c.problem)
				}
			})
		})
	}
}

// Who records learns from the header that it has come to an end, also where there is little room; ! says why.
func TestHeaderSaysThatNothingIsRecordedAnyMore(t *testing.T) {
	for _, width := range []int{80, 120} {
		atDesk(t, width, 24, Options{}, func(d desk) {
			v := uitest.Payments()
			v.RecordingLost = "write monday.regroup: no space left on device"
			d.show(v)
			if line := d.Frame().Line(0); !strings.Contains(line, "recording stopped") || !strings.Contains(line, "live") {
				t.Errorf("the header is %q", line)
			}
			d.Press("!")
			d.sees("the reason", "recording stopped: write monday.regroup", "no space left on")
		})
	}
}
