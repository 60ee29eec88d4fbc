package travel

import (
	"testing"

	"pgregory.net/rapid"

	"regroup/ui/text"
)

func TestWayIsWalkedFromEndToEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := func(name string) point {
			return point{rapid.IntRange(0, 40).Draw(t, name+" x"), rapid.IntRange(0, 9).Draw(t, name+" y")}
		}
		w := way{from: at("from"), to: at("to"), column: rapid.IntRange(0, 40).Draw(t, "column"), steep: rapid.IntRange(1, 5).Draw(t, "steep")}
		if w.point(0) != w.from || w.point(w.length()) != w.to {
			t.Fatalf("%+v goes from %v to %v", w, w.point(0), w.point(w.length()))
		}
		for i := range w.length() {
			p, q := w.point(i), w.point(i+1)
			if distance(p.x, q.x)+distance(p.y, q.y) > 1 {
				t.Fatalf("%+v jumps from %v to %v", w, p, q)
			}
		}
	})
}

func TestOverlayKeepsWhatStandsThere(t *testing.T) {
	o := &Overlay{width: 6, lines: map[int][]text.Span{}}
	o.put(point{4, 0}, []text.Line{{text.Plain("abc")}})
	o.put(point{-1, 0}, []text.Line{{text.Plain("xy")}})
	for base, want := range map[string]string{"": "y   ab", "1": "1   ab", "12345": "12345b", "1234567": "1234567"} {
		if got := o.Over(0, text.Line{text.Plain(base)}).String(); got != want {
			t.Errorf("over %q: %q, want %q", base, got, want)
		}
	}
}
