package main

import "time"

// sessions are all pictures: what has to be typed for them.
var sessions = []session{
	{
		args: []string{"demo"}, columns: 120, rows: 40, light: true,
		steps: []step{
			see(`consumer-3 +● running +3`, `reader-1 +● running +0 +1 +2 +3`),
			linger(30 * time.Second),
			press("n"), see(`consumer-4 +● running +3`),
			linger(8 * time.Second),
			see(`cost +\+`, `^ n new consumer`), still("lab"),
			press("esc"), see(`^ MEMBERS`, `generation 4`), still("group"),
			press("enter"), see(`esc back`, `REBALANCE`), still("card"),
			press("esc"), see(`^ MEMBERS`),
			press("esc"), see(`^ Groups 2`), still("groups"),
		},
	},
	{
		args: []string{"demo"}, columns: 100, rows: 30,
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
