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

// groupMemory is what the lab knows of a group beyond its consumers that run.
type groupMemory struct {
	prefix   string
	number   int // of the newest consumer that the lab gave a name
	settings model.ConsumerSettings

	mu   sync.Mutex
	read map[model.TopicPartition]*coverage // what its consumers have processed
	// The times of a group with the consumer protocol, which are the group's and not a member's; 0 is not known.
	session, heartbeat time.Duration
	about              string // why they are not those that were asked for
}

// takeIn adds what a consumer has processed, and says how many of these records some consumer of the group had processed
// before.
func (g *groupMemory) takeIn(stretches []stretch) (again int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range stretches {
		if g.read == nil {
			g.read = map[model.TopicPartition]*coverage{}
		}
		c := g.read[s.TopicPartition]
		if c == nil {
			c = &coverage{}
			g.read[s.TopicPartition] = c
		}
		again += c.add(s.From, s.Next)
	}
	return again
}

// times are the group's own, and why they are not those that were asked for.
func (g *groupMemory) times() (session, heartbeat time.Duration, about string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.session, g.heartbeat, g.about
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

// setTimes gives a group with the consumer protocol the times that its next member asks for, as far as the cluster allows
// it, and learns what it has: with that protocol they belong to the group.
func (g *groupMemory) setTimes(ctx context.Context, admin *admin.Admin, group string, s model.ConsumerSettings) {
	wanted := map[string]time.Duration{configSession: s.SessionTimeout, configHeartbeat: s.HeartbeatInterval}
	values := map[string]*string{}
	for name, d := range wanted {
		value := strconv.FormatInt(d.Milliseconds(), 10)
		values[name] = &value
	}
	refused := admin.SetGroupConfigs(ctx, group, values)
	if refused != nil { // one of them may do
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
	var about []string
	if refused != nil {
		for _, name := range []string{configSession, configHeartbeat} {
			switch d := read(name); {
			case d == 0:
				about = append(about, fmt.Sprintf("the group's %s is not known, not %s", name, wanted[name]))
			case d != wanted[name]:
				about = append(about, fmt.Sprintf("the group's %s is %s, not %s", name, d, wanted[name]))
			}
		}
		about = append(about, refused.Error())
		if err != nil {
			about = append(about, err.Error())
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.session, g.heartbeat, g.about = read(configSession), read(configHeartbeat), strings.Join(about, "; ")
}
