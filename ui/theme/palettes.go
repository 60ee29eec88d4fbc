package theme

// The looks that follow the terminal's background, each with a dark and a light palette; auto is the plain one.
const (
	Auto         = "auto"
	Dark         = "dark"
	Light        = "light"
	HighContrast = "high-contrast"
	ColourBlind  = "colour-blind"
)

// Names are the looks to choose from.
func Names() []string { return []string{Auto, Dark, Light, HighContrast, ColourBlind} }

// Named is the look of a name on a terminal whose background is dark or not; a name that there is not is auto.
func Named(name string, darkBackground bool) *Theme {
	dark := name == Dark || name != Light && darkBackground
	pair := palettes[name]
	if pair == nil {
		pair = palettes[Auto]
	}
	t := build(dark, pair[dark])
	t.name, t.SetsGround = name, name == HighContrast
	return t
}

// palette is the colours of a look. What is text has a contrast of at least 4.5 to 1 on the ground, the bar and the
// selected row, and of 7 to 1 where contrast is what the look is for.
type palette struct {
	text, strong, dim, faint, heading, good, info, warn, bad, bar, selected, ink, ground string

	over  float64 // how far a lane's colour steps back when it is over
	lanes []string
}

// palettes are the colours of each look, dark and light; dark and light by name are the plain ones.
var palettes = map[string]map[bool]*palette{
	Auto: {
		true: {
			text: "#c5cdd9", strong: "#ffffff", dim: "#8c99a6", faint: "#3a4653", heading: "#9aa7b5",
			good: "#9ece6a", info: "#7dcfff", warn: "#ffb454", bad: "#f7768e", bar: "#1b2733", selected: "#202d39", ink: "#0f151b", ground: "#0f151b",
			over:  0.5,
			lanes: []string{"#5ccfe6", "#ffb454", "#c792ea", "#a6da5a", "#ef8a62", "#7aa2f7", "#f5a3c7", "#e6d35c", "#4fd6a8", "#b0a49a"},
		},
		false: {
			text: "#2b3440", strong: "#000000", dim: "#576370", faint: "#c3ccd5", heading: "#4b5968",
			good: "#256a17", info: "#085f9c", warn: "#874900", bad: "#b01a38", bar: "#e3ebf2", selected: "#d6e3ee", ink: "#ffffff", ground: "#ffffff",
			over:  0.42,
			lanes: []string{"#0c6c80", "#914d00", "#8338b5", "#3f6b08", "#a83a23", "#2f5fc4", "#b0306f", "#6b5b00", "#0a6b4c", "#63584f"},
		},
	},
	HighContrast: {
		true: {
			text: "#ffffff", strong: "#ffffff", dim: "#d4d4d4", faint: "#8a8a8a", heading: "#ffffff",
			good: "#7dff7d", info: "#7fdcff", warn: "#ffd75f", bad: "#ffa4a4", bar: "#262626", selected: "#2e2e2e", ink: "#000000", ground: "#000000",
			over:  0.2,
			lanes: []string{"#5fe0ff", "#ffb84d", "#e5b3ff", "#b4f04d", "#ffb199", "#aeccff", "#ffb3d9", "#fff066", "#66f0c0", "#ded4cb"},
		},
		false: {
			text: "#000000", strong: "#000000", dim: "#3a3a3a", faint: "#767676", heading: "#000000",
			good: "#0a4d00", info: "#003c80", warn: "#4f2a00", bad: "#86001a", bar: "#e9e9e9", selected: "#dfe9f2", ink: "#ffffff", ground: "#ffffff",
			over:  0.1,
			lanes: []string{"#00475c", "#663200", "#5a1a85", "#2f4d00", "#78200f", "#1a3a8f", "#75104d", "#4f4300", "#004f39", "#473d35"},
		},
	},
	// After Okabe and Ito's colours, moved as far apart as somebody sees them who lacks one kind of cone.
	ColourBlind: {
		true: {
			text: "#c9d1dc", strong: "#ffffff", dim: "#8f9ba8", faint: "#3a4653", heading: "#9aa7b5",
			good: "#6fe8d4", info: "#9a8fff", warn: "#fbf23a", bad: "#dc7648", bar: "#1b2733", selected: "#1f2b36", ink: "#0f151b", ground: "#0f151b",
			over:  0.42,
			lanes: []string{"#3aa9f0", "#dd9000", "#ecc4d8", "#fdf64a", "#2bb494", "#f4772e", "#5fa0ff", "#e8f1f6"},
		},
		false: {
			text: "#2b3440", strong: "#000000", dim: "#576370", faint: "#c3ccd5", heading: "#4b5968",
			good: "#0f7270", info: "#1b1490", warn: "#6f6300", bad: "#5a0a20", bar: "#e9f0f5", selected: "#e2ebf3", ink: "#ffffff", ground: "#ffffff",
			over:  0.42,
			lanes: []string{"#1460d8", "#7a6500", "#8e1069", "#262626", "#007362", "#8f1d08", "#002f63"},
		},
	},
}
