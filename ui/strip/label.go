package strip

import (
	"strconv"

	"github.com/charmbracelet/x/ansi"

	"regroup/model"
	"regroup/ui/text"
)

// Label is topic-partition, safe to draw, in at most width cells. A long topic is cut in its name: the number is what
// tells the rows of one topic apart.
func Label(tp model.TopicPartition, width int) string {
	topic, number := text.Clean(tp.Topic), "-"+strconv.Itoa(int(tp.Partition))
	room := width - len(number)
	if text.Width(topic) <= room {
		return topic + number
	}
	if room < 2 { // not even a letter and the sign of the cut
		return ansi.Truncate(strconv.Itoa(int(tp.Partition)), max(0, width), "")
	}
	return ansi.Truncate(topic, room, text.Ellipsis) + number
}
