package poll

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/kafka/brokers"
	"regroup/kafka/parallel"
	"regroup/kafka/records"
	"regroup/model"
)

const (
	// maxGroupsPerRequest keeps a response well below what sarama accepts (100 MB).
	maxGroupsPerRequest = 20_000

	// maxErrorsPerCause is how many groups get an error of their own where one request fails for many.
	maxErrorsPerCause = 10
)

// cycle is the working set of one poll of the cluster, or of a few of its groups.
type cycle struct {
	poller  *Poller
	ctx     context.Context
	at      time.Time
	partial bool
	meter   brokers.Meter
	asked   map[*node]bool            // which brokers were asked for their groups
	out     map[*node]*brokers.Outage // which were not, because they had failed

	mutex    sync.Mutex
	errs     []model.SourceError
	problems map[int32]string // why a broker did not respond to everything
}

// listedGroup is a group as a broker lists it.
type listedGroup struct {
	id           string
	protocolType string
	kind         model.GroupType
	state        model.GroupState
	missing      time.Time // since when no broker lists it; zero is listed
}

// entry is a group on its way into the snapshot.
type entry struct {
	listedGroup
	node     *node
	vanished bool // the broker listed it the last time, and does not now
	gone     bool // it does not exist any more
	group    model.Group
	blocks   map[string]map[int32]*sarama.OffsetFetchResponseBlock
	classic  *sarama.GroupDescription
	consumer *sarama.ConsumerGroupDescription
	refusal  sarama.KError // the broker's error for a group that vanished
	carried  []string      // topics that its members used before the rebalance that is under way
	before   int32         // the generation before it was described, if counted
	counted  bool
}

// result is what one broker reported of the groups that it coordinates.
type result struct {
	node     *node
	entries  []*entry            // sorted by id
	topics   map[string]struct{} // that they use
	requests int                 // of the four that a coordinator may be asked
}

// coordinators asks every broker for its groups, all brokers at once.
func (c *cycle) coordinators() []*result {
	var results []*result
	var wait parallel.Group
	for _, n := range c.poller.cluster.sorted() {
		if out := n.Outage(); out != nil || !n.present {
			c.out[n] = out
			continue
		}
		c.asked[n] = true
		res := &result{node: n}
		results = append(results, res)
		wait.Go(func() {
			if c.list(res) {
				c.read(res)
			}
		})
	}
	wait.Wait()
	return results
}

// absent reports the brokers that were not asked. The groups of one that has left the cluster's metadata move to other
// coordinators, but for a while no broker may list them.
func (c *cycle) absent(entries []*entry) {
	for _, n := range c.poller.cluster.sorted() {
		out := c.out[n] // it may have been reached since, but it was not asked
		if out == nil {
			out = n.Outage()
		}
		if c.asked[n] || n.present && out == nil {
			continue
		}
		n.listed = slices.DeleteFunc(n.listed, func(f listedGroup) bool {
			_, elsewhere := slices.BinarySearchFunc(entries, f.id, func(e *entry, id string) int { return strings.Compare(e.id, id) })
			return elsewhere
		})
		if !n.present && (len(n.listed) == 0 || c.at.Sub(n.presentAt) > coordinatorMove) {
			continue
		}
		problem, advice := "the broker has left the cluster", ""
		if out != nil {
			problem, advice = c.poller.explain(n, out.Err)
		}
		c.report(n, model.SourceError{
			Operation: kafka.ListGroups.Name, Problem: problem, Advice: advice,
			Unknown: c.poller.countGroups(len(n.listed)) + " that it coordinates, log end offsets of partitions that it leads",
		})
	}
}

// list asks a broker which groups it coordinates.
func (c *cycle) list(res *result) bool {
	n := res.node
	res.requests++
	answer, err := brokers.Ask(c.ctx, n.Broker, brokers.LaneDescribe, &c.meter, kafka.ListGroups, func(broker *sarama.Broker, version int16) (*sarama.ListGroupsResponse, error) {
		return broker.ListGroups(&sarama.ListGroupsRequest{Version: version})
	})
	unknown := c.poller.countGroups(len(n.listed)) + " that it coordinates"
	if err != nil {
		c.failed(n, kafka.ListGroups, err, unknown)
		return false
	}
	if answer.Err != sarama.ErrNoError {
		problem, advice := c.poller.config.ExplainCode(answer.Err)
		c.report(n, model.SourceError{Operation: kafka.ListGroups.Name, Problem: problem, Advice: advice, Unknown: unknown})
		if len(answer.Groups) == 0 {
			return true // the groups that it listed before are unknown, not gone
		}
	}
	res.entries = c.sortListed(n, answer, answer.Err == sarama.ErrNoError)
	return true
}

// sortListed turns a broker's list into sorted entries and appends the groups that are missing from it. Most polls see
// the groups of the poll before, so its order is used again.
func (c *cycle) sortListed(n *node, answer *sarama.ListGroupsResponse, complete bool) []*entry {
	store := slices.Grow(n.entries[:0], len(answer.Groups)+8)
	var vanished []listedGroup
	for i := range n.listed {
		if protocolType, is := answer.Groups[n.listed[i].id]; is {
			store = append(store, entry{listedGroup: groupInList(n.listed[i].id, protocolType, answer), node: n})
		} else if complete {
			vanished = append(vanished, n.listed[i])
		}
	}
	if kept := len(store); kept < c.wanted(answer.Groups, kept) {
		before := make(map[string]struct{}, kept)
		for i := range store {
			before[store[i].id] = struct{}{}
		}
		for id, protocolType := range answer.Groups {
			if _, is := before[id]; !is && c.wants(id) {
				store = append(store, entry{listedGroup: groupInList(id, protocolType, answer), node: n})
			}
		}
		slices.SortFunc(store, func(a, b entry) int { return strings.Compare(a.id, b.id) })
	}
	n.listed = make([]listedGroup, len(store))
	for i := range store {
		n.listed[i] = store[i].listedGroup
	}
	for _, f := range vanished {
		e := entry{listedGroup: f, node: n, vanished: true}
		e.gone = c.poller.describedAs(&e) == "" // nothing can be asked about it
		store = append(store, e)
	}
	n.entries = store
	entries := make([]*entry, len(store))
	for i := range store {
		entries[i] = &store[i]
	}
	return entries
}

// wanted is how many groups are read; with a filter, just more than kept, which saves counting.
func (c *cycle) wanted(groups map[string]string, kept int) int {
	if c.poller.options.Groups == nil {
		return len(groups)
	}
	return kept + 1
}

func (c *cycle) wants(id string) bool {
	return c.poller.options.Groups == nil || c.poller.options.Groups(id)
}

func groupInList(id, protocolType string, answer *sarama.ListGroupsResponse) listedGroup {
	data := answer.GroupsData[id]
	return listedGroup{id: id, protocolType: protocolType, kind: records.GroupType(data.GroupType), state: records.GroupState(data.GroupState)}
}

// read describes the groups of a coordinator and fetches their commits, side by side.
func (c *cycle) read(res *result) {
	var wait parallel.Group
	var described, fetched int
	claimed, committed := make(map[string]struct{}), make(map[string]struct{})
	// Each response is decoded as soon as it arrives: commits are the larger one, members the more work.
	wait.Go(func() {
		described = c.describe(res)
		for _, e := range res.entries {
			e.digest(claimed)
			c.carry(e, claimed)
		}
	})
	wait.Go(func() {
		fetched = c.fetch(res)
		for _, e := range res.entries {
			for name := range e.blocks {
				committed[name] = struct{}{}
			}
		}
	})
	wait.Wait()
	res.requests += described + fetched
	maps.Copy(committed, claimed)
	res.topics = committed
}

// finder finds the entry of a group in a response: brokers keep the order of the request, but the protocol does not
// require it.
type finder struct {
	entries []*entry
	next    int
	index   map[string]*entry
}

func (f *finder) find(id string) *entry {
	if f.next < len(f.entries) && f.entries[f.next].id == id {
		f.next++
		return f.entries[f.next-1]
	}
	if f.index == nil {
		f.index = make(map[string]*entry, len(f.entries))
		for _, e := range f.entries {
			f.index[e.id] = e
		}
	}
	return f.index[id]
}

// failed reports a request without a response.
func (c *cycle) failed(n *node, a kafka.API, err error, unknown string) {
	if errors.Is(c.ctx.Err(), context.Canceled) {
		return // the caller has gone
	}
	problem, advice := c.poller.explain(n, err)
	c.report(n, model.SourceError{Operation: a.Name, Problem: problem, Unknown: unknown, Advice: advice})
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.problems == nil {
		c.problems = make(map[int32]string)
	}
	if _, is := c.problems[n.ID]; !is {
		c.problems[n.ID] = a.Name + ": " + problem
	}
}

// report adds an error about a broker.
func (c *cycle) report(n *node, e model.SourceError) {
	e.Broker, e.Address = model.Some(n.ID), n.Address()
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.errs = append(c.errs, e)
}

// refusals collects the errors of single groups in a response, so that ten thousand groups without authorisation become
// a few lines.
type refusals struct {
	cycle   *cycle
	node    *node
	api     kafka.API
	unknown string // of one group: "members"
	counts  map[sarama.KError]int
}

func (f *refusals) add(code sarama.KError, group string) {
	if f.counts == nil {
		f.counts = make(map[sarama.KError]int)
	}
	f.counts[code]++
	if f.counts[code] > maxErrorsPerCause {
		return
	}
	problem, advice := f.cycle.poller.config.ExplainCode(code)
	if kafka.IsDenied(code) {
		problem = f.cycle.poller.config.Denied(code, group)
	}
	f.cycle.report(f.node, model.SourceError{
		Group: group, Operation: f.api.Name, Problem: problem, Unknown: "its " + f.unknown, Advice: advice,
	})
}

// done reports how many groups were not named.
func (f *refusals) done() {
	for code, count := range f.counts {
		if more := count - maxErrorsPerCause; more > 0 {
			problem, advice := f.cycle.poller.config.ExplainCode(code)
			f.cycle.report(f.node, model.SourceError{
				Operation: f.api.Name, Problem: problem, Advice: advice,
				Unknown: fmt.Sprintf("%s of %d more groups", f.unknown, more),
			})
		}
	}
}

// countGroups is a number of groups in words; 0 is an unknown number.
func (p *Poller) countGroups(n int) string {
	switch n {
	case 0:
		return "the groups"
	case 1:
		return "1 group"
	}
	return fmt.Sprintf("%d groups", n)
}
