package main

import (
	"regexp"
	"strings"
	"unicode"
)

// structure is what of a frame is the same whenever the session is played again: the headings, the titles of columns, the
// labels of a card and the keys in the footer, a line for each line of the frame that has any. It stands beside a
// picture as a text, and is what a check compares: a picture is stale when the program no longer draws these.
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

// passing are what is there only now and then: who came, went or led depends on who was first, a second cause on how busy
// the machine is, and what makes a storm on how long one looks on.
var passing = map[string]bool{"joined": true, "left": true, "leader": true, "also": true, "STORMS": true}

// capitals are the parts of a line that are written in capital letters, without numbers.
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
		// The one that was the last may be followed by another.
		if title := strings.TrimPrefix(strings.Join(words, " "), "LAST "); title != "" && !passing[title] {
			out = append(out, title)
		}
	}
	return out
}

// capitalWord is a title, with the sign of a sorted column after it. A letter alone is a member's.
var capitalWord = regexp.MustCompile(`^[A-Z]{2,}`)

// timeSpan is a title with a time in it: LAST 60s.
var timeSpan = regexp.MustCompile(`^[A-Z ]+ \d+[sm]$`)
