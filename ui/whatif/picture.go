package whatif

import (
	"fmt"

	"regroup/model"
	"regroup/ui/kit"
	"regroup/ui/text"
)

// The widths of a partition in the picture, and of the topic in front, in cells.
const (
	pictureCell = 4
	pictureName = 26
)

// picture draws the partitions of each topic side by side, with their owners now and after the changes, and a sign under those
// that change. A partition whose new owner is an example has a ~.
func (s *Screen) picture(f kit.Frame, width int) []text.Line {
	th, a := f.Theme, s.forecast
	outcome := &a.Outcomes[s.shownOutcome()]
	lines := []text.Line{th.Section(width, false, "PARTITION BY PARTITION", text.S(th.Dim, "▲ moves, + is new"))}
	for _, t := range s.question.Topics() {
		name := text.Of(text.Space(3), text.S(th.Text, text.Clean(t.Topic))).Fit(pictureName-6, text.Left)
		blank := text.Line{text.Space(pictureName - 6)}
		numbers, now := append(name, text.Space(6)), append(blank[:1:1], text.S(th.Dim, "now   "))
		then, signs := append(blank[:1:1], text.S(th.Dim, "then  ")), append(blank[:1:1], text.Space(6))
		for p := range t.Then {
			tp := model.TopicPartition{Topic: t.Topic, Partition: p}
			if len(now) > 2 && numbers.Width()+2*pictureCell > width && p < t.Then-1 {
				numbers = append(numbers, text.S(th.Dim, "  "+text.Ellipsis))
				break
			}
			was, is := a.Before[tp], outcome.After[tp]
			numbers = append(numbers, text.S(th.Dim, fmt.Sprintf("%2d  ", p)))
			sign, stays := "    ", was == is
			switch {
			case p >= t.Now:
				sign = " +  "
				now = append(now, text.Space(pictureCell))
			default:
				now = append(now, text.Of(kit.Chip(th, was)).Fit(pictureCell, text.Left)...)
			}
			if !stays && p < t.Now {
				sign = " ▲  "
			}
			if outcome.Undetermined[tp] {
				sign = " ~  "
			}
			owner := kit.Chip(th, is)
			if stays && is != model.Nobody {
				owner = text.S(th.ChipOver(is), " "+is.String()+" ")
			}
			then = append(then, text.Of(owner).Fit(pictureCell, text.Left)...)
			signs = append(signs, text.S(th.Warn, sign))
		}
		lines = append(lines, numbers, now, then, signs)
	}
	return lines
}
