package ui

import (
	"fmt"
	"time"

	"regroup/model"
)

func labConsumer(n int, group string, lane model.Lane, state model.LabState, owns []model.TopicPartition) model.LabConsumer {
	c := model.LabConsumer{
		Name: fmt.Sprintf("consumer-%d", n), Group: group, PID: 41200 + n, State: state, MemberID: ref(lane).MemberID, Owns: owns,
		Settings: model.ConsumerSettings{
			SessionTimeout: 10 * time.Second, MaxPollInterval: 30 * time.Second, MaxPollRecords: 500, FetchMinBytes: 1,
			FetchMaxWait: 500 * time.Millisecond, AutoCommitInterval: time.Second, Assignor: "range", CommitMode: model.CommitAuto,
		},
	}
	if len(owns) > 0 {
		c.Rate = model.Some(10.0 * float64(len(owns)))
		c.Latency, c.Fetches = model.Some(time.Duration(n)*7*time.Millisecond), model.Some(4.5)
		for _, tp := range owns {
			c.Counts = append(c.Counts, model.LabCounts{TopicPartition: tp, Keys: 50, Records: int64(600 * n)})
		}
		c.LastRecord = &model.LabRecord{TopicPartition: owns[0], Offset: int64(1200 + n), Key: "New York", Value: "3.25"}
	}
	return c
}

// labScene is the classic scene with its demo consumers: one paused, one slow, one killed, and a second group.
func labScene() *model.View {
	v := viewOf(oneConsumer())
	now := assigned("AABC")
	second := oneConsumer()
	second.ID = "2consumer"
	v.Groups = append(v.Groups, second)
	consumers := []model.LabConsumer{
		labConsumer(1, "1consumer", 1, model.LabRunning, owns(now, 1)),
		labConsumer(2, "1consumer", 2, model.LabPaused, owns(now, 2)),
		labConsumer(4, "2consumer", 1, model.LabRunning, owns(assigned("AAAA"), 1)),
		labConsumer(3, "1consumer", 3, model.LabRunning, owns(now, 3)),
		labConsumer(5, "1consumer", 9, model.LabKilled, nil),
	}
	consumers[1].Note = "paused 3s ago"
	consumers[1].Since = sceneNow.Add(-3 * time.Second)
	consumers[0].ReadAgain, consumers[0].CountsLost = 12, 1_310
	consumers[3].ProcessingTime = 2 * time.Second
	consumers[4].Note = "killed (SIGKILL)"
	v.Lab = &model.LabSnapshot{
		At: sceneNow, Consumers: consumers,
		Producers: []model.LabProducer{{
			Topic: "myorders", PID: 41199, State: model.LabRunning, Wanted: 50, Rate: model.Some(42.5), Produced: 12_345,
		}},
	}
	return v
}
