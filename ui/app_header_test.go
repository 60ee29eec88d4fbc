package ui

import (
	"strings"
	"testing"

	"regroup/model"
	"regroup/ui/uitest"
)

// The header shows whether the offsets topic is read, in full or abbreviated; ! shows the reason.
func TestHeaderShowsWhyGenerationsAreCounted(t *testing.T) {
	for _, c := range []struct {
		why     string
		exact   bool
		tail    model.TailStatus
		width   int
		header  string
		problem string // on the page of the problems; "" is none
	}{
		{"read", true, model.TailStatus{State: model.TailOn}, 120, "offsets topic: read", ""},
		{"refused", false, model.TailStatus{State: model.TailRefused, Reason: "Fetch of __consumer_offsets: not authorised\x1b; grant READ to User:me"},
			160, "offsets topic: READ refused (generations counted)", `not authorised\x1b; grant READ to User:me`},
		{"refused, less room", false, model.TailStatus{State: model.TailRefused, Reason: "not authorised"}, 120, "offsets topic: READ refused", "not authorised"},
		{"narrow", false, model.TailStatus{State: model.TailRefused, Reason: "not authorised"}, 80, "regroup", "offsets topic: READ refused"},
		{"too busy", false, model.TailStatus{State: model.TailTooBusy, Reason: "41 MB/s, the limit is 32 MB/s"}, 160, "offsets topic: too busy (generations counted)", "41 MB/s"},
		{"off", false, model.TailStatus{}, 160, "offsets topic: not read (generations counted)", ""},
		{"off with a reason", false, model.TailStatus{Reason: "asked for by --tail off"}, 160, "offsets topic: not read", "asked for by --tail off"},
		{"failed", false, model.TailStatus{State: model.TailFailed, Reason: "connection refused"}, 160, "offsets topic: not readable", "connection refused"},
		{"partly", false, model.TailStatus{State: model.TailOn, Lost: []int32{3, 17}}, 160, "offsets topic: 2 partitions without leader", "partitions [3 17]"},
		{"starting", false, model.TailStatus{State: model.TailStarting}, 160, "offsets topic: being opened", "being opened"},
	} {
		t.Run(c.why, func(t *testing.T) {
			atDesk(t, c.width, 24, Options{}, func(d desk) {
				v := uitest.Payments()
				v.GenerationsExact, v.Tail = c.exact, c.tail
				d.show(v)
				if line := d.Frame().Line(0); !strings.Contains(line, c.header) || !strings.Contains(line, "live") {
					t.Errorf("the header is %q, want %q and live in it", line, c.header)
				}
				d.Press("!")
				if c.problem == "" {
					d.sees("no problem", "no errors")
				} else {
					d.sees("the whole reason", "(generations counted)", c.problem)
				}
			})
		})
	}
}

// The header shows that the recording stopped, also in a narrow terminal; ! shows the reason.
func TestHeaderShowsThatTheRecordingStopped(t *testing.T) {
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
