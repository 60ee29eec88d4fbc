package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"regroup/cli/events"
	"regroup/model"
	"regroup/ui/text"
)

// The formats of the one-shot commands.
const (
	formatTable = "table"
	formatWide  = "wide"
	formatJSON  = "json"
	formatCSV   = "csv"
)

var formats = []string{formatTable, formatWide, formatJSON, formatCSV}

// missing is how kafka-consumer-groups.sh writes what it does not know, and so do the tables.
const missing = "-"

// column is one column of a table or of a CSV file.
type column[row any] struct {
	name  string // of the table; the CSV's is the same in snake_case
	width int    // at least
	right bool   // numbers stand to the right where no tool has set another custom
	value func(row) cell
}

// cell is a value and how it may be written.
type cell struct {
	text   string
	absent bool // unknown, or nothing
	number bool // made by regroup: never a name out of the cluster
}

func name(s string) cell { return cell{text: s} }

func maybeName(m model.Maybe[string]) cell {
	s, ok := m.Get()
	return cell{text: s, absent: !ok}
}

func number[N int | int32 | int64](n N) cell { return cell{text: fmt.Sprint(n), number: true} }

func maybeNumber[N int32 | int64](m model.Maybe[N]) cell {
	if n, ok := m.Get(); ok {
		return number(n)
	}
	return cell{absent: true}
}

// forTable is the cell as the tables show it: nothing in it moves the cursor or ends the line.
func (c cell) forTable() string {
	switch {
	case c.absent:
		return missing
	case c.number:
		return c.text
	}
	return text.Name(c.text)
}

// forCSV is the cell as a CSV file has it: empty where it is unknown. A name that a spreadsheet would take for a
// formula, and run, gets an apostrophe in front, which spreadsheets take to mean text.
func (c cell) forCSV() string {
	switch {
	case c.absent:
		return ""
	case c.number:
		return c.text
	}
	s := text.Clean(c.text)
	if s != "" && strings.ContainsRune("=+-@＝＋－＠", firstRune(s)) {
		return "'" + s
	}
	return s
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// writeTable writes rows under their titles, columns as wide as their widest cell; the last one is not padded.
func writeTable[row any](w io.Writer, columns []column[row], rows []row) error {
	lines := make([][]string, 0, len(rows)+1)
	titles := make([]string, len(columns))
	widths := make([]int, len(columns))
	for i, c := range columns {
		titles[i], widths[i] = c.name, max(c.width, len(c.name))
	}
	lines = append(lines, titles)
	for _, r := range rows {
		line := make([]string, len(columns))
		for i, c := range columns {
			line[i] = c.value(r).forTable()
			widths[i] = max(widths[i], text.Width(line[i]))
		}
		lines = append(lines, line)
	}

	var out bytes.Buffer
	for _, line := range lines {
		for i, cell := range line {
			padding := strings.Repeat(" ", widths[i]-text.Width(cell))
			switch {
			case columns[i].right:
				out.WriteString(padding + cell)
			case i == len(line)-1:
				out.WriteString(cell)
			default:
				out.WriteString(cell + padding)
			}
			if i < len(line)-1 {
				out.WriteByte(' ')
			}
		}
		out.WriteByte('\n')
	}
	_, err := w.Write(out.Bytes())
	return err
}

// writeCSV writes rows as RFC 4180 has it, except that lines end in a plain line feed, as tools here expect.
func writeCSV[row any](w io.Writer, columns []column[row], rows []row) error {
	out := csv.NewWriter(w)
	line := make([]string, len(columns))
	for i, c := range columns {
		line[i] = strings.ToLower(strings.ReplaceAll(c.name, "-", "_"))
	}
	if err := out.Write(line); err != nil {
		return err
	}
	for _, r := range rows {
		for i, c := range columns {
			line[i] = c.value(r).forCSV()
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeJSON writes the groups as one array.
func writeJSON(w io.Writer, groups []*groupReport) error {
	if groups == nil {
		groups = []*groupReport{}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(groups); err != nil {
		return err
	}
	_, err := w.Write(events.ASCIIControls(out.Bytes()))
	return err
}
