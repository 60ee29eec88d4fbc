// Package tail reads __consumer_offsets as its leaders write it: generations, epochs and commits, and the history of groups.
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

// Mode is when __consumer_offsets is read.
type Mode string

// The modes of a [Tail]. Where READ is denied, none reads until it is granted.
const (
	Auto Mode = "auto" // unless there is more traffic than the limit
	On   Mode = "on"   // always
	Off  Mode = "off"  // never
)

// DefaultLimit is the traffic in bytes a second above which [Auto] stops: some 25,000 commits a second, of
// 100 to 170 bytes each with what a batch adds. Reading that much takes about a tenth of a core and 34 Mbit/s of
// network of a cluster that is busy anyway.
const DefaultLimit = 4 << 20

const (
	trafficWindow  = 10 * time.Second // over which the traffic is measured
	busyPause      = 10 * time.Minute // after too much of it
	refusalPause   = time.Minute      // until a denied right is tried again
	absencePause   = time.Second      // until a topic that does not exist is looked up again
	trafficTick    = time.Second      // how often the traffic is measured
	statusInterval = 5 * time.Second  // how often an unchanged status is emitted
	lostAfter      = time.Second      // how long a partition may be without a reader before it counts as lost
	responseLimit  = 3 * time.Second  // how long a leader may take to respond to what needs no waiting
	retryFirst     = 10 * time.Millisecond
	retryEvery     = 2 * time.Second
)

// Options are what a [Tail] reads, and when.
type Options struct {
	Mode   Mode                 // "" is Auto
	Groups func(id string) bool // which groups to report; nil is all. It is called from several goroutines
	Limit  int64                // bytes a second over ten seconds above which Auto stops; 0 is [DefaultLimit]
	// StableProbes are the newest probes of a broker, answered before a moment, that found a group not rebalancing (see
	// [regroup/kafka/probe.Prober.Stable]); nil where there are none. It is called from several goroutines.
	StableProbes func(broker int32, group string, before time.Time) []model.ProbeTimes
}

// Tail reads __consumer_offsets as its leaders write it, from the end. It joins no group and commits nothing.
//
// It reads uncommitted records too. A generation is not part of a transaction, but with read_committed it would arrive only
// when every transaction that was open on the partition before it has ended, which may take long. Commits in a transaction
// are held until its marker commits them.
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

	// layout is where the partitions are, for the histories of groups; nil unless the tail is on.
	layout atomic.Pointer[layout]

	mutex   sync.Mutex
	asked   map[string]bool // whose history was asked for
	waiting []string        // and not read yet
	wake    chan struct{}   // a history is to be read

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
	kgoOptions, err := config.Kgo()
	if err != nil {
		return nil, err
	}
	options.Mode = cmp.Or(options.Mode, Auto)
	options.Limit = cmp.Or(options.Limit, DefaultLimit)
	t := &Tail{config: config, options: options, connector: connector, asked: make(map[string]bool), wake: make(chan struct{}, 1), historyBytes: historyBytes}
	t.closed, t.close = context.WithCancel(context.Background())
	t.names = newTopicNames(t.closed, &t.running, kgoOptions)
	return t, nil
}

// Run reads until ctx ends or Close is called, and emits what it reads, one observation at a time, though from
// several goroutines: *model.Records, *model.TailStatus and, for each group that Focus names, one *model.History. Nothing
// is read before emit has returned. Run is called once.
func (t *Tail) Run(ctx context.Context, emit func(model.Observation)) {
	t.running.Add(1)
	defer t.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.closed, cancel)()
	t.emit = emit
	if t.options.Mode == Off {
		t.observe(&model.TailStatus{At: time.Now(), State: model.TailOff})
		return
	}
	var work parallel.Group
	start := func(f func()) { work.GoOr(f, cancel) }
	start(func() { t.readHistories(ctx) })
	newManager(ctx, t, start).run()
	cancel()
	work.Wait()
}

// observe emits one observation.
func (t *Tail) observe(o model.Observation) {
	t.emitting.Lock()
	defer t.emitting.Unlock()
	t.emit(o)
}

// Focus asks for the history of a group: its records from before the tail began. It is read once, when the tail is on,
// while new records are read. Focus does not wait for it.
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
