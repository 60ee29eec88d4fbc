package model

// reckonCommit hands a commit to what is still being reckoned.
func (t *Tracker) reckonCommit(g *group, tp TopicPartition, seen commitSeen) {}
