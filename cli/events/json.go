package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf16"

	"regroup/model"
)

// AppendJSON appends the event as a line of JSON, or nothing if it has no line. Unknown is null. Control characters in names
// are escaped.
func AppendJSON(b []byte, e *model.Event) []byte {
	line := lineOf(e)
	if line == nil {
		return b
	}
	return appendLine(b, line)
}

// AppendDroppedJSON appends the line about dropped events.
func AppendDroppedJSON(b []byte, count int) []byte {
	return appendLine(b, droppedLine{head{TypeDropped, Version}, count})
}

func appendLine(b []byte, line any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		panic(fmt.Sprintf("a line of plain values cannot be encoded: %v", err)) // such as NaN: a bug
	}
	return append(b, ASCIIControls(out.Bytes())...)
}

// ASCIIControls writes control and format characters that JSON does not escape (DEL, C1 controls, changes of the writing
// direction) as \u escapes, so that names cannot control a terminal. They occur only in strings, so the JSON stays equal.
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
