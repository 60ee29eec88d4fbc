package cause

import (
	"time"

	"regroup/model"
)

// Evidence is what is known beside what changed hands when a rebalance is judged. Times are by regroup's clock.
type Evidence struct {
	Rebalance *model.Rebalance // with everything but Verdict, Also and Cost

	Before, After []model.MemberView // everybody, sorted by lane, with subscriptions and timeouts where they are known
	// adjacent says that before and after are one generation apart, by the coordinator's own count: nothing can have
	// come and gone between them.
	Adjacent bool
	// followed says that the records of the group were read all the time: a commit that is not known was not made.
	CommitsRead bool
	// commits is the newest commit of each partition that was owned before, made before the rebalance ended. It may lie
	// after the rebalance began: members commit before they give partitions up.
	Commits map[model.TopicPartition]model.Moment
	// commitEvery is the time between the newest commits of a partition; a partition that is not in it has no known
	// rhythm, and nil is fine.
	CommitEvery map[model.TopicPartition]time.Duration
	// repeated is whether the newest commit of a partition was of the offset that had been committed before it: the owner
	// commits by a timer although it has read nothing new, as Java's auto-commit does, and then silence tells something.
	// nil is not known for any partition.
	Repeated map[model.TopicPartition]bool
	// arriving is whether records arrived in a partition lately: one that stands still needs no commits.
	Arriving map[model.TopicPartition]bool

	Topics []TopicChange // of subscribed topics, since some time before the previous rebalance
	// deeds were done to the group since the rebalance before it ended. What was done to a member counts until that member
	// is gone, however long ago; what was undone (a pause that ended in time, processing that is fast again) is not in it.
	Actions          []Action
	CoordinatorMoved bool             // it changed since the rebalance before
	Previous         *model.Rebalance // the rebalance before, with its verdict; nil if regroup has seen none
}

// TopicChange is a change of a topic that members may rebalance for.
type TopicChange struct {
	Topic     string
	Cause     model.Cause // CausePartitionsAdded, CauseTopicCreated or CauseTopicDeleted
	At        model.Moment
	Recreated bool // it was deleted, and created again: what was handed out of it was another
}

// Action is something that was done to a group by regroup or its lab, which therefore know.
type Action struct {
	At     time.Time
	Cause  model.Cause // what the deed leads to; for CauseMaxPollExceeded at is when it was slowed down, or when the lab saw it leave for that
	Member string      // the member id that it was done to; "" is the group
	Killed bool        // the process was ended at once: it has read nothing since
	Client string      // the client id, where the member id is not known
	Words  string      // a sentence: "consumer-3 was killed (SIGKILL)"
}
