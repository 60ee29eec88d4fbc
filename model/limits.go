package model

import "time"

// What a view keeps, and for how long. Together they bound the tracker's memory.
const (
	// EventsKept and RebalancesKept bound the feed of the whole cluster.
	EventsKept     = 500
	RebalancesKept = 200
	// GroupRebalancesKept is how many rebalances of one group are kept.
	GroupRebalancesKept = 20
	// OwnershipKept bounds the history of assignments; a rebalance that was seen in progress takes two spans of it.
	OwnershipKept = 64

	// LagHistoryStep × LagHistoryKept is the minute that a group's sparkline shows.
	LagHistoryStep = time.Second
	LagHistoryKept = 60
	// PartitionLagStep × PartitionLagKept is the same minute for a partition, of which there are many more.
	PartitionLagStep = 3 * time.Second
	PartitionLagKept = 20

	// RateWindow is the time over which rates and trends are computed: long enough for two commits at the five seconds
	// that auto.commit.interval.ms has by default.
	RateWindow = 10 * time.Second

	// GoneKept is how long the row of a deleted group stays.
	GoneKept = 30 * time.Second
)

// RecordGrace is how long a poll that shows more than the records waits for them. They arrive some milliseconds after they
// were written; if they do not arrive at all, the poll counts.
const RecordGrace = 2 * time.Second
