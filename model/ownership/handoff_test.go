package ownership

import (
	"testing"

	"regroup/model"
	. "regroup/model/modeltest"
)

func TestHandoffsOfAConsumerGroup(t *testing.T) {
	tp := model.TopicPartition{Topic: "t", Partition: 0}
	newest := model.None[Commit]()
	last := func(model.TopicPartition) model.Maybe[Commit] { return newest }
	for _, c := range []struct {
		reason string
		then   func(h Handoffs)
		want   string
	}{
		{
			"A gives it up, B gets it with its next heartbeat and commits, all before C at last gives up what it has",
			func(h Handoffs) {
				newest = model.Some(commitOf(100, 11.9))
				h.Apply(Partitions("0,1"), Partitions("1"), model.Exactly(Second(12)), last)
				h.Apply(nil, Partitions("0"), model.Exactly(Second(15)), last)
				h.Commit(tp, commitOf(110, 15.5))
				h.Commit(tp, commitOf(120, 16))
			},
			"3s..3.6s lag – again 0 idle 5s, t-0 read",
		},
		{
			"nothing is known of the way",
			func(Handoffs) {},
			"0s..– lag – again – idle 15s",
		},
		{
			"A gives it up, C has it for a while and gives it up, B gets it: no pause is claimed, and none denied",
			func(h Handoffs) {
				newest = model.Some(commitOf(100, 11.9))
				h.Apply(Partitions("0,1"), Partitions("1"), model.Exactly(Second(12)), last)
				h.Apply(nil, Partitions("0"), model.Exactly(Second(13)), last)
				h.Apply(Partitions("0"), nil, model.Exactly(Second(14)), last)
				h.Apply(nil, Partitions("0"), model.Exactly(Second(15)), last)
			},
			"0s..– lag – again – idle 15s",
		},
	} {
		h := Handoffs{}
		c.then(h)
		b := PartitionBefore{TopicPartition: tp}
		h.Complete(&b)
		k := NewCostTracker(consumerGroup(by(model.CauseMemberJoined, "", rebalanced(10, 10.001, 25, "0:A>B", "1:A>A"))), []PartitionBefore{b}, nil)
		if got, _ := k.Cost(Second(25)); costWords(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.reason, costWords(got), c.want)
		}
	}
}

// A static member that comes back under another id keeps its partitions, and nobody else notices.
func TestAStaticRestartCostsNobodyTime(t *testing.T) {
	r := rebalanced(10, 13, 13.012, "0:A>A", "1:B>B")
	r.AtLeast, r.To = 0, r.From
	if c, _ := NewCostTracker(r, nil, nil).Cost(Second(14)); costWords(c) != "0s..– lag – again – idle 0s complete" {
		t.Error(costWords(c))
	}
}

// A generation that was superseded before its leader had synced was never read by.
func TestSupersededGenerationsDoNotBlurAPause(t *testing.T) {
	r := assignedBy("cooperative-sticky", by(model.CauseMemberLeft, "A", rebalanced(10, 13, 13.012, "0:A>B")))
	r.AtLeast, r.Superseded, r.To.Number = 2, 1, 6
	if c, _ := NewCostTracker(r, nil, nil).Cost(Second(14)); costWords(c) != "12ms..– lag – again – idle 3.012s" {
		t.Error(costWords(c))
	}
}
