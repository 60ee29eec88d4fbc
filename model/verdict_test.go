package model

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
)

// TestEveryCauseHasARow reads the declared causes from the source: a constant without a row would silently be no
// departure and have no words.
func TestEveryCauseHasARow(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "verdict.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []Cause
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is {
			return true
		}
		if ident, is := spec.Type.(*ast.Ident); is && ident.Name == "Cause" {
			name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			declared = append(declared, Cause(name))
		}
		return true
	})
	if len(declared) < 10 || !slices.Equal(declared, Causes()) {
		t.Errorf("declared are %q, and the rows are %q", declared, Causes())
	}
	for _, row := range causes {
		if row.words == "" {
			t.Errorf("%s has no words", row.cause)
		}
	}
}

func TestWhichCausesAreDepartures(t *testing.T) {
	departures := []Cause{CauseRemovedByAdmin, CauseMemberLeft, CauseSessionTimeout, CauseMaxPollExceeded}
	arrivals := []Cause{CauseMemberJoined, CauseMemberRestarted}
	topics := []Cause{CausePartitionsAdded, CauseTopicCreated, CauseTopicDeleted}
	for _, c := range Causes() {
		if got, want := c.IsDeparture(), slices.Contains(departures, c); got != want {
			t.Errorf("%s: departure %t, want %t", c, got, want)
		}
		if got, want := c.StartsWithAMember(), slices.Contains(slices.Concat(departures, arrivals), c); got != want {
			t.Errorf("%s: starts with a member %t, want %t", c, got, want)
		}
		if got, want := c.IsTopicChange(), slices.Contains(topics, c); got != want {
			t.Errorf("%s: topic change %t, want %t", c, got, want)
		}
	}
}
