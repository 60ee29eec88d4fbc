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
	unhealthyInterval  = 5 * time.Second       // a poll that waited for a broker in vain says little about the others
	maxFocusedPerRound = 100                   // groups that are looked at between two complete polls
	hurriedInterval    = 50 * time.Millisecond // at least so long is between two looks, however many pulses there are
)

// Run polls until ctx ends and gives every snapshot to emit, one after the other, from the goroutine that called Run.
// Between two complete polls it looks more often at the group in focus and at those that are rebalancing; what it sees
// then are Partial snapshots. Polls never overlap, and Run slows down by itself where the cluster is slow.
func (p *Poller) Run(ctx context.Context, emit func(*model.Snapshot)) {
	interval, focusInterval := p.options.Interval, p.options.FocusInterval
	var restless []string
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
			restless = p.urgent.before(restless)
			nextFocus = notBefore
			timer.Reset(time.Until(model.Earlier(nextPoll, nextFocus)))
			continue
		case <-timer.C:
		}
		began := time.Now()
		notBefore = began.Add(hurriedInterval)
		if asked || !began.Before(nextPoll) {
			s := p.Poll(ctx)
			took := time.Since(began)
			if !connected {
				took = 0 // the first poll makes the connections, which says nothing about the next
			}
			connected = len(s.Brokers) > 0
			interval = p.pace(s, took)
			s.Interval = interval
			if ctx.Err() != nil || p.brokers.Context().Err() != nil {
				return // what it could not finish says nothing about the cluster
			}
			emit(s)
			restless = rebalancingIn(s)
			nextPoll = began.Add(interval)
		} else if groups := p.focused(restless); len(groups) > 0 {
			s := p.look(ctx, groups)
			s.Interval = interval
			if ctx.Err() != nil || p.brokers.Context().Err() != nil {
				return
			}
			if focusInterval = p.options.FocusInterval; len(s.Errs) == 0 { // waiting in vain is not being slow
				focusInterval = slowDown(focusInterval, time.Since(began), maxInterval)
				notBefore = began.Add(slowDown(hurriedInterval, time.Since(began), maxInterval))
			}
			if len(s.Groups) > 0 {
				emit(s)
			}
			restless = stillRestless(restless, s)
		}
		nextFocus = began.Add(focusInterval)
		timer.Reset(time.Until(model.Earlier(nextPoll, nextFocus)))
	}
}

// pace is the interval to the next complete poll after one that took so long.
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

// slowDown is an interval of which took is not more than its share.
func slowDown(base, took, most time.Duration) time.Duration {
	return min(most, max(base, shareOfInterval*took))
}

// focused are the groups to look at now: the one in focus, then those that are rebalancing.
func (p *Poller) focused(restless []string) []string {
	var groups []string
	if focus := p.focus.Load(); focus != nil && *focus != "" {
		groups = append(groups, *focus)
	}
	for _, id := range restless {
		if len(groups) >= maxFocusedPerRound {
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

// stillRestless drops the groups that a partial snapshot shows to be settled, and puts those that it did not look at in
// front, so that in a storm each gets its turn.
func stillRestless(restless []string, s *model.Snapshot) []string {
	var waiting, looked []string
	for _, id := range restless {
		switch g := groupIn(s, id); {
		case g == nil:
			waiting = append(waiting, id)
		case g.State.Rebalancing():
			looked = append(looked, id)
		}
	}
	return append(waiting, looked...)
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
func (r *round) focused(only []string) []*harvest {
	if r.poller.last == nil {
		return nil
	}
	byNode := make(map[*node]*harvest)
	var harvests []*harvest
	only = slices.Sorted(slices.Values(only))
	for _, id := range slices.Compact(only) {
		g := groupIn(r.poller.last, id)
		if g == nil {
			continue
		}
		coordinator, _ := g.Coordinator.Get()
		n := r.poller.cluster.nodes[coordinator]
		f := found{id: id, protocolType: g.ProtocolType, kind: g.Type} // its state is what is asked
		if n == nil || !n.present || n.Outage() != nil || r.poller.describedAs(&entry{found: f}) == "" {
			continue
		}
		h := byNode[n]
		if h == nil {
			h = &harvest{node: n}
			byNode[n], harvests = h, append(harvests, h)
		}
		h.entries = append(h.entries, &entry{found: f, node: n})
	}
	var wait parallel.Group
	for _, h := range harvests {
		wait.Go(func() {
			r.read(h)
			// Without a list there is nothing to say of a group that could not be described.
			h.entries = slices.DeleteFunc(h.entries, func(e *entry) bool { return !e.group.MembersKnown })
		})
	}
	wait.Wait()
	return harvests
}
