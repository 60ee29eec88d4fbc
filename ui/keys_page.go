package ui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"

	"regroup/ui/table"
)

//go:generate go run ./keysdoc ../docs/keys.md

// keyTable is the keys of one place: the bindings that the place itself uses.
type keyTable struct {
	title, note string
	bindings    []key.Binding
}

// keyTables are all keys there are.
func keyTables() []keyTable {
	k, g, e, w, l := keys, newGroupKeys(), explainKeys, whatIfKeys, newLabKeys()
	card := &groupScreen{keys: g}
	return []keyTable{
		{"Everywhere", "", []key.Binding{k.command, k.help, e.open, k.back, k.refresh, k.pause, k.problems, k.big, k.lab, k.quit, k.suspend, k.kill}},
		{"In every list", "", table.Bindings()},
		{"All groups", "", []key.Binding{
			groupsKeys.open, groupsKeys.filter, groupsKeys.accept, groupsKeys.clear, groupsKeys.sort, groupsKeys.reverse, groupsKeys.compare, groupsKeys.pane,
		}},
		{"A group", "", []key.Binding{g.next, g.previous, g.card, g.whatIf, g.earlier, g.later, g.filter, g.clear, g.sort, g.narrower, g.wider}},
		{"The members of a group", "On a cluster of your own.", []key.Binding{removeKeys.ask, removeKeys.yes, removeKeys.no}},
		{"The members of a group of the lab", "", []key.Binding{g.start, g.leave, g.kill}},
		{"The card of a rebalance", "", card.cardBindings()},
		{"What if", "", []key.Binding{
			w.more, w.fewer, w.leave, w.partitions, w.topic, w.assignor, w.client, w.earlier, w.later, w.reset, w.up, w.down, w.close,
		}},
		{"Groups side by side", "`c` in the list of groups opens it, and so does `:compare`.", []key.Binding{compareKeys.up, compareKeys.pageUp, compareKeys.pageDown}},
		{"The lab", "", []key.Binding{l.start, l.form, l.leave, l.kill, l.crash, l.restart, l.pause, l.slower, l.faster, l.more, l.less, l.add, l.save, l.open, l.next}},
		{"The settings of a new consumer", "", formBindings()},
		{"An explanation", "All other keys work on the screen above it, and the explanation follows.", []key.Binding{e.close, e.next, e.previous, e.up, e.down, e.row}},
		{"The tour", "", []key.Binding{tourKeys.begin, tourKeys.next, tourKeys.back, tourKeys.end}},
		{"A recording", "", []key.Binding{
			playerKeys.pause, playerKeys.previous, playerKeys.next, playerKeys.slower, playerKeys.faster, playerKeys.back, playerKeys.ahead,
		}},
		{"The help", "", []key.Binding{helpKeys.close, helpKeys.up, helpKeys.down, helpKeys.pageDown, helpKeys.pageUp}},
		{"The command line", "", []key.Binding{commandKeys.run, commandKeys.next, commandKeys.previous, commandKeys.close}},
	}
}

// KeysPage is the page of all keys and commands, in Markdown. It is made of the bindings that the screens use.
func KeysPage() string {
	var out strings.Builder
	out.WriteString("# Keys\n\n`?` shows those of where you are. This page has all; it is made of the bindings (`go generate ./ui`).\n")
	for _, t := range keyTables() {
		fmt.Fprintf(&out, "\n## %s\n\n", t.title)
		if t.note != "" {
			fmt.Fprintf(&out, "%s\n\n", t.note)
		}
		out.WriteString("| key | what it does | also |\n|---|---|---|\n")
		for _, row := range keyRows(t.bindings) {
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
