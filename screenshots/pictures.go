package main

import (
	"slices"
	"time"
)

// sessions draw all pictures.
var sessions = []session{
	{
		args: []string{"demo", "--scene", "shop.yaml"}, columns: 120, rows: 40, light: true,
		steps: slices.Concat(
			[]step{see(`fraud-3 +● running`), press("esc"), see(`^ MEMBERS`)},
			group("fraud-detection"),
			[]step{rows(34), see(`◑ Reconciling`, `waiting for [AB]`, footer), linger(2 * time.Second), still("consumer-protocol"), rows(40)},
			[]step{press(":", "groups", "enter"), see(`^ Groups 7`, `fulfilment .* left`), linger(45 * time.Second), still("groups")},
			group("fulfilment"),
			[]step{see(`^ +cost +\+.* reprocessed`, footer), still("group")},
			[]step{press("e", "right"), see(`▸WHY`), still("explain"), press("esc"), see(`^ EVENTS`)},
			[]step{rows(34), press("enter"), see(`^ TIMELINE`, `^ PAUSES`), still("card"), press("esc"), see(`^ MEMBERS`)},
			[]step{press("w"), see(`^ WHAT IF`), press("+"), see(`2 → 3`, `^ FORECAST ── exact`, `THEN ── 3`), still("what-if"), press("esc"), see(`^ MEMBERS`)},
			group("recommendations"),
			// The third rebalance: the last one may not be complete.
			[]step{press("enter"), see(`^ TIMELINE`), press(slices.Repeat([]string{"left"}, 16)...), press("right", "right"), see(` 3 of \d`), still("timeline")},
		),
	},
	{
		args: []string{"demo"}, columns: 120, rows: 40, light: true,
		steps: []step{
			see(`consumer-3 +● running +3`, `reader-1 +● running +0 +1 +2 +3`),
			linger(20 * time.Second),
			press("n"), see(`consumer-4 +● running +3`),
			linger(8 * time.Second),
			see(`cost +\+`, footer), still("lab"),
		},
	},
	{
		args: []string{"demo", "--tour", "--step", "crash"}, columns: 120, rows: 40, light: true,
		steps: []step{see(`✓ verified`), linger(5 * time.Second), see(`^ space .* q quit`), still("tour")},
	},
	{
		args: []string{"demo", "--tour", "--step", "consumer-protocol"}, columns: 120, rows: 34, light: true,
		steps: []step{see(`✓ verified`), linger(2 * time.Second), see(`^ space .* q quit`), still("compare")},
	},
	{
		args: []string{"demo"}, columns: 100, rows: 34,
		steps: []step{
			see(`consumer-3 +● running +3`, `reader-1 +● running +0 +1 +2 +3`),
			press("esc"), see(`^ MEMBERS`, `generation 3`),
			linger(5 * time.Second),
			roll("rebalance"),
			linger(2 * time.Second),
			press("X"),
			linger(14 * time.Second),
			cut(),
		},
	},
}

// footer is the footer with its keys, without a message in their place.
const footer = `^ n new .* q quit`

// group opens a group's screen.
func group(name string) []step {
	return []step{press(":", "group "+name, "enter"), see(`^ ` + name + ` .*[●◑◐◓○]`)}
}
