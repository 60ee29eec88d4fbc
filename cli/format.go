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

// Output formats.
const (
	formatTable = "table"
	formatWide  = "wide"
	formatJSON  = "json"
	formatCSV   = "csv"
)

var formats = []string{formatTable, formatWide, formatJSON, formatCSV}

// missing stands for unknown in tables, as in kafka-consumer-groups.sh.
const missing = "-"

// column is one column of a table or of a CSV file.
type column[row any] struct {
	name  string // in a table; in snake_case in CSV
	width int    // minimum
	right bool   // aligned to the right
	value func(row) cell
}

// cell is a value of a table or of a CSV file.
type cell struct {
	text   string
	absent bool // unknown or none
	number bool // formatted by regroup: not a name from the cluster
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

// forTable is the cell in a table, without control characters.
func (c cell) forTable() string {
	switch {
	case c.absent:
		return missing
	case c.number:
		return c.text
	}
	return text.Name(c.text)
}

// forCSV is the cell in a CSV file; empty if unknown. A name that a spreadsheet would run as a formula gets an apostrophe in
// front, which marks it as text.
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

// writeTable writes rows below their titles. Columns are as wide as their widest cell; the last one is not padded.
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

// writeCSV writes rows as in RFC 4180, except that lines end with a line feed, as Unix tools expect.
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

// writeJSON writes the groups as an array.
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
