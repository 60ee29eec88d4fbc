package uitest

import (
	"fmt"
	"time"

	"regroup/model"
)

// LabConsumer is a demo consumer.
func LabConsumer(n int, group string, lane model.Slot, state model.LabState, owns []model.TopicPartition) model.LabConsumer {
	c := model.LabConsumer{
		Name: fmt.Sprintf("consumer-%d", n), Group: group, PID: 41200 + n, State: state, MemberID: Ref(lane).MemberID, Owns: owns,
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

// LabScene is the classic scene with its demo consumers: one paused, one slow, one killed, and a second group.
func LabScene() *model.View {
	v := ViewOf(OneConsumer())
	now := Assigned("AABC")
	second := OneConsumer()
	second.ID = "2consumer"
	v.Groups = append(v.Groups, second)
	consumers := []model.LabConsumer{
		LabConsumer(1, "1consumer", 1, model.LabRunning, Owns(now, 1)),
		LabConsumer(2, "1consumer", 2, model.LabPaused, Owns(now, 2)),
		LabConsumer(4, "2consumer", 1, model.LabRunning, Owns(Assigned("AAAA"), 1)),
		LabConsumer(3, "1consumer", 3, model.LabRunning, Owns(now, 3)),
		LabConsumer(5, "1consumer", 9, model.LabKilled, nil),
	}
	consumers[1].Note = "paused 3s ago"
	consumers[1].Since = SceneNow.Add(-3 * time.Second)
	consumers[0].ReadAgain, consumers[0].CountsLost = 12, 1_310
	consumers[3].ProcessingTime = 2 * time.Second
	consumers[4].Note = "killed (SIGKILL)"
	v.Lab = &model.LabSnapshot{
		At: SceneNow, Consumers: consumers,
		Producers: []model.LabProducer{{
			Topic: "myorders", PID: 41199, State: model.LabRunning, Wanted: 50, Rate: model.Some(42.5), Produced: 12_345,
		}},
	}
	return v
}

// ExplainScene is what the screens are explained with; a bubble of synctest begins at bubbleStart, the group scenes at sceneNow.
func ExplainScene(change func(*model.View)) *model.View {
	v := LabScene()
	v.At, v.PolledAt, v.Interval = BubbleStart, BubbleStart, time.Second
	if change != nil {
		change(v)
	}
	return v
}
