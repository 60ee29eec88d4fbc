// Package model holds the values of consumer groups: what sources observe, what the tracker makes of it, and what outputs
// show.
//
// Sources (a poll of the admin API, the tail of __consumer_offsets, the lab) produce observations. Package track folds
// them, in the order in which they arrive, into events and into an immutable [View]; every output (screen, table, JSON)
// reads the view. The packages below model are pure functions over these values. Nothing here does I/O, starts a
// goroutine or reads the clock: a moment is always an argument.
package model
