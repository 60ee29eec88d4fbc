package lab

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"regroup/kafka/admin"
	"regroup/model"
)

// groupState is the state of a group beyond its running consumers.
type groupState struct {
	prefix   string
	number   int // of the last consumer that the lab named
	settings model.ConsumerSettings

	mu        sync.Mutex
	processed map[model.TopicPartition]*coverage // offsets that its consumers have processed
	// The timeouts of a group with the consumer protocol, which are the group's and not a member's; 0 is unknown.
	session, heartbeat time.Duration
	timesNote          string // why they are not those that were requested
}

// add adds the records that a consumer has processed, and returns how many of them a consumer of the group had processed before.
func (g *groupState) add(ranges []offsetRange) (reprocessed int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range ranges {
		if g.processed == nil {
			g.processed = map[model.TopicPartition]*coverage{}
		}
		c := g.processed[s.TopicPartition]
		if c == nil {
			c = &coverage{}
			g.processed[s.TopicPartition] = c
		}
		reprocessed += c.add(s.From, s.Next)
	}
	return reprocessed
}

// times are the group's own timeouts, and why they are not those that were requested.
func (g *groupState) times() (session, heartbeat time.Duration, note string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.session, g.heartbeat, g.timesNote
}

// coverage is a set of offsets: disjoint spans in order, of which there is usually one.
type coverage struct{ spans []span }

type span struct{ from, next int64 }

// add adds the offsets from from up to next and returns how many of them were in the set before.
func (c *coverage) add(from, next int64) (before int64) {
	var kept []span
	whole := span{from, next}
	for _, s := range c.spans {
		before += max(0, min(next, s.next)-max(from, s.from))
		switch {
		case s.next < whole.from:
			kept = append(kept, s)
		case s.from > whole.next:
			kept = append(kept, whole)
			whole = s
		default:
			whole = span{min(s.from, whole.from), max(s.next, whole.next)}
		}
	}
	c.spans = append(kept, whole)
	return before
}

// The configurations of a group with the consumer protocol.
const (
	configSession   = "consumer.session.timeout.ms"
	configHeartbeat = "consumer.heartbeat.interval.ms"
)

// setTimes configures a group with the consumer protocol with the timeouts that its next member requests, as far as the cluster
// allows them, and reads those that it has.
func (g *groupState) setTimes(ctx context.Context, admin *admin.Admin, group string, s model.ConsumerSettings) {
	wanted := map[string]time.Duration{configSession: s.SessionTimeout, configHeartbeat: s.HeartbeatInterval}
	values := map[string]*string{}
	for name, d := range wanted {
		value := strconv.FormatInt(d.Milliseconds(), 10)
		values[name] = &value
	}
	refused := admin.SetGroupConfigs(ctx, group, values)
	if refused != nil { // one of them may be allowed
		for name, value := range values {
			_ = admin.SetGroupConfigs(ctx, group, map[string]*string{name: value})
		}
	}
	has, err := admin.GroupConfigs(ctx, group)
	read := func(name string) time.Duration {
		n, notNumber := strconv.Atoi(has[name])
		if notNumber != nil && refused == nil {
			return wanted[name]
		}
		return time.Duration(n) * time.Millisecond
	}
	var notes []string
	if refused != nil {
		for _, name := range []string{configSession, configHeartbeat} {
			switch d := read(name); {
			case d == 0:
				notes = append(notes, fmt.Sprintf("the group's %s is unknown, %s was requested", name, wanted[name]))
			case d != wanted[name]:
				notes = append(notes, fmt.Sprintf("the group's %s is %s, not %s", name, d, wanted[name]))
			}
		}
		notes = append(notes, refused.Error())
		if err != nil {
			notes = append(notes, err.Error())
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.session, g.heartbeat, g.timesNote = read(configSession), read(configHeartbeat), strings.Join(notes, "; ")
}
