package model

// commitSeen is a commit as far as it is known when it was made.
type commitSeen struct {
	offset int64
	at     Moment
}
