// Package model is what is true of consumer groups: values, and pure functions over them.
//
// Sources (a poll of the admin API, the embedded cluster, the lab) produce observations. A [Tracker] folds them, in
// the order in which it is given them, into events and into an immutable [View]; every output (screen, table, JSON)
// reads the view. Nothing here does I/O, starts a goroutine or reads the clock: a moment is always an argument.
package model
