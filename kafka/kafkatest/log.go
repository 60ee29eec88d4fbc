package kafkatest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// LogKind is a kind of event of a group in its coordinator's log.
type LogKind string

// The kinds of events. The first five are of classic groups, the last two of groups of the consumer protocol (KIP-848),
// share and streams groups.
const (
	Preparing  LogKind = "preparing"  // the members are asked to join again; Generation is the one that ends
	Stabilized LogKind = "stabilized" // all have joined; Generation is the new one, Members how many there are
	Assigned   LogKind = "assigned"   // the leader has sent the assignment: Generation is complete
	Emptied    LogKind = "emptied"    // the last member has gone: Generation is complete and has no members
	Departed   LogKind = "departed"   // a member sent LeaveGroup, or was removed by it; Generation is -1 (from Kafka 3.2)
	Bumped     LogKind = "bumped"     // the group epoch moved on to Generation: a member joined or left, or a topic changed
	Targeted   LogKind = "targeted"   // a target assignment was computed; Generation is the group epoch
)

// Completed says that the group has reached the event's generation: what regroup has to show one rebalance for.
func (k LogKind) Completed() bool { return k == Assigned || k == Emptied || k == Targeted }

// LogEvent is a line of a broker's log about a group.
type LogEvent struct {
	At         time.Time // by the broker's clock, to the millisecond
	Broker     int       // whose log says so: the group's coordinator at the time
	Kind       LogKind
	Group      string
	Generation int32
	Members    int    // Stabilized; -1 elsewhere
	Leader     string // Assigned, from Kafka 3: the member id of the leader
	Reason     string // Preparing: why, in the coordinator's words; Departed: why, in the client's
	Member     string // Departed: the member id
}

// The lines, as Kafka 2.8 to 4.3 write them; before 4.0 a partition of the offsets topic stands in some of them.
// A group id may hold anything, the words of the line included: the patterns are anchored at both ends.
var logLines = []struct {
	kind LogKind
	line *regexp.Regexp
}{
	{Preparing, regexp.MustCompile(`Preparing to rebalance group (?P<group>.*) in state \w+ with old generation (?P<generation>-?\d+)(?: \(__consumer_offsets-\d+\))? \(reason: (?P<reason>.*)\)\.? \([\w.$]+\)$`)},
	{Stabilized, regexp.MustCompile(`Stabilized group (?P<group>.*) generation (?P<generation>-?\d+)(?: \(__consumer_offsets-\d+\))? with (?P<members>\d+) members\.? \([\w.$]+\)$`)},
	{Assigned, regexp.MustCompile(`Assignment received from leader (?:(?P<leader>.+?) )?for group (?P<group>.*) for generation (?P<generation>-?\d+)\. .* \([\w.$]+\)$`)},
	{Emptied, regexp.MustCompile(`Group (?P<group>.*) with generation (?P<generation>-?\d+) is now empty(?: \(__consumer_offsets-\d+\))?\.? \([\w.$]+\)$`)},
	{Departed, regexp.MustCompile(`\[Group(?:Id)? (?P<group>.*)\] (?:Dynamic m|M|Static m)ember (?P<member>.+?)(?: with instance id .*)? has left group through explicit ` + "`LeaveGroup`" + ` request; client reason: (?P<reason>.*) \([\w.$]+\)$`)},
	{Bumped, regexp.MustCompile(`\[GroupId (?P<group>.*)\] Bumped group epoch to (?P<generation>-?\d+)(?: with .*)?\. \([\w.$]+\)$`)},
	{Targeted, regexp.MustCompile(`\[GroupId (?P<group>.*)\] Computed a new target assignment for epoch (?P<generation>-?\d+) .* \([\w.$]+\)$`)},
}

const logTime = "2006-01-02 15:04:05,000"

// ReadLog reads the events of groups in a broker's log, in the order of the log.
func ReadLog(log io.Reader, broker int) ([]LogEvent, error) {
	var events []LogEvent
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 16<<20) // a target assignment is one line, however many partitions it has
	for lines.Scan() {
		event, ok, err := parseLine(lines.Text())
		if err != nil {
			return nil, err
		}
		if ok {
			event.Broker = broker
			events = append(events, event)
		}
	}
	return events, lines.Err()
}

func parseLine(line string) (event LogEvent, ok bool, err error) {
	for _, candidate := range logLines {
		match := candidate.line.FindStringSubmatch(line)
		if match == nil {
			continue
		}
		if len(line) < len(logTime)+2 {
			return LogEvent{}, false, fmt.Errorf("a line without a time: %q", line)
		}
		event := LogEvent{Kind: candidate.kind, Generation: -1, Members: -1}
		if event.At, err = time.Parse(logTime, line[1:len(logTime)+1]); err != nil {
			return LogEvent{}, false, fmt.Errorf("the time of a line: %w", err)
		}
		for i, name := range candidate.line.SubexpNames() {
			switch name {
			case "group":
				event.Group = match[i]
			case "generation":
				generation, err := strconv.ParseInt(match[i], 10, 32)
				if err != nil {
					return LogEvent{}, false, fmt.Errorf("the generation of %q: %w", line, err)
				}
				event.Generation = int32(generation)
			case "members":
				if event.Members, err = strconv.Atoi(match[i]); err != nil {
					return LogEvent{}, false, fmt.Errorf("the members of %q: %w", line, err)
				}
			case "leader":
				event.Leader = match[i]
			case "reason":
				event.Reason = match[i]
			case "member":
				event.Member = match[i]
			}
		}
		return event, true, nil
	}
	return LogEvent{}, false, nil
}

// LogEvents returns what the logs of all brokers tell of the groups whose id starts with prefix, oldest first.
func (c *Cluster) LogEvents(t testing.TB, prefix string) []LogEvent {
	t.Helper()
	var all []LogEvent
	for n := range c.options.Brokers {
		file, err := os.Open(c.Log(n + 1))
		if err != nil {
			t.Fatalf("read the log of broker %d: %v", n+1, err)
		}
		events, err := ReadLog(file, n+1)
		_ = file.Close()
		if err != nil {
			t.Fatalf("read the log of broker %d: %v", n+1, err)
		}
		for _, event := range events {
			if strings.HasPrefix(event.Group, prefix) {
				all = append(all, event)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b LogEvent) int { return a.At.Compare(b.At) })
	return all
}
