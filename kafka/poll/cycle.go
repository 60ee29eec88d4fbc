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
	// maxGroupsPerRequest keeps an answer well below what sarama accepts (100 MB).
	maxGroupsPerRequest = 20_000

	// maxErrorsPerCause is how many groups get an error of their own where one request fails for many.
	maxErrorsPerCause = 10
)

// round is one look at the cluster, or at a few of its groups.
type round struct {
	poller  *Poller
	ctx     context.Context
	at      time.Time
	partial bool
	meter   brokers.Meter
	asked   map[*node]bool            // which brokers were asked for their groups
	out     map[*node]*brokers.Outage // which were not, because they had failed

	mutex   sync.Mutex
	errs    []model.SourceError
	trouble map[int32]string // brokers that did not answer everything, and why
}

// found is a group as a broker lists it.
type found struct {
	id           string
	protocolType string
	kind         model.GroupType
	state        model.GroupState
	missing      time.Time // since when no broker lists it; zero is listed
}

// entry is a group on its way into the snapshot.
type entry struct {
	found
	node     *node
	vanished bool // the broker listed it the last time, and does not now
	gone     bool // it does not exist any more
	group    model.Group
	blocks   map[string]map[int32]*sarama.OffsetFetchResponseBlock
	classic  *sarama.GroupDescription
	consumer *sarama.ConsumerGroupDescription
	refusal  sarama.KError // what the broker said of a group that vanished
	carried  []string      // topics that its members had to do with before the rebalance that is under way
	before   int32         // the generation before it was described, if counted
	counted  bool
}

// harvest is what one broker had to say of the groups that it coordinates.
type harvest struct {
	node     *node
	entries  []*entry            // sorted by id
	topics   map[string]struct{} // that they have to do with
	requests int                 // of the four that a coordinator may be asked
}

// coordinators asks every broker for its groups, all brokers at once.
func (r *round) coordinators() []*harvest {
	var harvests []*harvest
	var wait parallel.Group
	for _, n := range r.poller.cluster.sorted() {
		if out := n.Outage(); out != nil || !n.present {
			r.out[n] = out
			continue
		}
		r.asked[n] = true
		h := &harvest{node: n}
		harvests = append(harvests, h)
		wait.Go(func() {
			if r.list(h) {
				r.read(h)
			}
		})
	}
	wait.Wait()
	return harvests
}

// absent reports the brokers that were not asked. One that has left the cluster's metadata hands its groups over, but
// for a while nobody may list them.
func (r *round) absent(entries []*entry) {
	for _, n := range r.poller.cluster.sorted() {
		out := r.out[n] // a probe may have reached it since, but it was not asked
		if out == nil {
			out = n.Outage()
		}
		if r.asked[n] || n.present && out == nil {
			continue
		}
		n.listed = slices.DeleteFunc(n.listed, func(f found) bool {
			_, elsewhere := slices.BinarySearchFunc(entries, f.id, func(e *entry, id string) int { return strings.Compare(e.id, id) })
			return elsewhere
		})
		if !n.present && (len(n.listed) == 0 || r.at.Sub(n.presentAt) > coordinatorMove) {
			continue
		}
		problem, advice := "the broker has left the cluster", ""
		if out != nil {
			problem, advice = r.poller.explain(n, out.Err)
		}
		r.report(n, model.SourceError{
			Operation: kafka.ListGroups.Name, Problem: problem, Advice: advice,
			Unknown: r.poller.countGroups(len(n.listed)) + " that it coordinates, log end offsets of partitions that it leads",
		})
	}
}

// list asks a broker which groups it coordinates.
func (r *round) list(h *harvest) bool {
	n := h.node
	h.requests++
	answer, err := brokers.Ask(r.ctx, n.Broker, brokers.LaneDescribe, &r.meter, func(broker *sarama.Broker, offered kafka.Offers) (*sarama.ListGroupsResponse, error) {
		version, err := offered.Version(kafka.ListGroups)
		if err != nil {
			return nil, err
		}
		return broker.ListGroups(&sarama.ListGroupsRequest{Version: version})
	})
	unknown := r.poller.countGroups(len(n.listed)) + " that it coordinates"
	if err != nil {
		r.failed(n, kafka.ListGroups, err, unknown)
		return false
	}
	if answer.Err != sarama.ErrNoError {
		problem, advice := r.poller.config.ExplainCode(answer.Err)
		r.report(n, model.SourceError{Operation: kafka.ListGroups.Name, Problem: problem, Advice: advice, Unknown: unknown})
		if len(answer.Groups) == 0 {
			return true // what it listed before is neither there nor gone
		}
	}
	h.entries = r.sortListed(n, answer, answer.Err == sarama.ErrNoError)
	return true
}

// sortListed turns a broker's list into sorted entries and appends those that it does not list any more. Most polls
// see the groups of the poll before, so its order is used again.
func (r *round) sortListed(n *node, answer *sarama.ListGroupsResponse, complete bool) []*entry {
	store := slices.Grow(n.entries[:0], len(answer.Groups)+8)
	var vanished []found
	for i := range n.listed {
		if protocolType, is := answer.Groups[n.listed[i].id]; is {
			store = append(store, entry{found: listed(n.listed[i].id, protocolType, answer), node: n})
		} else if complete {
			vanished = append(vanished, n.listed[i])
		}
	}
	if kept := len(store); kept < r.wanted(answer.Groups, kept) {
		before := make(map[string]struct{}, kept)
		for i := range store {
			before[store[i].id] = struct{}{}
		}
		for id, protocolType := range answer.Groups {
			if _, is := before[id]; !is && r.wants(id) {
				store = append(store, entry{found: listed(id, protocolType, answer), node: n})
			}
		}
		slices.SortFunc(store, func(a, b entry) int { return strings.Compare(a.id, b.id) })
	}
	n.listed = make([]found, len(store))
	for i := range store {
		n.listed[i] = store[i].found
	}
	for _, f := range vanished {
		e := entry{found: f, node: n, vanished: true}
		e.gone = r.poller.describedAs(&e) == "" // nothing can be asked about it
		store = append(store, e)
	}
	n.entries = store
	entries := make([]*entry, len(store))
	for i := range store {
		entries[i] = &store[i]
	}
	return entries
}

// wanted counts the groups that are looked at; with a filter it need not count to say that there are more than kept.
func (r *round) wanted(groups map[string]string, kept int) int {
	if r.poller.options.Groups == nil {
		return len(groups)
	}
	return kept + 1
}

func (r *round) wants(id string) bool {
	return r.poller.options.Groups == nil || r.poller.options.Groups(id)
}

func listed(id, protocolType string, answer *sarama.ListGroupsResponse) found {
	data := answer.GroupsData[id]
	return found{id: id, protocolType: protocolType, kind: records.GroupType(data.GroupType), state: records.GroupState(data.GroupState)}
}

// read describes the groups of a coordinator and fetches their commits, side by side.
func (r *round) read(h *harvest) {
	var wait parallel.Group
	var described, fetched int
	claimed, committed := make(map[string]struct{}), make(map[string]struct{})
	// Each is made sense of as soon as it is there: the commits are the longer answer and the members the more work.
	wait.Go(func() {
		described = r.describe(h)
		for _, e := range h.entries {
			e.digest(claimed)
			r.carry(e, claimed)
		}
	})
	wait.Go(func() {
		fetched = r.fetch(h)
		for _, e := range h.entries {
			for name := range e.blocks {
				committed[name] = struct{}{}
			}
		}
	})
	wait.Wait()
	h.requests += described + fetched
	maps.Copy(committed, claimed)
	h.topics = committed
}

// finder finds the entry of an answer: brokers answer in the order of the request, but nothing says that they must.
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

// failed reports a request that was not answered.
func (r *round) failed(n *node, a kafka.API, err error, unknown string) {
	if errors.Is(r.ctx.Err(), context.Canceled) {
		return // whoever asked has gone
	}
	problem, advice := r.poller.explain(n, err)
	r.report(n, model.SourceError{Operation: a.Name, Problem: problem, Unknown: unknown, Advice: advice})
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.trouble == nil {
		r.trouble = make(map[int32]string)
	}
	if _, is := r.trouble[n.ID]; !is {
		r.trouble[n.ID] = a.Name + ": " + problem
	}
}

// report adds an error about a broker.
func (r *round) report(n *node, e model.SourceError) {
	e.Broker, e.Address = model.Some(n.ID), n.Address()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.errs = append(r.errs, e)
}

// refusals gathers what a broker answers for single groups, so that ten thousand groups that are not allowed become a
// few lines.
type refusals struct {
	round   *round
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
	problem, advice := f.round.poller.config.ExplainCode(code)
	if kafka.IsDenied(code) {
		problem = f.round.poller.config.Denied(code, group)
	}
	f.round.report(f.node, model.SourceError{
		Group: group, Operation: f.api.Name, Problem: problem, Unknown: "its " + f.unknown, Advice: advice,
	})
}

// done reports those that were too many to be named.
func (f *refusals) done() {
	for code, count := range f.counts {
		if more := count - maxErrorsPerCause; more > 0 {
			problem, advice := f.round.poller.config.ExplainCode(code)
			f.round.report(f.node, model.SourceError{
				Operation: f.api.Name, Problem: problem, Advice: advice,
				Unknown: fmt.Sprintf("%s of %d more groups", f.unknown, more),
			})
		}
	}
}

// countGroups is a number of groups in words; 0 is not knowing how many.
func (p *Poller) countGroups(n int) string {
	switch n {
	case 0:
		return "the groups"
	case 1:
		return "1 group"
	}
	return fmt.Sprintf("%d groups", n)
}
