package model

// Tracker folds observations into events and views. It has one owner: Observe and View are not for several goroutines
// at once; the views that it hands out are.
type Tracker struct{}

// NewTracker is a tracker that has seen nothing.
func NewTracker() *Tracker { return &Tracker{} }

// Observe takes in what a source saw and returns what changed by it, in order. It is the only place where state changes.
func (t *Tracker) Observe(o Observation) []Event { return nil }

// View is everything known after the newest observation.
func (t *Tracker) View() *View { return &View{} }
