package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"regroup/model"
	"regroup/ui/uitest"
)

func TestGroupsFrames(t *testing.T) {
	for _, size := range []struct {
		name          string
		width, height int
	}{{"120x40", 120, 40}, {"80x24", 80, 24}, {"200x50", 200, 50}, {"40x8", 40, 8}} {
		t.Run(size.name, func(t *testing.T) {
			atDesk(t, size.width, size.height, Options{}, func(d desk) {
				d.show(uitest.Payments())
				d.Golden("groups")
				d.Press("/", "p", "a", "y", "m", "down")
				d.Golden("filtered")
			})
		})
	}
}

func TestGroupsColours(t *testing.T) {
	for _, look := range Themes()[1:] {
		t.Run(look, func(t *testing.T) {
			atDesk(t, 100, 24, Options{Theme: look}, func(d desk) {
				d.show(uitest.Payments())
				d.GoldenStyled("groups")
			})
		})
	}
}

func TestWithoutColourNothingIsLost(t *testing.T) {
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.Send(tea.ColorProfileMsg{Profile: colorprofile.ASCII})
		d.Profile(colorprofile.ASCII)
		d.show(uitest.Payments())
		f := d.Frame()
		for y := range 40 {
			for x := range 120 {
				if f.Foreground(x, y) != nil || f.Background(x, y) != nil {
					t.Fatalf("a cell at %d,%d has a colour", x, y)
				}
			}
		}
		d.sees("states, selection, trends, owners and warnings have signs",
			"● Stable", "◐ Preparing", "◑ Reconciling", "○ Empty", "✕ Deleted", " ▸ ", "184,330↑", "88↓", "40,000!", " C  joined", "5 1 idle", "6/8", "2 +1")
	})
}

func TestSixteenColoursKeepDimTextApartFromTheGround(t *testing.T) {
	for _, look := range Themes()[1:] {
		atDesk(t, 120, 40, Options{Theme: look}, func(d desk) {
			d.Send(tea.ColorProfileMsg{Profile: colorprofile.ANSI})
			d.Profile(colorprofile.ANSI)
			d.show(uitest.Payments())
			f := d.Frame()
			for y := range 40 {
				for x := range 120 {
					if fg := f.Foreground(x, y); fg != nil && fg == f.Background(x, y) && strings.TrimSpace(f.Cell(x, y).Content) != "" {
						t.Fatalf("%s: %q at %d,%d cannot be read", look, f.Cell(x, y).Content, x, y)
					}
				}
			}
		})
	}
}

func TestFilter(t *testing.T) {
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.show(uitest.Payments())
		d.Press("/")
		d.Type("PAYP")
		d.sees("the filter does not mind the case", "Groups 1 of 10", "/PAYP", "paypal-webhooks")
		d.misses("what does not match is not listed", "payroll")
		x, y, _ := d.Frame().Find("paypal")
		if d.Frame().Foreground(x, y) == d.Frame().Foreground(x+6, y) {
			t.Error("the part that matches does not stand out")
		}
		d.Type("q?:l")
		d.sees("keys are text while one types, and a filter that matches nothing says how to get out",
			`No group matches "PAYPq?:l".`, "esc clears the filter.")
		d.Press("backspace", "backspace", "backspace", "backspace", "enter")
		d.sees("the filter stays", "Groups 1 of 10", "esc clear filter")
		d.Press("esc")
		d.sees("esc clears it", "Groups 10", "payroll")
		d.Press("/", "x", "backspace", "backspace", "s")
		d.sees("deleting beyond the beginning leaves the filter: s sorts again", "sort behind")
		d.Press("/")
		d.Send(tea.PasteMsg{Content: "pay\x1b[2J"})
		d.sees("a paste is text", "/pay")
	})
}

func TestSort(t *testing.T) {
	first := func(d desk) string {
		y := 3
		return strings.Fields(strings.Trim(d.Frame().Line(y+1), " ▸"))[0]
	}
	for _, c := range []struct{ command, first, why string }{
		{"sort name", "orders-eu", "names from a to z"},
		{"sort name desc", "payroll", ""},
		{"sort lag", "payments-settlement", "the largest"},
		{"sort lag asc", "orders-eu", "the smallest that is known, by name where equal: unknown is not small"},
		{"sort members", "payout-ledger", ""},
		{"sort state", "payments-settlement", "what asks for attention"},
		{"sort behind", "payments-audit", ""},
		{"sort rebalance", "payments-settlement", "under way is newer than 12 seconds ago"},
	} {
		atDesk(t, 120, 40, Options{}, func(d desk) {
			d.show(uitest.Payments())
			d.Press(":")
			d.Type(c.command)
			d.Press("enter")
			if got := first(d); got != c.first {
				t.Errorf(":%s puts %s first, want %s: %s", c.command, got, c.first, c.why)
			}
		})
	}
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.show(uitest.Payments())
		d.Press("S")
		if got := first(d); got != "orders-eu" {
			t.Errorf("S puts %s first, want orders-eu: the order is reversed", got)
		}
		for _, want := range []string{"behind", "rebalance", "name", "state", "members", "lag"} {
			d.Press("s")
			d.sees("s goes through the orders", "sort "+want)
		}
		d.Click(5, 3)
		d.sees("a click on a title sorts by it", "sort name ▴")
		d.Click(5, 3)
		d.sees("a second one reverses", "sort name ▾")
	})
}

// Selection is by identity, and rows do not hop with every view.
func TestRowsKeepTheirPlaceForAWhile(t *testing.T) {
	atDesk(t, 120, 40, Options{}, func(d desk) {
		a, b := uitest.StableGroup("a", 1, 1, 500), uitest.StableGroup("b", 1, 1, 400)
		d.show(uitest.ViewOfGroups(a, b))
		d.Press("down")
		if !strings.Contains(d.selected(), "▸ b") {
			t.Fatalf("selected: %q", d.selected())
		}
		a2 := *a
		a2.Lag = model.Some[int64](300)
		order := func() bool {
			_, ya, _ := d.Frame().Find("a  ")
			_, yb, _ := d.Frame().Find("b  ")
			return ya < yb
		}
		d.show(uitest.ViewOfGroups(&a2, b))
		if !order() {
			t.Error("the rows changed places at once")
		}
		d.Wait(3 * time.Second)
		d.show(uitest.ViewOfGroups(&a2, b))
		if order() {
			t.Error("the rows never changed places")
		}
		if !strings.Contains(d.selected(), "▸ b") {
			t.Errorf("the selection is on another group: %q", d.selected())
		}
	})
}

func TestOpenAndBack(t *testing.T) {
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.show(uitest.Payments())
		d.Press("down", "enter")
		d.sees("enter opens the selected group", "MEMBERS")
		d.misses("the list is covered", "REBALANCES ━", "sort lag")
		d.Press("esc")
		d.sees("esc goes back", "sort lag")
		if !strings.Contains(d.selected(), "payroll") {
			t.Errorf("the selection is where it was: %q", d.selected())
		}
		if got := strings.Join(d.source.Focused(), ","); got != ",payroll," {
			t.Errorf("the source was asked to focus on %q", got)
		}
		_, y, _ := d.Frame().Find("payout-ledger")
		d.Click(5, y)
		if !strings.Contains(d.selected(), "payout-ledger") {
			t.Errorf("a click selects: %q", d.selected())
		}
		d.Wait(time.Second)
		d.Click(5, y)
		d.sees("two slow clicks are no double click", "sort lag")
		d.Click(5, y)
		d.sees("a double click opens", "MEMBERS")
	})
}

func TestFeed(t *testing.T) {
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.show(uitest.Payments())
		d.sees("rebalances, newest first, and what is under way before them",
			"now       payments-settlement", "now       paypal-webhooks", "4 → 5", " C  joined", "1 of 4 moved", "member joined",
			"broker 3", "stopped answering: connection refused", "the coordinator moved from broker 3 to broker 1")
		d.Press("tab", "down", "down")
		if _, _, ok := d.Frame().Find("REBALANCES ━"); !ok {
			t.Error("the feed does not have the focus")
		}
		d.Press("enter")
		d.sees("enter opens the card of the line's rebalance", "payments ", "TIMELINE", "LAST REBALANCE 4 → 5", "BEFORE", "AFTER")
		d.Press("esc")
		d.sees("which leads back to where it was asked for", "REBALANCES ━", "payments-settlement")
		d.Press("up", "enter")
		d.sees("enter opens the group of what is under way", "paypal-webhooks ", "MEMBERS")
		d.Press("esc", "tab")
		d.sees("tab goes back to the list", "REBALANCES ─")
	})
}

func TestEmptyStates(t *testing.T) {
	atDesk(t, 100, 30, Options{}, func(d desk) {
		d.sees("at the start", "◌ connecting 0s", "Connecting. regroup keeps trying; q quits.")
		d.Wait(12 * time.Second)
		d.sees("the age moves", "◌ connecting 12s")
		d.show(&model.View{At: uitest.BubbleStart, PolledAt: uitest.BubbleStart, Errs: []model.SourceError{
			{Address: "10.0.0.1:9092", Operation: "Metadata", Problem: "connection refused", Advice: "is the broker running?"},
			{Address: "10.0.0.2:9092", Operation: "Metadata", Problem: "no route to host"},
		}})
		d.sees("nobody answers: every address that was tried, and why it failed",
			"! Metadata on 10.0.0.1:9092: connection refused; is the broker running?", "! Metadata on 10.0.0.2:9092: no route to host")
		d.sees("and that is no cluster without groups", "◌ connecting 12s")
		d.misses("nor a live one", "No groups yet", "live")
		d.show(uitest.ViewOfGroups())
		d.sees("a cluster without groups", "No groups yet.", "A group appears here when")
	})
}

func TestHostileNamesAreShownAndNotObeyed(t *testing.T) {
	names := []string{
		"\x1b[2J\x1b[H\x1b]0;owned\x07", "evil\u202egnp.exe", "two\nlines", strings.Repeat("long-", 60), "注文サービス-東京", "zero\u200bwidth", "", "e\u0301\u0301\u0301\u0301",
		"\x9b31m", "tab\there",
	}
	var groups []*model.GroupView
	for _, n := range names {
		groups = append(groups, uitest.StableGroup(n, 1, 1, 5, uitest.Rebalanced(time.Minute, 1, 2, func(r *model.Rebalance) {})))
	}
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		atDesk(t, size[0], size[1], Options{}, func(d desk) {
			v := uitest.ViewOfGroups(groups...)
			v.Cluster.Name = "clu\x1b[31mster"
			v.Errs = []model.SourceError{{Address: "a\x1bb", Operation: "X", Problem: "bad\nthing"}}
			d.show(v)
			d.Press(":", "s", "o", "r", "t", "space", "n", "a", "m", "e", "enter")
			d.sees("escapes are shown", `\x1b[2J\x1b[H\x1b]0;`, `evil\u202egnp.exe`, `two\nlines`, "注文サービス-東京", `zero\u200bwidth`, `""`, `clu\x1b[31mster`, `a\x1bb`, `bad\nthing`, `\x9b31m`)
			d.Golden(map[int]string{120: "120x40", 80: "80x24"}[size[0]])
		})
	}
}

func TestEmptyNameOpens(t *testing.T) {
	atDesk(t, 100, 30, Options{}, func(d desk) {
		d.show(uitest.ViewOfGroups(uitest.StableGroup("", 1, 1, 5), uitest.StableGroup("other", 1, 1, 1)))
		d.Press("enter")
		d.sees("the group without a name can be opened as any other", "MEMBERS")
	})
}

// A commit outside its log makes a small lag out of lost records: the list must tell, also where it is narrow.
func TestCommitsOutOfRangeAreSeen(t *testing.T) {
	v := uitest.ViewOfGroups(
		uitest.StableGroup("audit", 1, 4, 0, func(g *model.GroupView) { g.OutOfRange = 2 }),
		uitest.StableGroup("billing", 1, 4, 1204, func(g *model.GroupView) { g.OutOfRange, g.LagIncomplete = 1, true }, uitest.Rebalanced(time.Minute, 4, 5, func(*model.Rebalance) {})),
		uitest.StableGroup("orders", 1, 4, 7),
	)
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.show(v)
		d.sees("sign, number and words", "≠0 ", "2 out of range", "≠≥1,204 ", "1 out of range  1m")
		d.misses("nothing where there is nothing", "≠7", "0 out of range")
	})
	atDesk(t, 80, 24, Options{}, func(d desk) {
		d.show(v)
		d.sees("the sign stays", "≠0 ", "≠≥1,204 ")
	})
}

// What the lab did is told with what it was done to.
func TestFeedNamesWhatTheLabActedOn(t *testing.T) {
	v := uitest.ViewOfGroups(uitest.StableGroup("orders", 1, 4, 7))
	v.Events = []model.Event{
		{At: uitest.Before(3 * time.Second), Kind: model.LabActed, Topic: "myorders", Detail: "a partition was added"},
		{At: uitest.Before(2 * time.Second), Kind: model.LabActed, Group: "orders", Detail: "consumer-1 was killed"},
	}
	atDesk(t, 120, 40, Options{}, func(d desk) {
		d.show(v)
		_, killed, _ := d.Frame().Find("⚑ consumer-1 was killed")
		_, added, _ := d.Frame().Find("⚑ a partition was added")
		if !strings.Contains(d.Frame().Line(killed), " orders ") || !strings.Contains(d.Frame().Line(added), " myorders ") {
			t.Errorf("the labels are missing:\n%s\n%s", d.Frame().Line(killed), d.Frame().Line(added))
		}
	})
}
