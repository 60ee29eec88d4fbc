// Package spark draws a series of numbers as one line of blocks.
package spark

import (
	"math"
	"math/bits"
	"strings"
)

// levels are the heights. The lowest is kept for zero, so that a little is never drawn like nothing.
var levels = [...]rune{'▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'}

// Gap stands where the value is unknown.
const Gap = ' '

// Line draws the values, oldest first, as exactly width cells, the newest at the right edge. A negative value is unknown
// and draws a gap; so do the cells before the first value.
//
// Heights are shares of the largest value, from zero upwards: a series that does not change and is not zero stands at
// full height, one of zeros lies on the ground, and half is half. The scale's top is never below top, so that a series
// of ones and twos does not look like a mountain.
//
// Where there are more values than cells, each cell shows the largest of its values: a peak is never lost.
func Line(values []int64, width int, top int64) string {
	if width <= 0 {
		return ""
	}
	cells := squeeze(values, width)
	top = max(top, 1)
	for _, v := range cells {
		top = max(top, v)
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(string(Gap), width-len(cells)))
	for _, v := range cells {
		b.WriteRune(block(v, top))
	}
	return b.String()
}

// Calm is a top for [Line] with which a series that does not change stands at half height, and not as a solid block, while
// one that comes from zero still uses all of it: the sum of the smallest and the largest known value.
func Calm(values []int64) int64 {
	low, high := int64(math.MaxInt64), int64(0)
	for _, v := range values {
		if v >= 0 {
			low, high = min(low, v), max(high, v)
		}
	}
	return high + min(low, math.MaxInt64-high)
}

// block is the sign for v on a scale from 0 to top.
func block(v, top int64) rune {
	switch {
	case v < 0:
		return Gap
	case v == 0:
		return levels[0]
	}
	// The share of the steps, rounded up. A float would round a full share of some numbers up beyond the last step.
	hi, lo := bits.Mul64(uint64(v), uint64(len(levels)-1))
	lo, carry := bits.Add64(lo, uint64(top-1), 0)
	step, _ := bits.Div64(hi+carry, lo, uint64(top))
	return levels[step]
}

// squeeze makes at most width values of the series, each the largest of its share; the shares differ by one value at most.
func squeeze(values []int64, width int) []int64 {
	if len(values) <= width {
		return values
	}
	cells := make([]int64, width)
	for i := range cells {
		from, to := i*len(values)/width, (i+1)*len(values)/width
		cells[i] = -1
		for _, v := range values[from:to] {
			cells[i] = max(cells[i], v)
		}
	}
	return cells
}
