// Package tail reads __consumer_offsets as its leaders write it.
package tail

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"regroup/kafka"
	"regroup/kafka/parallel"
	"regroup/model"
)

// Mode says whether __consumer_offsets is read.
type Mode string

// The modes of a [Tail]. A refusal ends both until the right is granted.
const (
	Auto Mode = "auto" // it is, unless there is more traffic than the limit
	On   Mode = "on"   // it is, whatever the traffic
	Off  Mode = "off"  // it is not
)

// DefaultLimit is the traffic in bytes a second above which [Auto] gives up: some 25,000 commits a second, of
// 100 to 170 bytes each with what a batch adds. Reading that much takes about a tenth of a core and 34 Mbit/s of
// network, from a cluster that has better things to do; nobody follows single rebalances there either.
const DefaultLimit = 4 << 20

const (
	trafficWindow  = 10 * time.Second // over which the traffic is measured
	busyPause      = 10 * time.Minute // after too much of it
	refusalPause   = time.Minute      // how long a refusal is taken for granted
	absencePause   = time.Second      // how often a topic that does not exist is looked for
	trafficTick    = time.Second      // how often the traffic is measured
	statusInterval = 5 * time.Second  // how often the status is told though nothing of it has changed
	lostAfter      = time.Second      // how long a partition may change hands before it counts as lost
	responseLimit  = 3 * time.Second  // how long a leader may take over what it should answer at once
	retryFirst     = 10 * time.Millisecond
	retryEvery     = 2 * time.Second
)

// Options says what a [Tail] reads.
type Options struct {
	Mode   Mode                 // "" is Auto
	Groups func(id string) bool // which groups to tell of; nil is all. It is called from several goroutines
	Limit  int64                // bytes a second over ten seconds above which Auto gives up; 0 is [DefaultLimit]
	// StableProbes are the newest probes of a broker, answered before a moment, that found a group not rebalancing (see
	// [regroup/kafka/probe.Prober.Stable]); nil where there are none. It is called from several goroutines.
	StableProbes func(broker int32, group string, before time.Time) []model.ProbeTimes
}

// Tail reads __consumer_offsets as its leaders write it, from the end. It joins no group and commits nothing.
//
// It reads what is not committed yet as well: a generation is no part of a transaction, and a reader of committed
// records alone would be shown it only when every transaction that was open on the partition before it has ended, which
// takes as long as the slowest application likes. Commits that are part of a transaction are held back here instead,
// until its marker says that they count.
type Tail struct {
	config    kafka.Config
	options   Options
	connector *kafka.Connector
	names     *topicNames
	closed    context.Context
	close     context.CancelFunc
	running   sync.WaitGroup

	emitting sync.Mutex // one observation at a time
	emit     func(model.Observation)

	bytes, undecodable, unrecognised, gaps atomic.Int64

	// layout is where the partitions are, nil unless the tail is on. The history of groups is read by it.
	layout atomic.Pointer[layout]

	mutex   sync.Mutex
	asked   map[string]bool // whose history was asked for
	waiting []string        // and not looked for yet
	wake    chan struct{}   // there is work for the historian

	historyBytes int64 // the bound on reading back
}

// layout is where the partitions of the topic are. It is never changed.
type layout struct {
	leaders   []int32          // by partition; -1 is none
	addresses map[int32]string // by broker
}

// New checks the configuration; nothing is dialled yet. Close must be called in the end.
func New(config kafka.Config, options Options) (*Tail, error) {
	connector, err := kafka.NewConnector(config)
	if err != nil {
		return nil, err
	}
	asking, err := config.Kgo()
	if err != nil {
		return nil, err
	}
	options.Mode = cmp.Or(options.Mode, Auto)
	options.Limit = cmp.Or(options.Limit, DefaultLimit)
	t := &Tail{config: config, options: options, connector: connector, asked: make(map[string]bool), wake: make(chan struct{}, 1), historyBytes: historyBytes}
	t.closed, t.close = context.WithCancel(context.Background())
	t.names = newTopicNames(t.closed, &t.running, asking)
	return t, nil
}

// Run reads until ctx ends or Close is called, and hands on what it reads, one observation at a time, though from
// several goroutines: *model.Records, *model.TailStatus and, for each group that Focus names, one *model.History. While
// emit has not returned, nothing is read that could follow. Run is called once.
func (t *Tail) Run(ctx context.Context, emit func(model.Observation)) {
	t.running.Add(1)
	defer t.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.closed, cancel)()
	t.emit = emit
	if t.options.Mode == Off {
		t.tell(&model.TailStatus{At: time.Now(), State: model.TailOff})
		return
	}
	var work parallel.Group
	start := func(f func()) { work.GoOr(f, cancel) }
	start(func() { t.historian(ctx) })
	newFollower(ctx, t, start).run()
	cancel()
	work.Wait()
}

// tell hands one observation on.
func (t *Tail) tell(o model.Observation) {
	t.emitting.Lock()
	defer t.emitting.Unlock()
	t.emit(o)
}

// Focus asks for the history of a group: what its partition of the topic says of the time before the tail began. It is
// read once, when the tail is on, beside what is new. Focus does not wait for it.
func (t *Tail) Focus(group string) {
	if group == "" || t.options.Mode == Off {
		return
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.asked[group] {
		return
	}
	t.asked[group] = true
	t.waiting = append(t.waiting, group)
	parallel.Notify(t.wake)
}

// Close ends Run and every connection, and waits until nothing of the tail runs any more.
func (t *Tail) Close() error {
	t.close()
	t.running.Wait()
	t.names.close()
	t.connector.Wait()
	return nil
}

// wants says whether the group is one that is asked for.
func (t *Tail) wants(group string) bool { return t.options.Groups == nil || t.options.Groups(group) }
