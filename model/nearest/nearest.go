// Package nearest finds the word that somebody meant who typed another.
package nearest

import (
	"slices"
	"strconv"
	"strings"
)

// longest is the most bytes of a word that is looked at: a name in Kafka has at most 249, and the time goes with the square.
const longest = 249

// Words are the candidates that are closest to what was typed, closest first, at most three, and none that has little to
// do with it: a suggestion that makes no sense is worse than none.
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

// Distance counts the insertions, deletions, replacements and swaps of neighbours that turn a into b (optimal string
// alignment): a swap counts as one because it is the commonest slip of the fingers.
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

// DidYouMean is the end of a sentence about an unknown name: "" where nothing is near. What is quoted in it has no control
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
