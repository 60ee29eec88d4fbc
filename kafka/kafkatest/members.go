package kafkatest

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// JavaMembers is one process with many consumers of the Java client: a Java process for each would be too many for a
// test machine. Each has its own group, settings and connections. Killing the process kills them all.
type JavaMembers struct {
	*Process
	mutex sync.Mutex
	input *os.File
}

// JavaMembers starts the process, without a consumer yet. It needs the compiler that comes with a JDK.
func (c *Cluster) JavaMembers(t testing.TB) *JavaMembers {
	t.Helper()
	c.compileJava(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = write.Close() })
	log := c.file("members")
	command := c.java("256", log, "WARN", "Members", c.Bootstrap())
	command.Stdin = read
	process := c.process(t, "Java members", log, command)
	_ = read.Close() // the process has its own
	return &JavaMembers{Process: process, input: write}
}

// Start starts a consumer. Its name is its client.id; topics are separated by commas, and a pattern begins with ^.
// Settings are KEY=VALUE, group.id among them.
func (m *JavaMembers) Start(t testing.TB, name, topics string, settings ...string) {
	t.Helper()
	m.tell(t, append([]string{"start", name, topics}, settings...)...)
}

// Subscribe has a consumer subscribe to other topics.
func (m *JavaMembers) Subscribe(t testing.TB, name, topics string) {
	t.Helper()
	m.tell(t, "subscribe", name, topics)
}

// Slow lets a consumer take its time between two polls, once.
func (m *JavaMembers) Slow(t testing.TB, name string, milliseconds int) {
	t.Helper()
	m.tell(t, "slow", name, fmt.Sprint(milliseconds))
}

// Stop closes a consumer, which leaves its group unless it is a static member. It does not wait.
func (m *JavaMembers) Stop(t testing.TB, name string) {
	t.Helper()
	m.tell(t, "stop", name)
}

// Stopped says whether a consumer has been closed, or failed.
func (m *JavaMembers) Stopped(name string) bool {
	return strings.Contains(m.Output(), "stopped "+name+"\n")
}

func (m *JavaMembers) tell(t testing.TB, words ...string) {
	t.Helper()
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if _, err := fmt.Fprintln(m.input, strings.Join(words, " ")); err != nil {
		t.Fatalf("tell the Java members to %s: %v\n%s", strings.Join(words, " "), err, tail(m.Output(), 20))
	}
}
