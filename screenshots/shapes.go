package main

import "strings"

// rectangle is a part of a cell: 0 to 1 from its left and from its top; solid is how much of the ink covers the ground.
type rectangle struct{ left, top, right, bottom, solid float64 }

// shape is a block element or a box line as rectangles that reach to the edges of the cell. A font's own glyphs leave
// gaps between cells where the cell is not exactly of the size for which the font was made. aspect is the cell's width
// by its height, and stroke the width of a light line by the cell's width.
func shape(r rune, aspect, stroke float64) ([]rectangle, bool) {
	if block, ok := blockElement(r); ok {
		return block, true
	}
	return boxLine(r, aspect, stroke)
}

// quadrants are the rows of U+2596 to U+259F: upper left, upper right, lower left, lower right.
var quadrants = []string{"..x.", "...x", "x...", "x.xx", "x..x", "xxx.", "xx.x", ".x..", ".xx.", ".xxx"}

func blockElement(r rune) ([]rectangle, bool) {
	one := func(left, top, right, bottom, solid float64) ([]rectangle, bool) {
		return []rectangle{{left, top, right, bottom, solid}}, true
	}
	switch {
	case r == '▀':
		return one(0, 0, 1, 0.5, 1)
	case r >= '▁' && r <= '█': // eighths from below
		return one(0, 1-float64(r-'▁'+1)/8, 1, 1, 1)
	case r >= '▉' && r <= '▏': // eighths from the left, from seven on
		return one(0, 0, float64('▏'-r+1)/8, 1, 1)
	case r == '▐':
		return one(0.5, 0, 1, 1, 1)
	case r >= '░' && r <= '▓':
		return one(0, 0, 1, 1, float64(r-'░'+1)/4)
	case r == '▔':
		return one(0, 0, 1, 0.125, 1)
	case r == '▕':
		return one(0.875, 0, 1, 1, 1)
	case r >= '▖' && r <= '▟':
		var out []rectangle
		for i, on := range quadrants[r-'▖'] {
			if x, y := float64(i%2)/2, float64(i/2)/2; on == 'x' {
				out = append(out, rectangle{x, y, x + 0.5, y + 0.5, 1})
			}
		}
		return out, true
	}
	return nil, false
}

// arms are the box lines by what leaves the cell's middle to the left, up, right and down: nothing, a light or a heavy line.
var arms = map[string]string{
	"-.-.": "─", "=.=.": "━", ".-.-": "│", ".=.=": "┃",
	"..--": "┌", "..==": "┏", "-..-": "┐", "=..=": "┓", ".--.": "└", ".==.": "┗", "--..": "┘", "==..": "┛",
	".---": "├", ".===": "┣", "--.-": "┤", "==.=": "┫", "-.--": "┬", "=.==": "┳", "---.": "┴", "===.": "┻", "----": "┼", "====": "╋",
	"-...": "╴", ".-..": "╵", "..-.": "╶", "...-": "╷", "=...": "╸", ".=..": "╹", "..=.": "╺", "...=": "╻",
	"-=-=": "╂", "=-=-": "┿",
}

// dashes are the lines that are interrupted: how often, and whether they are heavy.
var dashes = map[rune]struct {
	count           int
	heavy, vertical bool
}{
	'┄': {3, false, false}, '┅': {3, true, false}, '┆': {3, false, true}, '┇': {3, true, true},
	'┈': {4, false, false}, '┉': {4, true, false}, '┊': {4, false, true}, '┋': {4, true, true},
	'╌': {2, false, false}, '╍': {2, true, false}, '╎': {2, false, true}, '╏': {2, true, true},
}

func boxLine(r rune, aspect, stroke float64) ([]rectangle, bool) {
	weight := map[byte]float64{'-': stroke, '=': 2 * stroke}
	if d, ok := dashes[r]; ok {
		thick := stroke
		if d.heavy {
			thick *= 2
		}
		return dashed(d.count, d.vertical, thick, aspect), true
	}
	for from, sign := range arms {
		if !strings.ContainsRune(sign, r) {
			continue
		}
		// Across: how far the vertical lines reach to either side of the middle, so that corners are whole; and down.
		across, down := max(weight[from[1]], weight[from[3]])/2, max(weight[from[0]], weight[from[2]])/2*aspect
		var out []rectangle
		for i, arm := range from {
			half := weight[byte(arm)] / 2
			if half == 0 {
				continue
			}
			switch i {
			case 0:
				out = append(out, rectangle{0, 0.5 - half*aspect, 0.5 + across, 0.5 + half*aspect, 1})
			case 1:
				out = append(out, rectangle{0.5 - half, 0, 0.5 + half, 0.5 + down, 1})
			case 2:
				out = append(out, rectangle{0.5 - across, 0.5 - half*aspect, 1, 0.5 + half*aspect, 1})
			case 3:
				out = append(out, rectangle{0.5 - half, 0.5 - down, 0.5 + half, 1, 1})
			}
		}
		return out, true
	}
	return nil, false
}

func dashed(count int, vertical bool, thick, aspect float64) []rectangle {
	var out []rectangle
	for i := range count {
		from := (float64(i) + 0.2) / float64(count)
		to := from + 0.6/float64(count)
		if vertical {
			out = append(out, rectangle{0.5 - thick/2, from, 0.5 + thick/2, to, 1})
		} else {
			out = append(out, rectangle{from, 0.5 - thick*aspect/2, to, 0.5 + thick*aspect/2, 1})
		}
	}
	return out
}
