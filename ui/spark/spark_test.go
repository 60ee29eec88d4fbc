package spark_test

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"regroup/ui/spark"
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		values []int64
		width  int
		top    int64
		want   string
		why    string
	}{
		{nil, 4, 0, "    ", "nothing is known"},
		{[]int64{0, 0, 0}, 3, 0, "▁▁▁", "zeros lie on the ground"},
		{[]int64{310, 310, 310}, 3, 0, "███", "the same lag all along is not no lag"},
		{[]int64{310, 311, 310}, 3, 0, "███", "a small change is no mountain"},
		{[]int64{0, 1, 1000}, 3, 0, "▁▂█", "a little is more than nothing"},
		{[]int64{1, 2, 3, 4, 5, 6, 7}, 7, 0, "▂▃▄▅▆▇█", "shares of the largest"},
		{[]int64{0, 500, 1000}, 3, 0, "▁▅█", "half is half"},
		{[]int64{5, -1, 5}, 3, 0, "█ █", "unknown is a gap"},
		{[]int64{1, 2}, 5, 0, "   ▅█", "the newest stands at the right edge"},
		{[]int64{1, 9, 1, 1}, 2, 0, "█▂", "a peak is not lost"},
		{[]int64{-1, -1, 4, -1}, 2, 0, " █", "a share is unknown if all of it is"},
		{[]int64{1, 2}, 2, 100, "▂▂", "small numbers stay small"},
		{[]int64{math.MaxInt64, 0}, 2, 0, "█▁", "no overflow"},
		{[]int64{1407374883553281, 1407374883553280}, 2, 0, "██", "seven sevenths are seven, also of numbers that a float rounds"},
		{[]int64{1}, 0, 0, "", "no room"},
	} {
		if got := spark.Line(c.values, c.width, c.top); got != c.want {
			t.Errorf("Line(%v, %d, %d) = %q, want %q: %s", c.values, c.width, c.top, got, c.want, c.why)
		}
	}
}

func TestCalm(t *testing.T) {
	for _, c := range []struct {
		values []int64
		want   string
		why    string
	}{
		{[]int64{310, 310, 310}, "▅▅▅", "nothing happens: half height"},
		{[]int64{310, 311, 310}, "▅▅▅", "as good as nothing"},
		{[]int64{0, 50, 100}, "▁▅█", "from zero: all of the height"},
		{[]int64{50, 75, 100}, "▄▅▆", "in between"},
		{[]int64{-1, 100, 100}, " ▅▅", "unknown does not count"},
		{[]int64{0, 0}, "▁▁", "zero lies on the ground"},
		{[]int64{-1}, " ", "nothing is known"},
		{[]int64{math.MaxInt64, math.MaxInt64}, "██", "no overflow"},
	} {
		if got := spark.Line(c.values, len(c.values), spark.Calm(c.values)); got != c.want {
			t.Errorf("%v: got %q, want %q: %s", c.values, got, c.want, c.why)
		}
	}
}

func TestLineNeverMisleads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.Int64Min(-1)).Draw(t, "values")
		width := rapid.IntRange(0, 40).Draw(t, "width")
		line := []rune(spark.Line(values, width, rapid.Int64Range(0, 1000).Draw(t, "top")))
		if len(line) != width {
			t.Fatalf("%d cells, want %d", len(line), width)
		}
		if width < len(values) {
			return
		}
		for i, v := range values {
			got := line[width-len(values)+i]
			if (v < 0) != (got == spark.Gap) || (v == 0) != (got == '▁') {
				t.Fatalf("%d is drawn as %q", v, got)
			}
			if i > 0 && v >= 0 && values[i-1] >= 0 && v > values[i-1] && got < line[width-len(values)+i-1] {
				t.Fatalf("%v: a larger value is drawn lower: %s", values, string(line))
			}
		}
		if !utf8.ValidString(string(line)) || strings.ContainsAny(string(line), "\n\x1b") {
			t.Fatalf("%q", string(line))
		}
	})
}
