// Package nearest suggests known names for a mistyped one.
package nearest

import (
	"slices"
	"strconv"
	"strings"
)

// longest is the longest name in bytes that is compared: names in Kafka have at most 249, and the time is quadratic.
const longest = 249

// Words returns up to three candidates that are close to what was typed, closest first. A far-fetched suggestion is worse
// than none.
func Words(typed string, candidates []string) []string {
	type scored struct {
		name     string
		distance int
	}
	if len(typed) > longest {
		return nil
	}
	var near []scored
	for _, name := range candidates {
		if len(name) > longest || slices.ContainsFunc(near, func(s scored) bool { return s.name == name }) {
			continue
		}
		distance := Distance(strings.ToLower(typed), strings.ToLower(name))
		switch {
		case strings.EqualFold(typed, name):
			distance = 0
		case len(typed) >= 3 && strings.Contains(strings.ToLower(name), strings.ToLower(typed)):
			distance = min(distance, 2)
		}
		if distance <= max(2, len(typed)/3) {
			near = append(near, scored{name, distance})
		}
	}
	slices.SortStableFunc(near, func(a, b scored) int { return a.distance - b.distance })
	var names []string
	for _, s := range near[:min(3, len(near))] {
		names = append(names, s.name)
	}
	return names
}

// Distance is the number of insertions, deletions, replacements and swaps of neighbours that turn a into b (optimal string
// alignment). A swap counts as one because it is the commonest typing error.
func Distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	rows := make([][]int, len(from)+1)
	for i := range rows {
		rows[i] = make([]int, len(to)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(from); i++ {
		for j := 1; j <= len(to); j++ {
			replace := 1
			if from[i-1] == to[j-1] {
				replace = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+replace)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(from)][len(to)]
}

// DidYouMean is the end of an error about an unknown name; "" where no candidate is close. Names are quoted, without control
// characters.
func DidYouMean(typed string, candidates []string) string {
	near := Words(typed, candidates)
	if len(near) == 0 {
		return ""
	}
	quoted := make([]string, len(near))
	for i, name := range near {
		quoted[i] = strconv.Quote(name)
	}
	return "; did you mean " + strings.Join(quoted, " or ") + "?"
}
