package model

import "testing"

func TestHandoversOfAConsumerGroup(t *testing.T) {
	tp := TopicPartition{"t", 0}
	newest := None[commitSeen]()
	last := func(TopicPartition) Maybe[commitSeen] { return newest }
	for _, c := range []struct {
		reason string
		then   func(h handovers)
		want   string
	}{
		{
			"A gives it up, B gets it with its next heartbeat and commits, all before C at last gives up what it has",
			func(h handovers) {
				newest = Some(commitOf(100, 11.9))
				h.step(partitions("0,1"), partitions("1"), Exactly(second(12)), last)
				h.step(nil, partitions("0"), Exactly(second(15)), last)
				h.commit(tp, commitOf(110, 15.5))
				h.commit(tp, commitOf(120, 16))
			},
			"3s..3.6s lag – again 0 idle 5s, t-0 read",
		},
		{
			"nothing is known of the way",
			func(handovers) {},
			"0s..– lag – again – idle 15s",
		},
		{
			"A gives it up, C has it for a while and gives it up, B gets it: no pause is claimed, and none denied",
			func(h handovers) {
				newest = Some(commitOf(100, 11.9))
				h.step(partitions("0,1"), partitions("1"), Exactly(second(12)), last)
				h.step(nil, partitions("0"), Exactly(second(13)), last)
				h.step(partitions("0"), nil, Exactly(second(14)), last)
				h.step(nil, partitions("0"), Exactly(second(15)), last)
			},
			"0s..– lag – again – idle 15s",
		},
	} {
		h := handovers{}
		c.then(h)
		b := partitionBefore{TopicPartition: tp}
		h.tell(&b)
		k := newReckoning(consumerGroup(by(CauseMemberJoined, "", rebalanced(10, 10.001, 25, "0:A>B", "1:A>A"))), []partitionBefore{b}, nil)
		if got, _ := k.cost(second(25)); got.words() != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.reason, got.words(), c.want)
		}
	}
}

// A static member that comes back under another id keeps its partitions, and nobody else notices.
func TestAStaticRestartCostsNobodyTime(t *testing.T) {
	r := rebalanced(10, 13, 13.012, "0:A>A", "1:B>B")
	r.AtLeast, r.To = 0, r.From
	if c, _ := newReckoning(r, nil, nil).cost(second(14)); c.words() != "0s..– lag – again – idle 0s complete" {
		t.Error(c.words())
	}
}

// A generation that was overtaken before its leader had synced was never read by.
func TestOvertakenGenerationsDoNotBlurAPause(t *testing.T) {
	r := assignedBy("cooperative-sticky", by(CauseMemberLeft, "A", rebalanced(10, 13, 13.012, "0:A>B")))
	r.AtLeast, r.Overtaken, r.To.Number = 2, 1, 6
	if c, _ := newReckoning(r, nil, nil).cost(second(14)); c.words() != "12ms..– lag – again – idle 3.012s" {
		t.Error(c.words())
	}
}
