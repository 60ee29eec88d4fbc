package ui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"

	"regroup/ui/card"
	"regroup/ui/compare"
	"regroup/ui/explain"
	"regroup/ui/group"
	"regroup/ui/groups"
	"regroup/ui/help"
	"regroup/ui/kit"
	"regroup/ui/lab"
	"regroup/ui/player"
	"regroup/ui/table"
	"regroup/ui/tour"
	"regroup/ui/whatif"
)

//go:generate go run ./keysdoc ../docs/keys.md

// keyTables are all keys there are.
func keyTables() []kit.KeyTable {
	k := keys
	return slices.Concat(
		[]kit.KeyTable{
			{Title: "Everywhere", Bindings: []key.Binding{k.command, k.help, k.explain, k.back, k.refresh, k.pause, k.problems, k.big, k.lab, k.quit, k.suspend, k.kill}},
			{Title: "In every list", Bindings: table.Bindings()},
		},
		groups.KeyTables(), group.KeyTables(), card.KeyTables(), whatif.KeyTables(), compare.KeyTables(), lab.KeyTables(),
		explain.KeyTables(), tour.KeyTables(), player.KeyTables(), help.KeyTables(),
		[]kit.KeyTable{{Title: "The command line", Bindings: (&commandLine{field: kit.NewField()}).keys(nil).Bindings()[:4]}},
	)
}

// KeysPage is the page of all keys and commands, in Markdown. It is made of the bindings that the screens use.
func KeysPage() string {
	var out strings.Builder
	out.WriteString("# Keys\n\n`?` shows those of where you are. This page has all; it is made of the bindings (`go generate ./ui`).\n")
	for _, t := range keyTables() {
		fmt.Fprintf(&out, "\n## %s\n\n", t.Title)
		if t.Note != "" {
			fmt.Fprintf(&out, "%s\n\n", t.Note)
		}
		out.WriteString("| key | what it does | also |\n|---|---|---|\n")
		for _, row := range keyRows(t.Bindings) {
			fmt.Fprintf(&out, "| %s | %s | %s |\n", codes(row.keys), row.what, codes(row.also))
		}
	}
	out.WriteString("\n## Commands\n\nAfter `:`. The beginning of a name is enough where no other command begins so; tab completes.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&out, "- `%s`\n", strings.TrimSpace(":"+c.name+" "+c.argument))
	}
	out.WriteString("\n## The mouse\n\nA click selects a row, or a column to sort by; a second one opens the row. The wheel scrolls.\n")
	return out.String()
}

// keyRow is a line of a table: the keys that the help shows, and those that do the same.
type keyRow struct {
	keys []string
	what string
	also []string
}

// keyRows has a row for each binding with a help. One without shares that of the binding before: up and down scroll.
func keyRows(bindings []key.Binding) []keyRow {
	var rows []keyRow
	for _, b := range bindings {
		if b.Help().Key != "" {
			rows = append(rows, keyRow{keys: strings.Fields(b.Help().Key), what: b.Help().Desc})
		}
		row := &rows[len(rows)-1]
		for _, k := range b.Keys() {
			if sign, ok := keySigns[k]; ok {
				k = sign
			}
			if !slices.Contains(row.keys, k) {
				row.also = append(row.also, k)
			}
		}
	}
	return rows
}

// keySigns are keys whose sign in the help is not their name.
var keySigns = map[string]string{"up": "↑", "down": "↓", "left": "←", "right": "→", "pgdown": "pgdn"}

// codes sets each of some keys in type of its own.
func codes(keys []string) string {
	var all []string
	for _, k := range keys {
		all = append(all, "`"+strings.ReplaceAll(k, "|", `\|`)+"`")
	}
	return strings.Join(all, " ")
}
