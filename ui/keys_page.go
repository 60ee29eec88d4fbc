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

// keyTables are the keys of all screens.
func keyTables() []kit.KeyTable {
	k := keys
	return slices.Concat(
		[]kit.KeyTable{
			{Title: "Everywhere", Bindings: []key.Binding{k.command, k.help, k.explain, k.back, k.refresh, k.pause, k.errors, k.big, k.lab, k.quit, k.suspend, k.kill}},
			{Title: "In every list", Bindings: table.Bindings()},
		},
		groups.KeyTables(), group.KeyTables(), card.KeyTables(), whatif.KeyTables(), compare.KeyTables(), lab.KeyTables(),
		explain.KeyTables(), tour.KeyTables(), player.KeyTables(), help.KeyTables(),
		[]kit.KeyTable{{Title: "The command line", Bindings: (&commandLine{field: kit.NewField()}).keys(nil).Bindings()[:4]}},
	)
}

// KeysPage is the Markdown page of all keys and commands, generated from the bindings that the screens use.
func KeysPage() string {
	var out strings.Builder
	out.WriteString("# Keys\n\n`?` shows the keys of the current screen. This page lists all of them; it is generated from the bindings (`go generate ./ui`).\n")
	for _, t := range keyTables() {
		fmt.Fprintf(&out, "\n## %s\n\n", t.Title)
		if t.Note != "" {
			fmt.Fprintf(&out, "%s\n\n", t.Note)
		}
		out.WriteString("| key | action | also |\n|---|---|---|\n")
		for _, row := range keyRows(t.Bindings) {
			fmt.Fprintf(&out, "| %s | %s | %s |\n", codes(row.keys), row.action, codes(row.also))
		}
	}
	out.WriteString("\n## Commands\n\nType `:` and the name of a command, or its beginning if that is unambiguous; tab completes it.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&out, "- `%s`\n", strings.TrimSpace(":"+c.name+" "+c.argument))
	}
	out.WriteString("\n## The mouse\n\nA click selects a row, or sorts by a column; a double click opens the row. The wheel scrolls.\n")
	return out.String()
}

// keyRow is a row of a table: the keys that the help shows, and further keys with the same action.
type keyRow struct {
	keys   []string
	action string
	also   []string
}

// keyRows has a row for each binding with a help text. A binding without one shares the row of the previous binding: up and
// down scroll.
func keyRows(bindings []key.Binding) []keyRow {
	var rows []keyRow
	for _, b := range bindings {
		if b.Help().Key != "" {
			rows = append(rows, keyRow{keys: strings.Fields(b.Help().Key), action: b.Help().Desc})
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

// keySigns are the keys that the help shows as a sign, not by their name.
var keySigns = map[string]string{"up": "↑", "down": "↓", "left": "←", "right": "→", "pgdown": "pgdn"}

// codes formats keys as Markdown code.
func codes(keys []string) string {
	var all []string
	for _, k := range keys {
		all = append(all, "`"+strings.ReplaceAll(k, "|", `\|`)+"`")
	}
	return strings.Join(all, " ")
}
