package cause

import (
	"time"

	"regroup/model"
)

// Evidence is everything that a rebalance is judged from. Times are by regroup's clock.
type Evidence struct {
	Rebalance *model.Rebalance // complete but for Verdict, Also and Cost

	Before, After []model.MemberView // all members, sorted by lane, with subscriptions and timeouts where they are known
	// Adjacent is true where the coordinator's own numbers of the two generations are consecutive: nothing can have
	// changed and changed back in between.
	Adjacent bool
	// CommitsRead is true where the records of the group were read without a gap: a commit that is not known was not made.
	CommitsRead bool
	// Commits is the newest commit of each partition owned before, made before the rebalance ended. It may be later than
	// the start of the rebalance: members commit before they revoke.
	Commits map[model.TopicPartition]model.Moment
	// CommitEvery is the time between the two newest commits of a partition; missing where it is unknown.
	CommitEvery map[model.TopicPartition]time.Duration
	// Repeated is whether the newest commit of a partition repeated the offset committed before it: then the owner commits
	// by a timer although it has consumed nothing, as Java's auto-commit does, and a missing commit means something. nil
	// is unknown for every partition.
	Repeated map[model.TopicPartition]bool
	// Arriving is whether records were produced to a partition lately: a partition without new records needs no commits.
	Arriving map[model.TopicPartition]bool

	Topics []TopicChange // changes of subscribed topics, from some time before the previous rebalance on
	// Actions on the group since the previous rebalance ended. An action on a member counts until the member is gone,
	// however long ago it was; an action that was undone (a pause that ended in time, processing that is fast again) is
	// not in it.
	Actions          []Action
	CoordinatorMoved bool             // since the previous rebalance
	Previous         *model.Rebalance // the previous rebalance, with its verdict; nil if regroup has seen none
}

// TopicChange is a change of a topic that members may rebalance for.
type TopicChange struct {
	Topic     string
	Cause     model.Cause // one that is a topic change
	At        model.Moment
	Recreated bool // deleted and created again: partitions assigned before belonged to another topic
}

// Action is something that regroup or its lab did to a group or to one of its members.
type Action struct {
	At     time.Time
	Cause  model.Cause // what the action leads to; for CauseMaxPollExceeded, At is when the consumer was slowed down or the lab saw it leave
	Member string      // member id; "" is an action on the group
	Killed bool        // the process ended at once: it has consumed nothing since
	Client string      // client id, where the member id is unknown
	Words  string      // a sentence: "consumer-3 was killed (SIGKILL)"
}
