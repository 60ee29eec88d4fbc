//go:build unix

package cli

import (
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"regroup/kafka/embedded"
)

// property is what there is on a cluster.
type property struct{ topics, groups []string }

func ownedBy(t *testing.T, client *kgo.Client) property {
	t.Helper()
	answer, err := kmsg.NewPtrMetadataRequest().RequestWith(t.Context(), client) // kadm may answer with what it saw seconds ago
	must(t, err)
	var topics []string
	for _, topic := range answer.Topics {
		topics = append(topics, *topic.Topic)
	}
	groups, err := kadm.NewClient(client).ListGroups(t.Context())
	must(t, err)
	return property{slices.Sorted(slices.Values(topics)), groups.Groups()}
}

// `regroup demo --brokers` on a cluster of the user's own: it makes topics and groups with its prefix, touches no
// others, and takes away what it made when it ends in order, by key or by signal.
func TestDemoOnOnesOwnCluster(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		how string
		end func(p *program)
	}{
		{"q", func(p *program) { p.press("q") }},
		{"SIGTERM", func(p *program) { must(p.t, p.cmd.Process.Signal(syscall.SIGTERM)) }},
	} {
		t.Run(c.how, func(t *testing.T) {
			t.Parallel()
			cluster, err := embedded.Start(embedded.Options{Brokers: 3})
			must(t, err)
			t.Cleanup(cluster.Close)
			client, err := kgo.NewClient(kgo.SeedBrokers(cluster.Addresses()...))
			must(t, err)
			t.Cleanup(client.Close)
			admin := kadm.NewClient(client)
			// The demo's own names, without its prefix and with it: they are the user's and stay.
			_, err = admin.CreateTopics(t.Context(), 1, 1, nil, "myorders", "mine-orders")
			must(t, err)
			commits := kadm.Offsets{}
			commits.Add(kadm.Offset{Topic: "myorders", At: 0, LeaderEpoch: -1})
			must(t, admin.CommitAllOffsets(t.Context(), "1consumer", commits))
			must(t, admin.CommitAllOffsets(t.Context(), "mine-group", commits))
			before := ownedBy(t, client)

			p := startBuilt(t, "demo", "--brokers", strings.Join(cluster.Addresses(), ","), "--prefix", "mine-")
			p.waitFor(running("consumer-1", 0, 1), running("consumer-2", 2), running("consumer-3", 3), running("reader-1", 0, 1, 2, 3))
			during := ownedBy(t, client)
			for _, topic := range []string{"mine-myorders", "myorders", "mine-orders"} {
				if !slices.Contains(during.topics, topic) {
					t.Errorf("topics %q, want %s among them", during.topics, topic)
				}
			}
			for _, group := range []string{"mine-1consumer", "mine-2consumer", "1consumer", "mine-group"} {
				if !slices.Contains(during.groups, group) {
					t.Errorf("groups %q, want %s among them", during.groups, group)
				}
			}

			c.end(p)
			if code := p.waitEnd(); code != exitOK {
				t.Errorf("exit code %d; the screen:\n%s", code, p.screen())
			}
			p.expectRestored()
			if after := ownedBy(t, client); !slices.Equal(after.topics, before.topics) || !slices.Equal(after.groups, before.groups) {
				t.Errorf("afterwards there are %q, before there were %q", after, before)
			}
		})
	}
}

// A scene of one's own is played, saved from the screen, and what was saved is played again.
func TestDemoIsSavedAndPlayedAgain(t *testing.T) {
	t.Parallel()
	saved := filepath.Join(t.TempDir(), "saved.yaml")
	p := startBuilt(t, "demo", "--scene", writeScene(t, "mine.yaml", small))
	p.waitFor(`c-1 +● running`)
	p.press("n")
	p.waitFor(`c-2 +● running`)
	p.press("S")
	p.waitFor(`:save`)
	p.press(saved + "\r")
	p.waitFor("saved: regroup demo --scene")
	p.press("q")
	if code := p.waitEnd(); code != exitOK {
		t.Errorf("exit code %d; the screen:\n%s", code, p.screen())
	}
	p = startBuilt(t, "demo", "--scene", saved)
	p.waitFor(`c-1 +● running`, `c-2 +● running`)
	p.press("q")
	p.waitEnd()
}

// An error in the demo's cluster is reported before the screen is drawn.
func TestDemoOnOnesOwnClusterUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why  string
		args []string
		want string
	}{
		{"no broker: not the demo's own cluster either", []string{"--brokers", ""}, "names no broker"},
		{"a CA file that is not there", []string{"--brokers", "127.0.0.1:1", "--tls", "--tls-ca-file", "/nonesuch.pem"}, "/nonesuch.pem"},
	} {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			p := startBuilt(t, append([]string{"demo"}, c.args...)...)
			if code := p.waitEnd(); code != exitUsage {
				t.Errorf("exit code %d", code)
			}
			p.waitFor(c.want)
			if strings.Contains(p.output.String(), "\x1b[?1049h") {
				t.Error("the screen was there")
			}
		})
	}
}
