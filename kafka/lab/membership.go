package lab

import (
	"context"
	"time"

	"regroup/model"
)

// membership is a stay in a group by the means of one client, from the first request to join to the leave. It has the
// semantics of Kafka's Java consumer, whichever client it is: what poll returns is a batch in hand, and while there is
// one, no partition of it is let go.
type membership interface {
	// poll waits for records and returns those that are there, max.poll.records at most.
	poll(ctx context.Context) ([]record, pollEnd)
	// release says that the batch in hand is done.
	release()
	// commit commits, by partition, the offset to go on from, and waits for the answer.
	commit(offsets map[model.TopicPartition]int64) error
	// leave leaves the group and ends everything that belongs to the membership. It is called once, from whatever
	// goroutine, also with a batch in hand.
	leave() error
	// failure is why poll returned pollFailed.
	failure() error
	// holds is the member's id, "" if it has not had one, and what it owns.
	holds() (id string, owns []model.TopicPartition)
	// fetches is the fetch requests that it has made.
	fetches() int64
}

// pollEnd says why a poll returned.
type pollEnd int

const (
	pollRecords     pollEnd = iota // there is a batch in hand
	pollInterrupted                // ctx ended
	pollFailed                     // see failure
)

// record is a record as both clients hand it over.
type record struct {
	model.TopicPartition
	offset     int64
	key, value []byte
	at         time.Time // its timestamp
}
