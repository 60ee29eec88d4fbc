package kafkatest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// Kill ends a broker at once (SIGKILL). It is started again at the end of the test at the latest.
func (c *Cluster) Kill(t testing.TB, id int) {
	t.Helper()
	c.endBroker(t, id, syscall.SIGKILL)
}

// Shutdown ends a broker in order (SIGTERM): it hands its partitions and groups over first. It is started again at
// the end of the test at the latest.
func (c *Cluster) Shutdown(t testing.TB, id int) {
	t.Helper()
	c.endBroker(t, id, terminate)
}

func (c *Cluster) endBroker(t testing.TB, id int, signal syscall.Signal) {
	t.Helper()
	b := c.broker(t, id)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.healAfter(t)
	b.process.signal(t, signal)
	b.process.await(t)
}

// StartBroker starts a broker that was killed or shut down, and returns when it has started.
func (c *Cluster) StartBroker(t testing.TB, id int) {
	t.Helper()
	b := c.broker(t, id)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if b.process.Running() {
		t.Fatalf("start broker %d: it runs", id)
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	if err := c.restart(ctx, b); err != nil {
		t.Fatal(err)
	}
}

// Pause stops a broker without ending it (SIGSTOP): its connections stay open, and nothing answers. It goes on at
// the end of the test at the latest.
func (c *Cluster) Pause(t testing.TB, id int) {
	t.Helper()
	b := c.broker(t, id)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.healAfter(t)
	b.process.signal(t, suspend)
	b.paused = true
}

// Resume lets a paused broker go on (SIGCONT).
func (c *Cluster) Resume(t testing.TB, id int) {
	t.Helper()
	b := c.broker(t, id)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	b.process.signal(t, resume)
	b.paused = false
}

// healAfter makes a cluster that tests share whole again for the next one.
func (c *Cluster) healAfter(t testing.TB) {
	t.Cleanup(func() {
		if err := c.heal(); err != nil {
			t.Errorf("repair the cluster after the test: %v", err)
		}
	})
}

func (c *Cluster) heal() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	for _, b := range c.brokers {
		if !b.process.Running() {
			if err := c.restart(ctx, b); err != nil {
				return err
			}
		}
		if b.paused {
			if err := b.process.command.Process.Signal(resume); err != nil {
				return fmt.Errorf("resume broker %d: %w", b.id, err)
			}
			b.paused = false
		}
	}
	return c.awaitBrokers(ctx)
}

func (c *Cluster) restart(ctx context.Context, b *broker) error {
	log, err := os.ReadFile(b.log)
	if err != nil {
		return err
	}
	if err := c.launch(b); err != nil {
		return err
	}
	return c.awaitStarted(ctx, b, strings.Count(string(log), startedLine)+1)
}
