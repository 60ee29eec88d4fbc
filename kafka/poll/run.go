package poll

import (
	"context"
	"slices"
	"strings"
	"time"

	"regroup/kafka"
	"regroup/kafka/parallel"
	"regroup/model"
)

const (
	// shareOfInterval is the part of its interval that a poll may take: one in so many.
	shareOfInterval = 5

	maxInterval        = time.Minute           // however slow the cluster is
	unhealthyInterval  = 5 * time.Second       // after a poll with a timeout, which is no measure of the other brokers
	maxFocusedPerCycle = 100                   // groups of one partial poll
	minFocusPause      = 50 * time.Millisecond // between two partial polls at least, however many groups are prioritized
)

// Run polls until ctx ends and gives every snapshot to emit, one after the other, from the goroutine that called Run.
// Between two complete polls it polls the group in focus and those that are rebalancing more often, as Partial
// snapshots. Polls never overlap, and Run slows down by itself where the cluster is slow.
func (p *Poller) Run(ctx context.Context, emit func(*model.Snapshot)) {
	interval, focusInterval := p.options.Interval, p.options.FocusInterval
	var rebalancing []string
	var nextPoll, nextFocus, notBefore time.Time
	connected := false
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-p.brokers.Context().Done():
			return
		case <-p.refresh:
			asked = true
		case <-p.urgent.changed:
			rebalancing = p.urgent.before(rebalancing)
			nextFocus = notBefore
			timer.Reset(time.Until(model.Earlier(nextPoll, nextFocus)))
			continue
		case <-timer.C:
		}
		began := time.Now()
		notBefore = began.Add(minFocusPause)
		if asked || !began.Before(nextPoll) {
			s := p.Poll(ctx)
			took := time.Since(began)
			if !connected {
				took = 0 // the first poll makes the connections, which is no measure of the next
			}
			connected = len(s.Brokers) > 0
			interval = p.pace(s, took)
			s.Interval = interval
			if ctx.Err() != nil || p.brokers.Context().Err() != nil {
				return // an unfinished poll says nothing about the cluster
			}
			emit(s)
			rebalancing = rebalancingIn(s)
			nextPoll = began.Add(interval)
		} else if groups := p.focused(rebalancing); len(groups) > 0 {
			s := p.poll(ctx, groups)
			s.Interval = interval
			if ctx.Err() != nil || p.brokers.Context().Err() != nil {
				return
			}
			if focusInterval = p.options.FocusInterval; len(s.Errs) == 0 { // a timeout is not a slow cluster
				focusInterval = slowDown(focusInterval, time.Since(began), maxInterval)
				notBefore = began.Add(slowDown(minFocusPause, time.Since(began), maxInterval))
			}
			if len(s.Groups) > 0 {
				emit(s)
			}
			rebalancing = stillRebalancing(rebalancing, s)
		}
		nextFocus = began.Add(focusInterval)
		timer.Reset(time.Until(model.Earlier(nextPoll, nextFocus)))
	}
}

// pace is the interval to the next complete poll, by how long the last one took.
func (p *Poller) pace(s *model.Snapshot, took time.Duration) time.Duration {
	base := p.options.Interval
	if p.refused {
		return max(base, kafka.LoginRetry)
	}
	if slices.ContainsFunc(s.Brokers, func(b model.Broker) bool { return !b.Answered }) || len(s.Brokers) == 0 {
		return slowDown(base, took, max(base, unhealthyInterval))
	}
	return slowDown(base, took, max(base, maxInterval))
}

// slowDown is the shortest interval of which took is no more than its share.
func slowDown(base, took, most time.Duration) time.Duration {
	return min(most, max(base, shareOfInterval*took))
}

// focused are the groups of a partial poll: the one in focus, then those that are rebalancing.
func (p *Poller) focused(rebalancing []string) []string {
	var groups []string
	if focus := p.focus.Load(); focus != nil && *focus != "" {
		groups = append(groups, *focus)
	}
	for _, id := range rebalancing {
		if len(groups) >= maxFocusedPerCycle {
			break
		}
		if !slices.Contains(groups, id) {
			groups = append(groups, id)
		}
	}
	return groups
}

func rebalancingIn(s *model.Snapshot) []string {
	var groups []string
	for i := range s.Groups {
		if s.Groups[i].State.Rebalancing() {
			groups = append(groups, s.Groups[i].ID)
		}
	}
	return groups
}

// stillRebalancing drops the groups that are stable in a partial snapshot, and puts those that are not in it in front, so
// that in a storm each gets its turn.
func stillRebalancing(rebalancing []string, s *model.Snapshot) []string {
	var waiting, polled []string
	for _, id := range rebalancing {
		switch g := groupIn(s, id); {
		case g == nil:
			waiting = append(waiting, id)
		case g.State.Rebalancing():
			polled = append(polled, id)
		}
	}
	return append(waiting, polled...)
}

// groupIn finds a group of a snapshot; nil if it is not in it.
func groupIn(s *model.Snapshot, id string) *model.Group {
	i, is := slices.BinarySearchFunc(s.Groups, id, func(g model.Group, id string) int { return strings.Compare(g.ID, id) })
	if !is {
		return nil
	}
	return &s.Groups[i]
}

// focused describes the given groups at the coordinators that the last complete poll found for them, and reads their
// commits. A coordinator that has moved is found by the next complete poll.
func (c *cycle) focused(only []string) []*result {
	if c.poller.last == nil {
		return nil
	}
	byNode := make(map[*node]*result)
	var results []*result
	only = slices.Sorted(slices.Values(only))
	for _, id := range slices.Compact(only) {
		g := groupIn(c.poller.last, id)
		if g == nil {
			continue
		}
		coordinator, _ := g.Coordinator.Get()
		n := c.poller.cluster.nodes[coordinator]
		f := listedGroup{id: id, protocolType: g.ProtocolType, kind: g.Type} // its state is about to be read
		if n == nil || !n.present || n.Outage() != nil || c.poller.describedAs(&entry{listedGroup: f}) == "" {
			continue
		}
		res := byNode[n]
		if res == nil {
			res = &result{node: n}
			byNode[n], results = res, append(results, res)
		}
		res.entries = append(res.entries, &entry{listedGroup: f, node: n})
	}
	var wait parallel.Group
	for _, res := range results {
		wait.Go(func() {
			c.read(res)
			// Without a list nothing is known of a group that could not be described.
			res.entries = slices.DeleteFunc(res.entries, func(e *entry) bool { return !e.group.MembersKnown })
		})
	}
	wait.Wait()
	return results
}
