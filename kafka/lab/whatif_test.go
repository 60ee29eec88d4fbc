package lab

import (
	"maps"
	"slices"
	"testing"

	"regroup/kafka/forecast"
	"regroup/kafka/poll"
	"regroup/model"
	"regroup/model/track"
	"regroup/model/whatif"
)

// A third consumer is started, and gets the forecast assignment.
func TestWhatIfOfTheLab(t *testing.T) {
	t.Parallel()
	s := pair(t, quick())
	poller, err := poll.New(s.kafka, poll.Options{Generations: s.cluster.Generation})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = poller.Close() }()
	tracker := track.NewTracker()
	tracker.Observe(poller.Poll(t.Context()))

	question := whatif.WhatIf{Group: tracker.View().Group("g"), Joining: []string{"consumer-3"}, SaramaLeads: true}
	forecast, err := forecast.Compute(question)
	if err != nil {
		t.Fatal(err)
	}
	if forecast.Certainty != whatif.CertaintyExact || forecast.Stops != (whatif.Stops{Scope: whatif.StopsAll, Least: 4, Rebalances: 1}) {
		t.Errorf("the forecast is %v, and stops %+v; wanted it exact, and everything stopped once", forecast.Certainty, forecast.Stops)
	}
	wanted := make(map[string][]int32)
	for _, tp := range forecast.Outcomes[0].After.Partitions() {
		owner := slices.IndexFunc(forecast.Members, func(m whatif.ForecastMember) bool { return m.Slot == forecast.Outcomes[0].After[tp] })
		client := forecast.Members[owner].ClientID
		wanted[client] = append(wanted[client], tp.Partition)
	}
	s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g"})
	s.settles("g", wanted)
	if joined := slices.Sorted(maps.Keys(wanted)); !slices.Equal(joined, []string{"consumer-1", "consumer-2", "consumer-3"}) {
		t.Errorf("forecast were %v", joined)
	}
}
