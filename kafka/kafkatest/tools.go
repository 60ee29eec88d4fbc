package kafkatest

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// toolPatience is how long a tool may take: a java that starts on a busy machine, and its own time limits.
const toolPatience = 3 * time.Minute

// Tool runs one of Kafka's tools by its Java class and returns its standard output; what it wrote beside is in the
// error, if it failed.
func (c *Cluster) Tool(ctx context.Context, class string, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, toolPatience)
	defer cancel()
	log := c.file("tool")
	return run(ctx, c.dog, class, log, c.java("256", log, "WARN", class, arguments...))
}

// Groups runs kafka-consumer-groups.sh, with more patience than its five seconds: on a busy machine they are too few.
func (c *Cluster) Groups(t testing.TB, arguments ...string) string {
	t.Helper()
	class := c.class("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "kafka.admin.ConsumerGroupCommand")
	output := c.tool(t, class, append(arguments, "--timeout", "60000"))
	if strings.Contains(output, "Error: ") { // it says so on its standard output, and exits with 0
		t.Fatalf("kafka-consumer-groups %s: %s", strings.Join(arguments, " "), output)
	}
	return output
}

// Topics runs kafka-topics.sh.
func (c *Cluster) Topics(t testing.TB, arguments ...string) string {
	t.Helper()
	return c.tool(t, c.class("org.apache.kafka.tools.TopicCommand", "kafka.admin.TopicCommand"), arguments)
}

func (c *Cluster) tool(t testing.TB, class string, arguments []string) string {
	t.Helper()
	output, err := c.Tool(t.Context(), class, append([]string{"--bootstrap-server", c.Bootstrap()}, arguments...)...)
	if err != nil {
		t.Fatal(err)
	}
	return output
}

// class is a tool's class: many were written anew, under another name, by Kafka 3.9.
func (c *Cluster) class(now, before string) string {
	if atLeast(c.options.Version, 3, 9) {
		return now
	}
	return before
}

// ConsoleConsumer starts kafka-console-consumer.sh: a consumer of the Java client. A group of the consumer protocol
// takes --consumer-property group.protocol=consumer.
func (c *Cluster) ConsoleConsumer(t testing.TB, arguments ...string) *Process {
	t.Helper()
	return c.consumer(t, c.class("org.apache.kafka.tools.consumer.ConsoleConsumer", "kafka.tools.ConsoleConsumer"), arguments)
}

// ConsoleShareConsumer starts kafka-console-share-consumer.sh, from Kafka 4.1.
func (c *Cluster) ConsoleShareConsumer(t testing.TB, arguments ...string) *Process {
	t.Helper()
	return c.consumer(t, "org.apache.kafka.tools.consumer.ConsoleShareConsumer", arguments)
}

func (c *Cluster) consumer(t testing.TB, class string, arguments []string) *Process {
	t.Helper()
	log := c.file("consumer")
	return c.process(t, class, log, c.java("128", log, "WARN", class,
		append([]string{"--bootstrap-server", c.Bootstrap()}, arguments...)...))
}

// Kcat starts kcat: a consumer or producer of librdkafka. As a member of a group: "-G", group, topic….
func (c *Cluster) Kcat(t testing.TB, arguments ...string) *Process {
	t.Helper()
	Require(t, "kcat")
	command := exec.Command("kcat", append([]string{"-b", c.Bootstrap()}, arguments...)...)
	command.Dir = c.dir
	return c.process(t, "kcat", c.file("kcat"), command)
}

// Program starts a program of the test's own beside the cluster, and kills it at the end of the test: a consumer of
// another library.
func (c *Cluster) Program(t testing.TB, name string, command *exec.Cmd) *Process {
	t.Helper()
	return c.process(t, name, c.file(name), command)
}

func (c *Cluster) process(t testing.TB, name, output string, command *exec.Cmd) *Process {
	t.Helper()
	process, err := launch(c.dog, filepath.Base(name), output, command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.end()
		if t.Failed() {
			t.Logf("%s wrote:\n%s", process.name, tail(process.Output(), 20))
		}
	})
	return process
}
