// Package glyph draws a few words so large that they are read from the back of a room.
package glyph

import "strings"

// Height is the lines of small glyphs, TallHeight those of tall ones.
const (
	Height     = 3
	TallHeight = 5
)

// rows is the pixel rows of a glyph; every glyph has so many.
const rows = 5

// font is the pixels of each glyph, row by row from the top: # is set.
var font = map[rune]string{
	'0': "### #.# #.# #.# ###", '1': ".#. ##. .#. .#. ###", '2': "### ..# ### #.. ###", '3': "### ..# .## ..# ###",
	'4': "#.# #.# ### ..# ..#", '5': "### #.. ### ..# ###", '6': "### #.. ### #.# ###", '7': "### ..# ..# .#. .#.",
	'8': "### #.# ### #.# ###", '9': "### #.# ### ..# ###",
	'A': "### #.# ### #.# #.#", 'B': "##. #.# ##. #.# ##.", 'C': "### #.. #.. #.. ###", 'D': "##. #.# #.# #.# ##.",
	'E': "### #.. ##. #.. ###", 'F': "### #.. ##. #.. #..", 'G': "### #.. #.# #.# ###", 'H': "#.# #.# ### #.# #.#",
	'I': "### .#. .#. .#. ###", 'J': "..# ..# ..# #.# ###", 'K': "#.# #.# ##. #.# #.#", 'L': "#.. #.. #.. #.. ###",
	'M': "#...# ##.## #.#.# #...# #...#", 'N': "#..# ##.# #.## #..# #..#", 'O': ".#. #.# #.# #.# .#.", 'P': "### #.# ### #.. #..",
	'Q': "### #.# #.# ### ..#", 'R': "### #.# ##. #.# #.#", 'S': ".## #.. .#. ..# ##.", 'T': "### .#. .#. .#. .#.",
	'U': "#.# #.# #.# #.# ###", 'V': "#.# #.# #.# #.# .#.", 'W': "#...# #...# #.#.# ##.## #...#", 'X': "#.# #.# .#. #.# #.#",
	'Y': "#.# #.# .#. .#. .#.", 'Z': "### ..# .#. #.. ###",
	'a': "... ##. .## #.# .##", 'g': "... .## #.# .## ##.", 'o': "... .#. #.# #.# .#.",
	's': "... .## .#. .#. ##.", 'm': "..... ####. #.#.# #.#.# #.#.#", 'h': "#.. #.. ##. #.# #.#", 'd': "..# ..# .## #.# .##", 'k': "#.. #.. #.# ##. #.#",
	',': ".. .. .. .# #.", '.': ". . . . #", ' ': ". . . . .", '+': "... .#. ### .#. ...", '-': "... ... ### ... ...", '–': "... ... ### ... ...",
	'→': "..... ...#. ##### ...#. .....", '≥': "##. ..# ##. ... ###", '≤': ".## #.. .## ... ###", '≈': "..... .#.#. #.#.. .#.#. #.#..", '…': "..... ..... ..... ..... #.#.#", '/': "..# ..# .#. #.. #..",
}

// Lines draws a text: Height lines, or TallHeight if it is tall, all of the same width. ok is false if the font does not
// have all of it.
func Lines(s string, tall bool) (lines []string, ok bool) {
	var pixels [rows]string
	for i, r := range s {
		glyph, known := font[r]
		if !known {
			return nil, false
		}
		for y, row := range strings.Fields(glyph) {
			if i > 0 {
				pixels[y] += "."
			}
			pixels[y] += row
		}
	}
	if tall {
		wide := strings.NewReplacer("#", "██", ".", "  ")
		for _, row := range pixels {
			lines = append(lines, wide.Replace(row))
		}
		return lines, true
	}
	for y := 0; y < rows; y += 2 {
		var b strings.Builder
		for x := range len(pixels[y]) {
			upper, lower := pixels[y][x] == '#', y+1 < rows && pixels[y+1][x] == '#'
			b.WriteString(half(upper, lower))
		}
		lines = append(lines, b.String())
	}
	return lines, true
}

func half(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
