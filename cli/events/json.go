package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf16"

	"regroup/model"
)

// AppendJSON appends the event as a line of JSON; nothing if no line tells of it. What is unknown is null. No name out
// of the cluster can send anything to a terminal that the line is printed on.
func AppendJSON(b []byte, e *model.Event) []byte {
	line := lineOf(e)
	if line == nil {
		return b
	}
	return appendLine(b, line)
}

// AppendDroppedJSON appends the line that says how many events are missing here.
func AppendDroppedJSON(b []byte, count int) []byte {
	return appendLine(b, droppedLine{head{TypeDropped, Version}, count})
}

func appendLine(b []byte, line any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		panic(fmt.Sprintf("a line of plain values cannot be encoded: %v", err)) // a NaN would be a mistake of ours
	}
	return append(b, ASCIIControls(out.Bytes())...)
}

// ASCIIControls writes the control and format characters that JSON lets through raw (DEL, the C1 controls, changes of
// the writing direction) as \u escapes. They occur in strings only, so what the JSON says stays the same, and a
// terminal that it is printed on cannot be told anything by a name.
func ASCIIControls(data []byte) []byte {
	if !bytes.ContainsFunc(data, controlInJSON) {
		return data
	}
	var out bytes.Buffer
	for _, r := range string(data) {
		switch {
		case !controlInJSON(r):
			out.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.Bytes()
}

func controlInJSON(r rune) bool { return r != '\n' && unicode.Is(unicode.C, r) }
