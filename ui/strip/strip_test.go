package strip_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"regroup/model"
	"regroup/model/ownership"
	"regroup/ui/strip"
	"regroup/ui/text"
	"regroup/ui/theme"
)

var now = time.Date(2025, 3, 4, 12, 0, 0, 0, time.UTC)

// history is spans from a short notation: "-50s 3 AABB" is settled in generation 3 with the owners of partitions 0 to
// 3 since 50 s ago, "-20s ~ AABB" a rebalance. A dot is nobody.
func history(t testing.TB, lines ...string) []model.OwnershipSpan {
	t.Helper()
	spans := make([]model.OwnershipSpan, 0, len(lines))
	generation := model.Generation{}
	for _, line := range lines {
		var ago, number, owners string
		if _, err := fmt.Sscan(line, &ago, &number, &owners); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		age, err := time.ParseDuration(ago)
		if err != nil {
			t.Fatal(err)
		}
		span := model.OwnershipSpan{From: now.Add(age), Rebalancing: number == "~", Owners: model.Assignment{}}
		if !span.Rebalancing {
			generation.Kind = model.GenerationExact
			if strings.HasPrefix(number, "≈") {
				generation.Kind = model.GenerationCounted
				number = strings.TrimPrefix(number, "≈")
			}
			if _, err := fmt.Sscan(number, &generation.Number); err != nil {
				t.Fatal(err)
			}
		}
		span.Generation = generation
		for i, owner := range owners {
			if owner != '.' {
				span.Owners[model.TopicPartition{Topic: "myorders", Partition: int32(i)}] = model.Slot(owner - 'A' + 1)
			}
		}
		spans = append(spans, span)
	}
	return spans
}

// group is a classic group under an assignor, with members A to C and the owners that its history ends with.
func group(assignor string, spans []model.OwnershipSpan, rebalances ...*model.Rebalance) *model.GroupView {
	g := &model.GroupView{
		ID: "g", Type: model.TypeClassic, Assignor: assignor, State: model.StateStable, MembersKnown: true, Ownership: spans, Rebalances: rebalances,
	}
	for lane := model.Slot(1); lane <= 3; lane++ {
		g.Members = append(g.Members, model.MemberView{MemberRef: model.MemberRef{Slot: lane, MemberID: lane.String()}, AssignmentKnown: true})
	}
	for _, tp := range orders(3) {
		q := model.PartitionView{TopicPartition: tp, Subscribed: true}
		if len(spans) > 0 {
			now := spans[len(spans)-1]
			q.Owner, q.OwnerPrevious = now.Owners[tp], now.Rebalancing && now.Owners[tp] != model.Nobody
			if now.Rebalancing {
				g.State, g.RebalancingSince = model.StatePreparingRebalance, now.From
			}
		}
		g.Partitions = append(g.Partitions, q)
	}
	return g
}

// timeline is what the lab knows, too, of who read the partitions of a group.
func timeline(g *model.GroupView, lab *model.LabSnapshot) *ownership.Timeline {
	return ownership.Now(g, lab).Timeline(now)
}

func orders(n int) []model.TopicPartition {
	all := make([]model.TopicPartition, n)
	for i := range all {
		all[i] = model.TopicPartition{Topic: "myorders", Partition: int32(i)}
	}
	return all
}

func plain(lines []text.Line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	return b.String()
}

// The expectations are what somebody without colour sees: 14 cells of label, then a cell a second.
func TestWithoutColour(t *testing.T) {
	for _, c := range []struct {
		why         string
		history     []string
		partitions  int
		incremental bool
		want        string
	}{
		{why: "regroup has not looked yet", partitions: 1, want: `
  myorders-0
`},
		{why: "the classic scene: one, two, three consumers", partitions: 4, history: []string{
			"-60s 3 AAAA", "-30s ~ AAAA", "-28s 4 AABB", "-10s ~ AABB", "-7s 5 AABC",
		}, want: `
  myorders-0  ──────────────A──────────────┈·─────────A────────┈┈·───A────
  myorders-1  ──────────────A──────────────┈·─────────A────────┈┈·───A────
▸ myorders-2  ──────────────A──────────────┈·─────────B────────┈┈·───B────
  myorders-3  ──────────────A──────────────┈·─────────B────────┈┈·───C────
              gen 3                          4                    5    now
`},
		{why: "in a rebalance that is under way members read on until they have heard of it", partitions: 2, history: []string{
			"-20s 1 A.", "-5s ~ A.",
		}, want: `
  myorders-0                                         ──────────A────┈┈┈┈┈┈
  myorders-1                                         ╌ unassigned ╌╌······
                                                     gen 1             now
`},
		{why: "a rebalance much shorter than a cell leaves its mark", partitions: 1, history: []string{
			"-60s 1 A", "-10500ms ~ A", "-10490ms 2 B",
		}, want: `
  myorders-0  ───────────────────────A────────────────────────·─────B─────
              gen 1                                            2       now
`},
		{why: "generations that follow each other unseen are told apart by a seam", partitions: 2, history: []string{
			"-60s ≈1 AA", "-30s ≈2 AB",
		}, want: `
  myorders-0  ──────────────A──────────────▏──────────────A───────────────
  myorders-1  ──────────────A──────────────▏──────────────B───────────────
              gen ≈1                       ≈2                          now
`},
		{why: "nobody is not a rebalance and not unknown", partitions: 1, history: []string{"-40s 1 .", "-10s 2 A"}, want: `
  myorders-0                     ╌╌╌╌╌╌╌╌╌ unassigned ╌╌╌╌╌╌╌╌╌▏────A─────
                                 gen 1                         2       now
`},
		{why: "an incremental rebalance: what stays is read on, what moves is not", partitions: 2, incremental: true, history: []string{
			"-60s 1 AA", "-30s ~ AA", "-20s 2 AB",
		}, want: `
  myorders-0  ───────────────────A───────────────────▏─────────A──────────
  myorders-1  ──────────────A──────────────··········──────────B──────────
              gen 1                                  2                 now
`},
	} {
		t.Run(c.why, func(t *testing.T) {
			assignor := "range"
			if c.incremental {
				assignor = "cooperative-sticky"
			}
			s := strip.Strip{
				Theme: theme.For(true), Timeline: timeline(group(assignor, history(t, c.history...)), nil), Partitions: orders(c.partitions), Selected: -1,
				Now: now, Window: 60 * time.Second,
			}
			if c.partitions > 2 {
				s.Selected = 2
			}
			height := c.partitions
			if len(c.history) > 0 {
				height++
			}
			got := plain(s.Lines(14+60, max(3, height)))
			got = strings.TrimRight(got, "\n") + "\n"
			if got != c.want[1:] {
				t.Errorf("got\n%s\nwant\n%s", got, c.want[1:])
			}
		})
	}
}

func TestWindowFollowsTheSelected(t *testing.T) {
	for _, c := range []struct {
		n, room, selected, first, count int
		why                             string
	}{
		{4, 10, 2, 0, 4, "all fit"},
		{200, 10, 0, 0, 10, "at the start"},
		{200, 10, -1, 0, 10, "nothing is selected"},
		{200, 10, 100, 95, 10, "in the middle"},
		{200, 10, 199, 190, 10, "at the end, without blank rows"},
		{0, 10, 0, 0, 0, "no partitions"},
		{5, 0, 3, 3, 0, "no room"},
	} {
		first, count := strip.Window(c.n, c.room, c.selected)
		if first != c.first || count != c.count {
			t.Errorf("Window(%d, %d, %d) = %d, %d, want %d, %d: %s", c.n, c.room, c.selected, first, count, c.first, c.count, c.why)
		}
	}
}

func TestLabel(t *testing.T) {
	for _, c := range []struct {
		topic     string
		partition int32
		width     int
		want, why string
	}{
		{"myorders", 3, 20, "myorders-3", "it fits"},
		{"a-very-long-topic-name", 117, 12, "a-very-…-117", "the number stays"},
		{"myorders", 117, 4, "117", "only the number"},
		{"myorders", 117, 2, "11", "hardly anything"},
		{"\x1b[2J", 0, 20, `\x1b[2J-0`, "a name sends no escapes"},
		{"注文注文", 1, 7, "注文…-1", "wide letters are counted as they are drawn"},
	} {
		got := strip.Label(model.TopicPartition{Topic: c.topic, Partition: c.partition}, c.width)
		if got != c.want {
			t.Errorf("Label(%q, %d, %d) = %q, want %q: %s", c.topic, c.partition, c.width, got, c.want, c.why)
		}
	}
}

func TestAnyHistoryAtAnySize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var spans []model.OwnershipSpan
		at := now.Add(-time.Duration(rapid.IntRange(0, 90_000).Draw(t, "age")) * time.Millisecond)
		for range rapid.IntRange(0, 12).Draw(t, "spans") {
			span := model.OwnershipSpan{
				From: at, Rebalancing: rapid.Bool().Draw(t, "unsettled"), Owners: model.Assignment{},
				Generation: model.Generation{Number: rapid.Int32Range(0, 1000).Draw(t, "generation"), Kind: model.GenerationExact},
			}
			for p := range int32(6) {
				if lane := rapid.IntRange(0, 800).Draw(t, "lane"); lane > 0 {
					span.Owners[model.TopicPartition{Topic: "myorders", Partition: p}] = model.Slot(lane)
				}
			}
			spans = append(spans, span)
			at = at.Add(time.Duration(rapid.IntRange(0, 30_000).Draw(t, "length")) * time.Millisecond)
		}
		width, height := rapid.IntRange(0, 90).Draw(t, "width"), rapid.IntRange(0, 9).Draw(t, "height")
		assignor := rapid.SampledFrom([]string{"range", "cooperative-sticky", "ours"}).Draw(t, "assignor")
		s := strip.Strip{
			Theme: theme.For(true), Timeline: timeline(group(assignor, spans), nil), Partitions: orders(6), Selected: rapid.IntRange(-1, 5).Draw(t, "selected"), Now: now,
			Window: time.Duration(rapid.IntRange(1, 600).Draw(t, "window")) * time.Second,
		}
		lines := s.Lines(width, height)
		if width > 0 && len(lines) != height {
			t.Fatalf("%d lines, want %d", len(lines), height)
		}
		for _, l := range lines {
			if l.Width() != width {
				t.Fatalf("%q is %d wide, want %d", l.String(), l.Width(), width)
			}
		}
	})
}

// The picture moves to the left as time passes; blocks must not breathe while it does.
func TestBlocksKeepTheirWidths(t *testing.T) {
	s := strip.Strip{
		Theme: theme.For(true), Timeline: timeline(group("range", history(t, "-40s 1 A", "-31700ms ~ A", "-28900ms 2 B", "-17s ~ B", "-16s 3 C")), nil),
		Partitions: orders(1), Selected: -1, Window: 60 * time.Second,
	}
	middle := func(now time.Time) int {
		s.Now = now
		row := s.Lines(14+45, 2)[0].String()
		from, to := strings.IndexRune(row, 'B'), strings.LastIndex(row, "·")
		if from < 0 || to < from {
			t.Fatalf("no block of B in %q", row)
		}
		return len([]rune(strings.Trim(strings.FieldsFunc(row, func(r rune) bool { return r == '·' })[1], " ")))
	}
	want := middle(now)
	for tenths := range 100 {
		if got := middle(now.Add(time.Duration(tenths) * 100 * time.Millisecond)); got != want {
			t.Fatalf("after %d ms the block is %d cells wide, it was %d", tenths*100, got, want)
		}
	}
}

// What nobody reads although somebody should stands out: its newest block is not a line, without colour too, and what is
// over stays as it was.
func TestMissedPartitionsStandOut(t *testing.T) {
	past := history(t, "-40s 1 AAA", "-12s ~ AAA", "-10s 2 AB.")
	s := strip.Strip{
		Theme: theme.For(true), Timeline: timeline(group("range", past, paused(1, -12, -12, -10, 0)), nil), Partitions: orders(3), Selected: -1,
		Now: now, Window: 40 * time.Second,
	}
	want := `
  myorders-0  ─────────────A─────────────┈·─────A─────
  myorders-1  ─────────────A─────────────··┈┈┈┈┈B┈┈┈┈┈
  myorders-2  ─────────────A─────────────┈·╌╌╌╌ – ╌╌╌╌
              gen 1                        2       now
`
	if got := "\n" + plain(s.Lines(54, 4)); got != want {
		t.Errorf("drawn:%swant:%s", got, want)
	}
	s.Timeline = timeline(group("range", past), nil)
	if got := plain(s.Lines(54, 4)); strings.Contains(strings.ReplaceAll(got, "┈·", ""), "┈") {
		t.Errorf("nobody misses anything, and something is dotted:\n%s", got)
	}
}

// A name of which only the first letters are left says nothing; the numbers are those of the chips beside it.
func TestOneTopicIsNumberedWhereItsNameHasNoRoom(t *testing.T) {
	two := append(orders(2), model.TopicPartition{Topic: "payments", Partition: 0})
	for _, c := range []struct {
		why        string
		partitions []model.TopicPartition
		width      int
		want       string
	}{
		{"there is room", orders(2), 60, "  myorders-1  ─"},
		{"there is none", orders(2), 24, "  1  ─"},
		{"the widest number counts", orders(12), 24, "  1   ─"},
		{"the number alone could be either topic's", two, 24, "  my…-1  ─"},
	} {
		s := strip.Strip{Theme: theme.For(true), Timeline: timeline(group("range", history(t, "-50s 3 AABBAABBAABB")), nil), Partitions: c.partitions, Selected: -1, Now: now, Window: 50 * time.Second}
		if got := plain(s.Lines(c.width, 14)); !strings.Contains(got, c.want) {
			t.Errorf("%s: no %q in\n%s", c.why, c.want, got)
		}
	}
}
