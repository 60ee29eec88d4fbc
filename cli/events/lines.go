package events

import (
	"time"

	"regroup/model"
)

// head begins every line.
type head struct {
	Type Type `json:"type"`
	V    int  `json:"v"`
}

// instant is a time in RFC 3339, UTC, with up to nine decimals; the zero time is null.
type instant time.Time

func (i instant) MarshalJSON() ([]byte, error) {
	t := time.Time(i)
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + t.UTC().Format(time.RFC3339Nano) + `"`), nil
}

// span is the shortest and the longest possible duration, in milliseconds.
type span [2]model.Maybe[float64]

// between is the earliest and the latest possible time.
type between [2]instant

type generation struct {
	Generation model.Maybe[int32] `json:"generation"`
	Exact      bool               `json:"exact"`
}

type member struct {
	Slot       string              `json:"slot"`
	MemberID   model.Maybe[string] `json:"member_id"`
	InstanceID model.Maybe[string] `json:"instance_id"`
	ClientID   model.Maybe[string] `json:"client_id"`
	Host       model.Maybe[string] `json:"host"`
}

type move struct {
	Topic     string              `json:"topic"`
	Partition int32               `json:"partition"`
	From      model.Maybe[string] `json:"from"`
	To        model.Maybe[string] `json:"to"`
}

type cause struct {
	Name       string `json:"name"`
	Confidence string `json:"confidence"`
	Evidence   string `json:"evidence"`
}

type pause struct {
	Topic       string               `json:"topic"`
	Partition   int32                `json:"partition"`
	PausedMS    model.Maybe[float64] `json:"paused_ms"`
	PausedRange span                 `json:"paused_ms_range"`
	Stopped     between              `json:"stopped_at_range"`
	Started     between              `json:"started_at_range"`
	Resumed     bool                 `json:"resumed"`
	LagAdded    model.Maybe[int64]   `json:"lag_added"`
	Reprocessed model.Maybe[int64]   `json:"reprocessed"`
}

type cost struct {
	Complete    bool                 `json:"complete"`
	PausedMS    model.Maybe[float64] `json:"paused_ms"`
	PausedRange span                 `json:"paused_ms_range"`
	LagAdded    model.Maybe[int64]   `json:"lag_added"`
	Reprocessed model.Maybe[int64]   `json:"reprocessed"`
	LostMS      float64              `json:"consumer_time_lost_ms"`
	Partitions  []pause              `json:"partitions"`
}

type stickiness struct {
	Moved     int `json:"moved"`
	Necessary int `json:"necessary"`
}

type rebalanceLine struct {
	head
	Group         string               `json:"group"`
	GroupType     model.Maybe[string]  `json:"group_type"`
	At            instant              `json:"at"`
	AtRange       between              `json:"at_range"`
	SeenAt        instant              `json:"seen_at"`
	RecordedAt    instant              `json:"recorded_at"`
	From          generation           `json:"from"`
	To            generation           `json:"to"`
	AtLeast       int                  `json:"at_least"`
	Superseded    int                  `json:"superseded"`
	Joined        []member             `json:"joined"`
	Left          []member             `json:"left"`
	Restarted     []member             `json:"restarted"`
	Members       int                  `json:"members"`
	Moves         []move               `json:"moves"`
	Assignor      model.Maybe[string]  `json:"assignor"`
	Leader        model.Maybe[string]  `json:"leader"`
	JoinMS        model.Maybe[float64] `json:"join_ms"`
	JoinRange     span                 `json:"join_ms_range"`
	SyncMS        model.Maybe[float64] `json:"sync_ms"`
	SyncRange     span                 `json:"sync_ms_range"`
	DurationMS    model.Maybe[float64] `json:"duration_ms"`
	DurationRange span                 `json:"duration_ms_range"`
	PausedMS      model.Maybe[float64] `json:"paused_ms"`
	PausedRange   span                 `json:"paused_ms_range"`
	Cause         cause                `json:"cause"`
	Also          []cause              `json:"also"`
	Cost          cost                 `json:"cost"`
	Stickiness    *stickiness          `json:"stickiness"`
}

type costLine struct {
	head
	Group  string     `json:"group"`
	At     instant    `json:"at"`
	SeenAt instant    `json:"seen_at"`
	To     generation `json:"to"`
	Cost   cost       `json:"cost"`
}

type causeLine struct {
	head
	Group  string     `json:"group"`
	At     instant    `json:"at"`
	SeenAt instant    `json:"seen_at"`
	To     generation `json:"to"`
	Cause  cause      `json:"cause"`
}

type stateLine struct {
	head
	Group  string              `json:"group"`
	SeenAt instant             `json:"seen_at"`
	From   model.Maybe[string] `json:"from"`
	To     model.Maybe[string] `json:"to"`
}

type groupLine struct {
	head
	Group  string  `json:"group"`
	SeenAt instant `json:"seen_at"`
	Change string  `json:"change"` // "appeared" or "gone"
}

type alertLine struct {
	head
	Group     string             `json:"group"`
	SeenAt    instant            `json:"seen_at"`
	Reason    string             `json:"reason"` // "lag" or "stalled"
	Over      bool               `json:"over"`
	Lag       model.Maybe[int64] `json:"lag"`
	Threshold int64              `json:"threshold"`
	Since     instant            `json:"since"`
	Detail    string             `json:"detail"`
}

type coordinatorLine struct {
	head
	Group  string             `json:"group"`
	SeenAt instant            `json:"seen_at"`
	Broker model.Maybe[int32] `json:"broker"`
	Detail string             `json:"detail"`
}

type sourceLine struct {
	head
	SeenAt instant             `json:"seen_at"`
	Change string              `json:"change"` // "lost" or "found"
	Broker model.Maybe[int32]  `json:"broker"`
	Group  model.Maybe[string] `json:"group"`
	Detail string              `json:"detail"`
}

type droppedLine struct {
	head
	Count int `json:"count"`
}
