// Package kafkatest starts a real Apache Kafka for tests: brokers with combined roles (KRaft) on free loopback ports,
// from Maven artifacts, so that Java 17 and Maven are all it takes. Kafka's own command-line tools, the Java console
// consumers and kcat run against it as clients that are not ours.
//
// The tests that use it are off by default; the environment variable REGROUP_TEST_KAFKA turns them on:
//
//	unset, 0   they skip, and say how to run them
//	1          they run where Java and Maven are found, and skip elsewhere
//	required   they run; whatever is missing is a failure
//
// Most tests share one cluster a test binary ([Shared]); a test that needs other settings or another release starts
// its own ([Start]). No broker outlives the test binary, however it ends: see watchdog.go.
package kafkatest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// Cluster is a running Apache Kafka. Its brokers have the ids 1, 2, 3 …. Its methods may be called by several tests
// at once, but what one does to a broker the others see.
type Cluster struct {
	ID string // the cluster id

	options   Options
	dir       string
	classpath string
	ports     map[address]int
	dog       *watchdog
	names     atomic.Int64 // of the files that programs write to

	javac          sync.Once // see compileJava
	compileProblem error

	mutex   sync.Mutex // guards brokers
	brokers []*broker
	stop    func()
}

// broker is one broker over its restarts.
type broker struct {
	id      int
	dir     string
	log     string
	process *Process
	paused  bool
}

// Start starts a cluster for one test, and stops it at the test's end.
func Start(t testing.TB, options Options) *Cluster {
	t.Helper()
	Require(t, "java", "mvn")
	c, err := start(t.Context(), options)
	if err != nil {
		t.Fatalf("start Apache Kafka: %v", err)
	}
	t.Cleanup(c.stop)
	return c
}

// errPortTaken is a start that may succeed on other ports.
var errPortTaken = errors.New("a port was taken")

func start(ctx context.Context, options Options) (*Cluster, error) {
	options = options.withDefaults()
	resolving, cancel := context.WithTimeout(ctx, 10*time.Minute) // a first download on a slow line
	defer cancel()
	classpath, err := classpath(resolving, options.Version)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		c, err := startOnce(ctx, options, classpath)
		if err == nil || !errors.Is(err, errPortTaken) || attempt == 5 {
			return c, err
		}
	}
}

func startOnce(ctx context.Context, options Options, classpath string) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "regroup-kafka-")
	if err != nil {
		return nil, err
	}
	dog, err := newWatchdog(dir)
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	c := &Cluster{ID: clusterID(), options: options, dir: dir, classpath: classpath, dog: dog}
	c.stop = sync.OnceFunc(c.end)
	ctx, cancel := context.WithTimeout(ctx, 2*Patience)
	defer cancel()
	if err := c.bringUp(ctx); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// clusterID is a UUID in Kafka's form; a leading dash would be read as an option by kafka-storage.sh.
func clusterID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // it never fails
	id[0] &= 0x7f           // the first character stays a letter
	return base64.RawURLEncoding.EncodeToString(id[:])
}

func (c *Cluster) bringUp(ctx context.Context) error {
	listeners := c.options.listeners()
	ports, err := freePorts(c.options.Brokers * len(listeners))
	if err != nil {
		return err
	}
	c.ports = map[address]int{}
	for n := range c.options.Brokers {
		for i, listener := range listeners {
			c.ports[address{n + 1, listener}] = ports[n*len(listeners)+i]
		}
	}
	if err := writeLogConfiguration(c.dir); err != nil {
		return err
	}
	if c.options.Secure {
		if err := writeCertificates(c.dir); err != nil {
			return err
		}
	}
	formats, formatting := errgroup.WithContext(ctx)
	for n := range c.options.Brokers {
		b := &broker{id: n + 1, dir: filepath.Join(c.dir, fmt.Sprint(n+1))}
		b.log = filepath.Join(b.dir, "broker.log")
		c.brokers = append(c.brokers, b)
		formats.Go(func() error { return c.format(formatting, b) })
	}
	if err := formats.Wait(); err != nil {
		return err
	}
	for _, b := range c.brokers {
		if err := c.launch(b); err != nil {
			return err
		}
	}
	for _, b := range c.brokers {
		if err := c.awaitStarted(ctx, b, 1); err != nil {
			return err
		}
	}
	return c.awaitBrokers(ctx)
}

// format writes a broker's configuration and prepares its directory as kafka-storage.sh does.
func (c *Cluster) format(ctx context.Context, b *broker) error {
	if err := os.Mkdir(b.dir, 0o700); err != nil {
		return err
	}
	file := filepath.Join(b.dir, "server.properties")
	if err := os.WriteFile(file, render(c.options.properties(b.id, c.ports, b.dir)), 0o600); err != nil {
		return err
	}
	arguments := []string{"format", "-t", c.ID, "-c", file}
	if c.options.Secure {
		arguments = append(arguments, scramArguments()...)
	}
	log := filepath.Join(b.dir, "format.log")
	_, err := run(ctx, c.dog, fmt.Sprintf("format the storage of broker %d", b.id), log,
		c.java("128", log, "WARN", "kafka.tools.StorageTool", arguments...))
	return err
}

func (c *Cluster) launch(b *broker) error {
	command := c.java("384", b.log, "INFO", "kafka.Kafka", filepath.Join(b.dir, "server.properties"))
	if err := setClock(command, c.options.ClockAhead); err != nil {
		return err
	}
	process, err := launch(c.dog, fmt.Sprintf("broker %d", b.id), filepath.Join(b.dir, "output.log"), command)
	if err != nil {
		return err
	}
	b.process, b.paused = process, false
	return nil
}

const startedLine = "Kafka Server started"

// awaitStarted waits until the broker's log says for the given time that the broker has started.
func (c *Cluster) awaitStarted(ctx context.Context, b *broker, times int) error {
	return poll(ctx, fmt.Sprintf("broker %d to start", b.id), func() (bool, error) {
		log, err := os.ReadFile(b.log)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return false, err
		}
		if strings.Count(string(log), startedLine) >= times {
			return true, nil
		}
		if b.process.Running() {
			return false, nil
		}
		output := complaints(string(log)) + tail(string(log), 5) + "\n" + tail(b.process.Output(), 5)
		if strings.Contains(output, "Address already in use") {
			return false, fmt.Errorf("broker %d: %w", b.id, errPortTaken)
		}
		return false, fmt.Errorf("broker %d ended while it started:\n%s", b.id, output)
	})
}

// complaints are the errors and the first exceptions of a log.
func complaints(log string) string {
	var lines []string
	for line := range strings.Lines(log) {
		if strings.Contains(line, " ERROR ") || strings.Contains(line, " FATAL ") || strings.Contains(line, "Exception") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[:min(len(lines), 15)], "")
}

// end kills everything at once: nothing of the cluster is of use after it. The watchdog does the same if it comes to that.
func (c *Cluster) end() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, b := range c.brokers {
		if b.process != nil {
			b.process.end()
		}
	}
	c.dog.close()
}

// Brokers returns the addresses of the plaintext listeners, in the order of the broker ids.
func (c *Cluster) Brokers() []string { return c.addresses(plaintext) }

// Bootstrap is what Kafka's tools take as --bootstrap-server.
func (c *Cluster) Bootstrap() string { return strings.Join(c.Brokers(), ",") }

// Log returns the path of a broker's log; see [Cluster.LogEvents] for what to read in it.
func (c *Cluster) Log(id int) string { return filepath.Join(c.dir, fmt.Sprint(id), "broker.log") }

func (c *Cluster) addresses(listener string) (addresses []string) {
	for n := range c.options.Brokers {
		addresses = append(addresses, fmt.Sprintf("127.0.0.1:%d", c.ports[address{n + 1, listener}]))
	}
	return addresses
}

// file is a new name in the cluster's directory.
func (c *Cluster) file(name string) string {
	return filepath.Join(c.dir, fmt.Sprintf("%s-%d.log", name, c.names.Add(1)))
}

func (c *Cluster) broker(t testing.TB, id int) *broker {
	t.Helper()
	i := slices.IndexFunc(c.brokers, func(b *broker) bool { return b.id == id })
	if i < 0 {
		t.Fatalf("there is no broker %d: the cluster has brokers 1 to %d", id, len(c.brokers))
	}
	return c.brokers[i]
}
