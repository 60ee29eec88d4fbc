package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"regroup/kafka/embedded"
)

// result is what a command left behind.
type result struct {
	code           int
	stdout, stderr string
}

// runCLI runs a command in this process, with nothing of this machine's configuration and no terminal.
func runCLI(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, environ: []string{"XDG_CONFIG_HOME=" + t.TempDir()}}
	code := a.run(t.Context(), args)
	return result{code, stdout.String(), stderr.String()}
}

func (r result) expect(t *testing.T, code int, inStderr ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d; stderr:\n%s", r.code, code, r.stderr)
	}
	for _, want := range inStderr {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("stderr has no %q:\n%s", want, r.stderr)
		}
	}
}

// sampleCluster is an embedded cluster with two topics and four groups:
//
//   - settled: commits on orders 0 to 2, of which 1 is at the end and 2 beyond it
//   - other: a commit on orders 0 that differs, and one on extra 0
//   - live: one member that owns orders and has committed nothing
//   - billing-settlement: a name to mistype
func sampleCluster(t *testing.T) (brokersFlag []string) {
	t.Helper()
	cluster, err := embedded.Start(embedded.Options{Brokers: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)

	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.Addresses()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	must(t, err)
	defer client.Close()
	admin := kadm.NewClient(client)
	_, err = admin.CreateTopic(ctx, 4, 1, nil, "orders")
	must(t, err)
	_, err = admin.CreateTopic(ctx, 1, 1, nil, "extra")
	must(t, err)
	var records []*kgo.Record
	for partition := range int32(4) {
		for range 5 {
			records = append(records, &kgo.Record{Topic: "orders", Partition: partition, Value: []byte("x")})
		}
	}
	must(t, client.ProduceSync(ctx, records...).FirstErr())

	commit := func(group string, offsets map[string]map[int32]int64) {
		t.Helper()
		commits := kadm.Offsets{}
		for topic, partitions := range offsets {
			for partition, at := range partitions {
				commits.Add(kadm.Offset{Topic: topic, Partition: partition, At: at, LeaderEpoch: -1})
			}
		}
		must(t, admin.CommitAllOffsets(ctx, group, commits))
	}
	commit("settled", map[string]map[int32]int64{"orders": {0: 2, 1: 5, 2: 9}})
	commit("other", map[string]map[int32]int64{"orders": {0: 4}, "extra": {0: 0}})
	commit("billing-settlement", map[string]map[int32]int64{"extra": {0: 0}})

	member, err := kgo.NewClient(kgo.SeedBrokers(cluster.Addresses()...), kgo.ClientID("live-client"),
		kgo.ConsumerGroup("live"), kgo.ConsumeTopics("orders"), kgo.DisableAutoCommit(), kgo.Balancers(kgo.RangeBalancer()))
	must(t, err)
	t.Cleanup(member.Close)
	if fetched := member.PollFetches(ctx); fetched.Err() != nil { // it has joined, and owns what it reads
		t.Fatal(fetched.Err())
	}
	return []string{"--brokers", strings.Join(cluster.Addresses(), ",")}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestGroupsCommand(t *testing.T) {
	t.Parallel()
	brokers := sampleCluster(t)
	r := runCLI(t, append(brokers, "groups")...)
	r.expect(t, exitOK)
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	if len(lines) != 5 {
		t.Fatalf("want a title and four groups:\n%s", r.stdout)
	}
	want := [][]string{ // without the coordinator, which the cluster chooses
		{"billing-settlement", "classic", "Empty", "0", "1", "0", "-"},
		{"live", "classic", "Stable", "1", "4", "-", "range"},
		{"other", "classic", "Empty", "0", "2", "1", "-"},
		{"settled", "classic", "Empty", "0", "3", "3", "-"},
	}
	for i, line := range lines[1:] {
		fields := strings.Fields(line)
		if len(fields) != 8 || !slices.Equal(slices.Delete(slices.Clone(fields), 6, 7), want[i]) {
			t.Errorf("line %d is %q, want %q", i, fields, want[i])
		}
	}
}

func TestDescribeTableIsTheToolsOwn(t *testing.T) {
	t.Parallel()
	brokers := sampleCluster(t)
	r := runCLI(t, append(brokers, "describe", "settled", "other")...)
	r.expect(t, exitOK, `group "settled" has no active members`, `group "other" has no active members`)
	const want = `
GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID
other           extra           0          0               0               0               -               -               -
other           orders          0          4               5               1               -               -               -

GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID
settled         orders          0          2               5               3               -               -               -
settled         orders          1          5               5               0               -               -               -
settled         orders          2          9               5               0               -               -               -
`
	if r.stdout != want {
		t.Errorf("got\n%s\nwant\n%s", r.stdout, want)
	}
}

func TestDescribeWideShowsTheFlag(t *testing.T) {
	t.Parallel()
	brokers := sampleCluster(t)
	r := runCLI(t, append(brokers, "describe", "settled", "-o", "wide")...)
	r.expect(t, exitOK)
	for _, want := range []string{"commit beyond log end", "LOG-START-OFFSET", "classic", "Empty"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("no %q in\n%s", want, r.stdout)
		}
	}
}

// The JSON is what scripts are written against: keys and nulls as documented.
func TestDescribeJSON(t *testing.T) {
	t.Parallel()
	brokers := sampleCluster(t)
	r := runCLI(t, append(brokers, "describe", "live", "settled", "-o", "json")...)
	r.expect(t, exitOK)
	var groups []map[string]any
	must(t, json.Unmarshal([]byte(r.stdout), &groups))
	if len(groups) != 2 || groups[0]["group"] != "live" || groups[1]["group"] != "settled" {
		t.Fatalf("groups:\n%s", r.stdout)
	}
	live, settled := groups[0], groups[1]

	members := live["members"].([]any)
	partitions := live["partitions"].([]any)
	if len(members) != 1 || len(partitions) != 4 {
		t.Fatalf("live:\n%s", r.stdout)
	}
	member := members[0].(map[string]any)
	if member["client_id"] != "live-client" || member["instance_id"] != nil || len(member["assignment"].([]any)) != 4 {
		t.Errorf("member %v", member)
	}
	partition := partitions[3].(map[string]any)
	if partition["committed_offset"] != nil || partition["lag"] != nil || live["lag"] != nil {
		t.Errorf("no commit is unknown, not 0: %v, lag of the group %v", partition, live["lag"])
	}
	if partition["log_end_offset"] != 5.0 || partition["log_start_offset"] != 0.0 || partition["member_id"] != member["member_id"] ||
		partition["client_id"] != "live-client" || partition["host"] != member["host"] {
		t.Errorf("partition %v", partition)
	}
	if live["state"] != "Stable" || live["type"] != "classic" || live["assignor"] != "range" {
		t.Errorf("live %v %v %v", live["state"], live["type"], live["assignor"])
	}
	if _, isNumber := live["coordinator"].(float64); !isNumber {
		t.Errorf("coordinator %v", live["coordinator"])
	}
	// DescribeGroups does not return the generation, and one poll cannot count.
	if live["generation"] != nil {
		t.Errorf("generation %v", live["generation"])
	}
	if settled["lag"] != 3.0 || settled["assignor"] != nil || len(settled["members"].([]any)) != 0 {
		t.Errorf("settled %v", settled)
	}
}

func TestDescribeAllCSV(t *testing.T) {
	t.Parallel()
	brokers := sampleCluster(t)
	r := runCLI(t, append(brokers, "describe", "--all", "-o", "csv")...)
	r.expect(t, exitOK)
	records, err := csv.NewReader(strings.NewReader(r.stdout)).ReadAll()
	must(t, err)
	if len(records) != 1+1+4+2+3 || records[0][0] != "group" {
		t.Errorf("%d records:\n%s", len(records), r.stdout)
	}
	if r.stderr != "" {
		t.Errorf("a CSV has no notes: %s", r.stderr)
	}
}

func TestDescribeUnknownGroup(t *testing.T) {
	t.Parallel()
	brokers := sampleCluster(t)
	r := runCLI(t, append(brokers, "describe", "settled", "biling-setlement", "nothing-like-it")...)
	r.expect(t, exitFailed, `group "biling-setlement" does not exist; did you mean "billing-settlement"?`, `group "nothing-like-it" does not exist`)
	if !strings.Contains(r.stdout, "settled") {
		t.Errorf("the group that exists is not shown:\n%s", r.stdout)
	}
}

// fakeCluster is three brokers of kfake whose answers can be tampered with, and a group "g<n>" with a commit for n from
// 0 to 9, so that each broker coordinates some.
func fakeCluster(t *testing.T) (*kfake.Cluster, []string) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(1, "orders"))
	must(t, err)
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	must(t, err)
	defer client.Close()
	admin := kadm.NewClient(client)
	for n := range 10 {
		commits := kadm.Offsets{}
		commits.Add(kadm.Offset{Topic: "orders", At: 0, LeaderEpoch: -1})
		must(t, admin.CommitAllOffsets(t.Context(), fmt.Sprintf("g%d", n), commits))
	}
	return cluster, []string{"--brokers", strings.Join(cluster.ListenAddrs(), ","), "--timeout", "5s"}
}

// A broker that cannot be read makes the answer partial: the rest is shown, and stderr says what is missing.
func TestPartialFailure(t *testing.T) {
	t.Parallel()
	t.Run("one of the addresses is dead, but the cluster is whole", func(t *testing.T) {
		t.Parallel()
		_, brokers := fakeCluster(t)
		r := runCLI(t, "groups", "--brokers", deadAddress(t)+","+brokers[1])
		r.expect(t, exitOK)
	})
	t.Run("one broker drops every request for its groups", func(t *testing.T) {
		cluster, brokers := fakeCluster(t)
		cluster.ControlKey(int16(kmsg.ListGroups), func(kmsg.Request) (kmsg.Response, error, bool) {
			cluster.KeepControl()
			if cluster.CurrentNode() == 1 {
				return nil, errors.New("dropped"), true
			}
			return nil, nil, false
		})
		r := runCLI(t, append(brokers, "groups")...)
		r.expect(t, exitPartial, "ListGroups", "broker 1")
		if lines := strings.Count(r.stdout, "\n"); lines < 2 || lines > 10 {
			t.Errorf("want the groups of the other two brokers:\n%s", r.stdout)
		}

		// Which of the ten are on broker 1 is the cluster's affair; all together, some are missing.
		r = runCLI(t, append(brokers, "describe", "g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8", "g9")...)
		r.expect(t, exitPartial, "was not found on the brokers that answered")
	})
	t.Run("the commits of one group may not be read", func(t *testing.T) {
		cluster, brokers := fakeCluster(t)
		cluster.ControlKey(int16(kmsg.OffsetFetch), func(request kmsg.Request) (kmsg.Response, error, bool) {
			cluster.KeepControl()
			fetch := request.(*kmsg.OffsetFetchRequest)
			response := fetch.ResponseKind().(*kmsg.OffsetFetchResponse)
			for _, asked := range fetch.Groups {
				group := kmsg.NewOffsetFetchResponseGroup()
				group.Group = asked.Group
				if asked.Group == "g3" {
					group.ErrorCode = kerr.GroupAuthorizationFailed.Code
				}
				response.Groups = append(response.Groups, group)
			}
			return response, nil, true
		})
		r := runCLI(t, append(brokers, "groups")...)
		r.expect(t, exitPartial, "OffsetFetch", `"g3"`)
		if lines := strings.Count(r.stdout, "\n"); lines != 11 {
			t.Errorf("want all ten groups:\n%s", r.stdout)
		}
	})
}

func TestNoBrokerReachable(t *testing.T) {
	dead, alsoDead := deadAddress(t), deadAddress(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for _, command := range [][]string{{"groups"}, {"describe", "x"}, {"describe", "--all", "-o", "json"}} {
		r := runCLI(t, append(command, "--brokers", dead+","+alsoDead, "--dial-timeout", "2s")...)
		r.expect(t, exitFailed, dead, alsoDead, "refused", "nothing could be read")
		if r.stdout != "" {
			t.Errorf("output without an answer: %s", r.stdout)
		}
		if strings.Contains(r.stderr, "not found") {
			t.Errorf("nothing can be said about a group:\n%s", r.stderr)
		}
	}
}

// Nothing is shown where there is nothing; that it was read is said.
func TestClusterWithoutGroups(t *testing.T) {
	t.Parallel()
	cluster, err := embedded.Start(embedded.Options{Brokers: 1})
	must(t, err)
	t.Cleanup(cluster.Close)
	for format, want := range map[string]string{"table": "", "json": "[]\n"} {
		r := runCLI(t, "describe", "--all", "-o", format, "--brokers", cluster.Addresses()[0])
		r.expect(t, exitOK, "lists no group")
		if r.stdout != want {
			t.Errorf("%s: %q, want %q", format, r.stdout, want)
		}
	}
}

// A server that takes connections and never answers must not hold the command.
func TestSilentBroker(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	r := runCLI(t, "groups", "--brokers", listener.Addr().String(), "--timeout", "300ms", "--dial-timeout", "300ms")
	r.expect(t, exitFailed, listener.Addr().String(), "nothing could be read")
}

// deadAddress is an address on which nobody listens.
func deadAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := listener.Addr().String()
	must(t, listener.Close())
	return address
}

func TestUsageErrors(t *testing.T) {
	cases := []struct {
		why  string
		args []string
		want []string
	}{
		{"no cluster: what to type", nil, []string{"regroup demo", "--brokers HOST:PORT"}},
		{"no cluster for a one-shot command", []string{"groups"}, []string{"no cluster is configured"}},
		{"a pipe instead of a terminal", []string{"-b", "127.0.0.1:1"}, []string{"not one", "regroup groups"}},
		{"the demo needs a terminal as well", []string{"demo"}, []string{"regroup demo", "terminal"}},
		{"no such command", []string{"grops"}, []string{`unknown command "grops"`, `"groups"`}},
		{"no such flag", []string{"groups", "--outptu", "json"}, []string{`unknown flag --outptu; did you mean "--output"?`, "regroup groups --help"}},
		{"no such short flag", []string{"groups", "-z"}, []string{"-z"}},
		{"no flag for a password", []string{"groups", "--sasl-password", "x"}, []string{"REGROUP_SASL_PASSWORD", "--sasl-password-file"}},
		{"not a truth value", []string{"groups", "--tls=maybe"}, []string{`--tls is "maybe"; accepted: true or false`}},
		{"an escape in a flag is shown, not obeyed", []string{"groups", "--\x1b[31m"}, []string{`\x1b[31m`}},
		{"no such format", []string{"groups", "-o", "jsn", "-b", "127.0.0.1:1"}, []string{`"jsn"`, "table, wide, json, csv", `"json"`}},
		{"nothing to describe", []string{"describe", "-b", "127.0.0.1:1"}, []string{"name one or more, or use --all"}},
		{"both", []string{"describe", "--all", "x", "-b", "127.0.0.1:1"}, []string{"one of them"}},
		{"arguments where there are none", []string{"groups", "x"}, []string{"takes no arguments"}},
		{"a value apart from its flag", []string{"demo", "--auto", "3s"}, []string{`takes no arguments, but got "3s"; did you mean "--auto=3s"?`}},
		{"a bad value", []string{"groups", "-b", "127.0.0.1:1", "--timeout", "soon"}, []string{"timeout (--timeout)", `"soon"`}},
		{"a CA file that is not there", []string{"groups", "-b", "127.0.0.1:1", "--tls", "--tls-ca-file", "/nonesuch.pem"}, []string{"/nonesuch.pem"}},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			r := runCLI(t, c.args...)
			r.expect(t, exitUsage, c.want...)
			if r.stdout != "" {
				t.Errorf("stdout of a usage error:\n%s", r.stdout)
			}
		})
	}
}

// closedPipe is standard output after the reader has gone: what the system says of that is its own.
type closedPipe struct{}

func (closedPipe) Write(data []byte) (int, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer writer.Close() //nolint:errcheck // nobody reads it
	if err := reader.Close(); err != nil {
		return 0, err
	}
	return writer.Write(data)
}

func TestBrokenPipeIsQuiet(t *testing.T) {
	t.Parallel()
	brokers := sampleCluster(t)
	var stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: closedPipe{}, stderr: &stderr, environ: []string{"XDG_CONFIG_HOME=" + t.TempDir()}}
	if code := a.run(t.Context(), append(brokers, "describe", "--all", "-o", "json")); code != exitOK || stderr.Len() > 0 {
		t.Errorf("exit code %d, stderr %q", code, stderr.String())
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestOutputThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	brokers := sampleCluster(t)
	var stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: fullDisk{}, stderr: &stderr, environ: []string{"XDG_CONFIG_HOME=" + t.TempDir()}}
	if code := a.run(t.Context(), append(brokers, "groups")); code != exitFailed || !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("exit code %d, stderr %q", code, stderr.String())
	}
}
