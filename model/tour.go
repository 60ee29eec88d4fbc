package model

import "time"

// SceneBegan is the observation that the lab starts another scene, with topics and groups of its own. What was observed
// before does not apply to it, and the tracker forgets it.
type SceneBegan struct {
	At   time.Time
	Name string // of the scene
}

// ObservedAt is when the scene began.
func (s *SceneBegan) ObservedAt() time.Time { return s.At }

// TourScreen is the screen on which a step of the tour is seen.
type TourScreen string

// The screens of the tour.
const (
	TourGroups  TourScreen = "groups"  // the list of groups
	TourGroup   TourScreen = "group"   // the first of the step's groups
	TourLab     TourScreen = "lab"     // the lab, with the first of the step's groups chosen
	TourCompare TourScreen = "compare" // the step's groups side by side
)

// TourProgress is how far a step of the tour is.
type TourProgress string

// How far a step is.
const (
	TourPreparing TourProgress = "preparing" // the state from which it begins is being made
	TourWaiting   TourProgress = "waiting"   // it is done; what it claims is not to be seen yet
	TourVerified  TourProgress = "holds"     // what it claims was seen
	TourFailed    TourProgress = "failed"    // it was not seen in time, or could not be done
)

// TourStatus is where the guided tour is: an observation of regroup's own. In a view it is nil where there is no tour.
type TourStatus struct {
	At         time.Time
	Step       string // its name; "" if the tour is over
	Number, Of int    // which step of how many, from 1
	Title      string
	Caption    string // two or three sentences
	Screen     TourScreen
	Groups     []string  // those that the step is about
	Began      time.Time // its actions were done; zero while it is being prepared

	Progress  TourProgress
	Missing   string         // what is not so yet, in words: preparing, waiting, failed
	Facts     []string       // what is seen now, in words, most important first
	Countdown *TourCountdown // nil if there is none

	NextAt time.Time // when the next step begins by itself; zero is never
}

// ObservedAt is when the tour was there.
func (t *TourStatus) ObservedAt() time.Time { return t.At }

// TourCountdown is a stretch of time that a step lets one watch.
type TourCountdown struct {
	Words      string // what runs out: "consumer-3's session"
	From, Till time.Time
	// Earliest is from when on it may be over: a session ends a session timeout after the last heartbeat, and when that
	// was is known to within a heartbeat interval. Equal to Till where it is exact.
	Earliest time.Time
}
