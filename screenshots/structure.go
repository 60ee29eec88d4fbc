package main

import (
	"regexp"
	"strings"
	"unicode"
)

// structure is the part of a frame that is the same in every run of the session: headings, column titles, labels of a
// card, and the keys in the footer; a line for each line of the frame that has any. It is stored beside a picture as text:
// a picture is stale when the program draws another structure.
func structure(f *frame) string {
	var out strings.Builder
	lines := f.lines()
	for i, line := range lines {
		labels := capitals(line)
		if label := cardLabel.FindStringSubmatch(line); label != nil && !passing[label[1]] {
			labels = append(labels, label[1])
		}
		if i == len(lines)-1 {
			labels = segments.Split(strings.TrimSpace(line), -1)
		}
		if len(labels) > 0 {
			out.WriteString(strings.Join(labels, "  ") + "\n")
		}
	}
	return out.String()
}

var (
	segments  = regexp.MustCompile(` {2,}|[─━│┃]+`)
	cardLabel = regexp.MustCompile(`^ {4}([a-z]+) {2}`)
)

// passing are labels that not every run has: joined, left and leader depend on the order of the members, a second cause
// on how busy the machine is, and a storm on how long the session lasts.
var passing = map[string]bool{"joined": true, "left": true, "leader": true, "also": true, "STORMS": true}

// capitals are the parts of a line in capital letters, without numbers.
func capitals(line string) []string {
	var out []string
	for _, part := range segments.Split(line, -1) {
		if strings.ContainsFunc(part, unicode.IsLower) && !timeSpan.MatchString(part) {
			continue
		}
		var words []string
		for _, word := range strings.Fields(part) {
			if word = capitalWord.FindString(word); word != "" {
				words = append(words, word)
			}
		}
		// "LAST REBALANCE" becomes "REBALANCE" when another one begins.
		if title := strings.TrimPrefix(strings.Join(words, " "), "LAST "); title != "" && !passing[title] {
			out = append(out, title)
		}
	}
	return out
}

// capitalWord is a title, without the sort mark after it. A single letter is a member.
var capitalWord = regexp.MustCompile(`^[A-Z]{2,}`)

// timeSpan is a title with a time in it: LAST 60s.
var timeSpan = regexp.MustCompile(`^[A-Z ]+ \d+[sm]$`)
