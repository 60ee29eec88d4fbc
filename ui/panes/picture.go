package panes

import (
	"time"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/kit"
	"regroup/ui/strip"
	"regroup/ui/text"
)

// Picture is who owned what in a group, in the rows of partitions, as far back as it fits.
func Picture(f kit.Frame, readings *ownership.Readings, rows []model.TopicPartition) strip.Strip {
	return strip.Strip{
		Theme: f.Theme, Timeline: readings.Timeline(f.View.At), Partitions: rows, Selected: -1,
		Now: f.Now, Window: StripWindows[FittingWindow(readings.Group, f.Now)],
	}
}

// WindowName is a time that a picture looks back.
func WindowName(d time.Duration) string {
	if d <= time.Minute {
		return text.Count(int64(d/time.Second)) + "s"
	}
	return text.Duration(d)
}

// StripWindows are the times that the strip can look back.
var StripWindows = []time.Duration{
	15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
}

// stripWindowFirst is the minute that the strip looks back until somebody chooses another time.
const stripWindowFirst = 2

// FittingWindow is the smallest time that shows all there is, as long as that is less than a minute: a strip that has
// just begun is not left blank for the most part.
func FittingWindow(g *model.GroupView, now time.Time) int {
	if len(g.Ownership) == 0 {
		return stripWindowFirst
	}
	age := now.Sub(g.Ownership[0].From)
	for i, window := range StripWindows[:stripWindowFirst] {
		if age <= window {
			return i
		}
	}
	return stripWindowFirst
}

// Absent says why there is no group to show.
func Absent(f kit.Frame, id string) []string {
	th := f.Theme
	if f.View == nil {
		return []string{text.Of(text.S(th.Dim, "waiting for the first poll")).Render(nil)}
	}
	return kit.RenderLines([]text.Line{
		text.Of(text.S(th.Warn, "The cluster does not list a group "), text.S(th.Strong, text.Name(id)), text.S(th.Warn, ".")),
		text.Of(text.S(th.Dim, "It appears here when it is listed.")),
	}, f.Width-2*kit.Margin)
}
