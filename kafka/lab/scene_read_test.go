package lab

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"regroup/model"
	"regroup/model/settings"
)

// roundTrip writes the scene, and reads it.
func roundTrip(t interface {
	Helper()
	Fatalf(string, ...any)
	Errorf(string, ...any)
}, scene Scene) {
	t.Helper()
	written, err := scene.YAML()
	if err != nil {
		t.Fatalf("%v", err)
	}
	read, err := ParseScene(scene.Name+".yaml", written)
	if err != nil {
		t.Fatalf("what was written cannot be read: %v\n%s", err, written)
	}
	if !reflect.DeepEqual(read, scene) {
		t.Errorf("%+v was written as\n%s\nand read as %+v", scene, written, read)
	}
}

const wholeScene = `
title: Everything that there is
description: |
  One line,
  and another.
topics:
  - name: orders
    partitions: 4
  - {name: payments, partitions: 1}
producers:
  - topic: orders
    rate: 12.5
    keys: 7
  - topic: payments
settings:
  session.timeout.ms: 10000
groups:
  - name: 1
    topics: [orders]
    settings:
      partition.assignment.strategy: sticky
      processing.ms: 0.5
    consumers:
      - anna
      - name: consumer-2
        settings: {group.instance.id: two, heartbeat.interval.ms: 1000}
  - name: new style
    settings: {group.protocol: consumer, group.remote.assignor: range}
actions:
  - {after: 1m30s, do: kill, consumer: anna}
  - {after: 5s, do: start, consumer: kip-1, group: new style, settings: {max.poll.records: 3}}
  - {after: 6s, do: slow, consumer: kip-1, processing.ms: 1500}
  - {after: 7s, do: rate, rate: 0}
  - {after: 8s, do: add-partitions, topic: payments, partitions: 3}
  - {after: 9s, do: crash, consumer: consumer-2, records: 4}
`

func TestParseScene(t *testing.T) {
	got, err := ParseScene("/some/where/mine.yaml", []byte(wholeScene))
	if err != nil {
		t.Fatal(err)
	}
	action := func(kind model.LabActionKind, consumer string) model.LabAction {
		return model.LabAction{Kind: kind, Consumer: consumer}
	}
	start, slow, crash := action(model.LabStartConsumer, "kip-1"), action(model.LabSlow, "kip-1"), action(model.LabCrash, "consumer-2")
	start.Group, slow.ProcessingTime, crash.Records = "new style", 1500*time.Millisecond, 4
	wanted := Scene{
		Name: "mine", Title: "Everything that there is", Description: "One line,\nand another.",
		Topics:    []Topic{{"orders", 4}, {"payments", 1}},
		Producers: []Producer{{Topic: "orders", Rate: model.Some(12.5), Keys: 7}, {Topic: "payments"}},
		Settings:  Settings{"session.timeout.ms": "10000"},
		Groups: []Group{
			{
				Name: "1", Topics: []string{"orders"}, Settings: Settings{"partition.assignment.strategy": "sticky", "processing.ms": "0.5"},
				Consumers: []Consumer{{Name: "anna"}, {"consumer-2", Settings{"group.instance.id": "two", "heartbeat.interval.ms": "1000"}}},
			},
			{Name: "new style", Settings: Settings{"group.protocol": "consumer", "group.remote.assignor": "range"}},
		},
		Steps: []Step{
			{After: 90 * time.Second, Action: action(model.LabKill, "anna")},
			{After: 5 * time.Second, Action: start, Settings: Settings{"max.poll.records": "3"}},
			{After: 6 * time.Second, Action: slow},
			{After: 7 * time.Second, Action: model.LabAction{Kind: model.LabRate}},
			{After: 8 * time.Second, Action: model.LabAction{Kind: model.LabAddPartitions, Topic: "payments", Partitions: 3}},
			{After: 9 * time.Second, Action: crash},
		},
	}
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("got\n%+v, wanted\n%+v", got, wanted)
	}
	roundTrip(t, got)
}

// What is said nearest to a consumer counts: the defaults, the scene, its group, itself.
func TestSettingsOfAConsumer(t *testing.T) {
	scene, err := ParseScene("mine.yaml", []byte(wholeScene))
	if err != nil {
		t.Fatal(err)
	}
	scene = scene.Completed(20, SettingsOf(with(func(s *model.ConsumerSettings) {
		s.SessionTimeout, s.MaxPollRecords, s.Assignor = 30*time.Second, 17, "roundrobin"
	})))
	for _, test := range []struct {
		group    string
		own      Settings
		wanted   func(*model.ConsumerSettings)
		consumer string
	}{
		{"1", nil, func(s *model.ConsumerSettings) {
			s.Assignor, s.ProcessingTime, s.HeartbeatInterval = "sticky", 500*time.Microsecond, 100*time.Millisecond
		}, "the group's own over the scene's"},
		{"1", scene.Groups[0].Consumers[1].Settings, func(s *model.ConsumerSettings) {
			s.Assignor, s.ProcessingTime, s.InstanceID, s.HeartbeatInterval = "sticky", 500*time.Microsecond, "two", time.Second
		}, "its own over the group's"},
		{"new style", nil, func(s *model.ConsumerSettings) {
			s.GroupProtocol, s.RemoteAssignor, s.Assignor = model.ProtocolConsumer, "range", "roundrobin"
		}, "the broker's assignor with the consumer protocol"},
		{"another", nil, func(s *model.ConsumerSettings) { s.Assignor = "roundrobin" }, "a group that the scene does not know"},
	} {
		wanted := with(func(s *model.ConsumerSettings) {
			s.SessionTimeout, s.MaxPollRecords = 10*time.Second, 17
			test.wanted(s)
		})
		got, err := scene.settings(test.group, test.own)
		if wanted = settings.Complete(wanted); err != nil || got != wanted {
			t.Errorf("%s: %+v (%v), wanted %+v", test.consumer, got, err, wanted)
		}
	}
	if rate := scene.Producers[0].Rate.Or(0); rate != 12.5 {
		t.Errorf("a rate that the scene gives became %v", rate)
	}
	if rate := scene.Producers[1].Rate.Or(0); rate != 20 {
		t.Errorf("a rate that the scene leaves open became %v", rate)
	}
}

const smallScene = `topics: [{name: orders, partitions: 4}]
groups:
  - name: g
    consumers: [consumer-1, consumer-2]
`

func TestParseSceneErrors(t *testing.T) {
	for _, test := range []struct {
		why, content string
		says         []string
	}{
		{"an unknown key, with the one that was meant", "topics:\n  - name: a\n    partition: 3\n", []string{
			`mine.yaml:3: topics[0] has the unknown key "partition"; did you mean "partitions"?; accepted: name, partitions`,
			`mine.yaml:2: topics[0].partitions is missing`,
		}},
		{"an unknown setting", smallScene + "settings:\n  session.timeout: 6000\n", []string{`mine.yaml:6: settings has the unknown key "session.timeout"; did you mean "session.timeout.ms"`}},
		{"milliseconds with a unit", smallScene + "settings:\n  session.timeout.ms: 6s\n", []string{`mine.yaml:6: settings.session.timeout.ms is "6s"; accepted: a number of milliseconds`}},
		{"a time without a unit", smallScene + "actions:\n  - {after: 5, do: kill, consumer: consumer-1}\n", []string{`mine.yaml:6: actions[0].after is "5"; accepted: a time with its unit, such as 5s`}},
		{"an unknown action", smallScene + "actions:\n  - {after: 5s, do: crush, consumer: consumer-1}\n", []string{`mine.yaml:6: actions[0].do is "crush"; did you mean "crash"`, "accepted: start, leave, kill"}},
		{"a key of another action", smallScene + "actions:\n  - {after: 5s, do: kill, consumer: consumer-1, rate: 3}\n", []string{`mine.yaml:6: actions[0] has the unknown key "rate"; accepted: after, do, consumer`}},
		{"an action that says too little", smallScene + "actions:\n  - {after: 5s, do: slow}\n", []string{"actions[0].consumer is missing", "actions[0].processing.ms is missing"}},
		{"a consumer that there is not", smallScene + "actions:\n  - after: 5s\n    do: kill\n    consumer: consumer-3\n", []string{`mine.yaml:8: actions[0].consumer is "consumer-3", and there is no such consumer in the scene; did you mean "consumer-1" or "consumer-2"?`}},
		{"a consumer in a group that there is not", smallScene + "actions:\n  - {after: 5s, do: start, consumer: c, group: h}\n", []string{`actions[0].group is "h"`}},
		{"a consumer twice", smallScene + "  - name: h\n    consumers:\n      - consumer-1\n", []string{`mine.yaml:7: groups[1].consumers[0] has the name "consumer-1"`}},
		{"a static member twice", smallScene + "  - name: h\n    settings: {group.instance.id: x}\n    consumers: [a, b]\n", []string{`groups[1].consumers[1].settings.group.instance.id is "x", as that of a`}},
		{"a producer for no topic", smallScene + "producers:\n  - topic: order\n", []string{`mine.yaml:6: producers[0].topic is "order", and there is no such topic in the scene; did you mean "orders"?`}},
		{"a rate for a topic that nobody writes to", smallScene + "actions:\n  - {after: 5s, do: rate, rate: 3}\n", []string{`is "orders", which has no producer`}},
		{"fewer partitions", smallScene + "actions:\n  - {after: 5s, do: add-partitions, partitions: 3}\n", []string{"orders begins with 4"}},
		{"an assignor that there is not", smallScene + "settings:\n  partition.assignment.strategy: best\n", []string{`mine.yaml:6: settings.partition.assignment.strategy is "best"; accepted: range, roundrobin`}},
		{"settings of two levels that do not fit", smallScene + "    settings: {heartbeat.interval.ms: 7000}\nsettings:\n  session.timeout.ms: 6500\n", []string{"mine.yaml:5: groups[0].settings.heartbeat.interval.ms is 7000; accepted: 0 to 6499, below session.timeout.ms (6500)"}},
		{"too many partitions", "topics: [{name: a, partitions: 1000000}]\n", []string{"mine.yaml:1: topics[0].partitions is 1000000; accepted: 1 to 1000"}},
		{"more than a number can be", "topics: [{name: a, partitions: 99999999999999999999}]\n", []string{`partitions is "99999999999999999999"; accepted: 1 to 1000`}},
		{"too many partitions together", "topics:\n" + items(6, "{name: t%d, partitions: 900}"), []string{"topics have 5400 partitions in all"}},
		{"too many topics", "topics:\n" + items(51, "{name: t%d, partitions: 1}"), []string{"topics are 51; accepted: at most 50"}},
		{"too many consumers in a group", smallScene + "  - name: h\n    consumers:\n" + items(101, "c%d"), []string{"groups[1].consumers are 101"}},
		{"too many consumers together", smallScene + "  - name: h\n    consumers:\n" + items(99, "c%d"), []string{"groups have 101 consumers"}},
		{"a rate that is none", smallScene + "producers: [{topic: orders, rate: .nan}]\n", []string{"producers[0].rate"}},
		{"a rate without end", smallScene + "producers: [{topic: orders, rate: Inf}]\n", []string{"producers[0].rate is +Inf"}},
		{"a key twice", smallScene + "topics: []\n", []string{"mine.yaml:5: topics is a duplicate key"}},
		{"a value without its key's list", "topics: orders\n", []string{`mine.yaml:1: topics is the single value "orders"; accepted: a list`}},
		{"a list for a value", "topics: [{name: [a], partitions: 1}]\n", []string{"topics[0].name is a list; accepted: a single value"}},
		{"no value", "topics: [{name: , partitions: 1}]\n", []string{"topics[0].name has no value"}},
		{"no topic", "groups: []\n", []string{"topics is missing"}},
		{"all topics commented out", "topics:\n# - name: a\n", []string{"topics are empty"}},
		{"an alias", "topics: &x [{name: a, partitions: 1}]\nproducers: *x\n", []string{"mine.yaml:2: producers is an alias, which is not taken here"}},
		{"no YAML", "topics: [\n", []string{"mine.yaml:", "this is not YAML"}},
		{"nothing", "# later\n", []string{"mine.yaml is empty"}},
		{"two documents", smallScene + "---\n" + smallScene, []string{"more than one document"}},
		{"another kind of file, of which nothing is quoted", "hunter2\n", []string{"mine.yaml is not a scene"}},
		{"a large file", strings.Repeat("#\n", MaxSceneFile), []string{"at most 1048576"}},
		{"very much that is wrong", strings.Repeat("a: 1\n", 1000), []string{"and 981 problems more"}},
		{"what would not stay on its line", "topics: [{name: \"a\\e[2J\\nb\", partitions: 1}]\n", []string{`"a\x1b[2J\nb"`}},
	} {
		t.Run(test.why, func(t *testing.T) {
			_, err := ParseScene("mine.yaml", []byte(test.content))
			if err == nil {
				t.Fatal("it was read")
			}
			for _, says := range test.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("the error is\n%v\nwanted in it\n%s", err, says)
				}
			}
			if strings.Contains(err.Error(), "hunter2") || len(err.Error()) > 10_000 {
				t.Errorf("the error says too much: %d bytes", len(err.Error()))
			}
		})
	}
}

// items are lines of a list.
func items(n int, format string) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "      - "+format+"\n", i)
	}
	return out.String()
}

// Any scene is read as it was written.
func TestWrittenScenesAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scene := drawScene(t)
		if problems := scene.check(); len(problems) > 0 {
			t.Fatalf("the scene cannot be played: %v", problems)
		}
		roundTrip(t, scene)
	})
}

func drawScene(t *rapid.T) Scene {
	plain := rapid.StringMatching(`[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}`)
	prose := rapid.Map(rapid.StringOfN(rapid.Rune(), 0, 30, -1), func(s string) string {
		return strings.TrimSpace(strings.Map(func(r rune) rune {
			if !isPrintable(string(r)) {
				return -1
			}
			return r
		}, s))
	})
	s := Scene{Name: "drawn", Title: prose.Draw(t, "title"), Settings: drawSettings(t)}
	s.Description = strings.TrimSpace(prose.Draw(t, "first line") + "\n" + prose.Draw(t, "second line"))
	for _, name := range rapid.SliceOfNDistinct(plain, 1, 4, rapid.ID).Draw(t, "topics") {
		s.Topics = append(s.Topics, Topic{name, rapid.Int32Range(1, MaxPartitions).Draw(t, "partitions")})
		if !rapid.Bool().Draw(t, "has a producer") {
			continue
		}
		p := Producer{Topic: name, Keys: rapid.IntRange(0, MaxKeys).Draw(t, "keys")}
		if rapid.Bool().Draw(t, "has a rate") {
			p.Rate = model.Some(rapid.Float64Range(0, maxRate).Draw(t, "rate"))
		}
		s.Producers = append(s.Producers, p)
	}
	topic := rapid.SampledFrom(s.topicsOf(""))
	names := rapid.SliceOfNDistinct(plain, 2, 9, rapid.ID).Draw(t, "consumers")
	for _, name := range rapid.SliceOfNDistinct(prose.Filter(func(s string) bool { return s != "" }), 1, 4, rapid.ID).Draw(t, "groups") {
		g := Group{Name: name, Settings: drawSettings(t)}
		if rapid.Bool().Draw(t, "some topics") {
			g.Topics = []string{topic.Draw(t, "topic")}
		}
		for len(names) > 1 && rapid.Bool().Draw(t, "a consumer") {
			g.Consumers = append(g.Consumers, Consumer{names[0], drawSettings(t)})
			names = names[1:]
		}
		s.Groups = append(s.Groups, g)
	}
	s.Steps = []Step{{
		After:    time.Duration(rapid.Int64Range(0, int64(MaxAfter)).Draw(t, "after")),
		Action:   model.LabAction{Kind: model.LabStartConsumer, Consumer: names[0], Group: s.Groups[0].Name},
		Settings: drawSettings(t),
	}}
	for range rapid.IntRange(0, 4).Draw(t, "actions") {
		s.Steps = append(s.Steps, drawStep(t, s, names[0]))
	}
	return s
}

func drawStep(t *rapid.T, s Scene, consumer string) Step {
	kind := rapid.SampledFrom(sceneActions).Filter(func(a sceneAction) bool { return a.kind != model.LabStartConsumer }).Draw(t, "kind").kind
	if kind == model.LabRate && len(s.Producers) == 0 {
		kind = model.LabKill
	}
	step := Step{After: time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "after")), Action: model.LabAction{Kind: kind}}
	switch a := &step.Action; kind {
	case model.LabRate:
		a.Topic, a.Rate = s.Producers[0].Topic, rapid.Float64Range(0, maxRate).Draw(t, "rate")
	case model.LabAddPartitions:
		a.Topic = s.Topics[0].Name
	default:
		a.Consumer = consumer
		if kind == model.LabSlow {
			a.ProcessingTime = time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "processing"))
		}
		if kind == model.LabCrash {
			a.Records = rapid.IntRange(0, maxCrashRecords).Draw(t, "records")
		}
	}
	return step
}

// drawSettings are some settings, any of which fit together.
func drawSettings(t *rapid.T) Settings {
	all := SettingsOf(with(func(s *model.ConsumerSettings) {
		s.SessionTimeout = time.Duration(rapid.IntRange(5000, 90_000).Draw(t, "session")) * time.Millisecond
		s.MaxPollRecords = rapid.IntRange(1, 100_000).Draw(t, "records")
		s.ProcessingTime = time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "processing"))
		s.Assignor = rapid.SampledFrom(assignors()).Draw(t, "assignor")
	}))
	for _, name := range settings.Names() {
		if _, has := all[name]; has && rapid.Bool().Draw(t, "without "+name) {
			delete(all, name)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// Whatever a file holds, reading it ends, within its limits, in a scene that can be written and read, or in an error that
// names the file.
func FuzzParseScene(f *testing.F) {
	f.Add([]byte(wholeScene))
	f.Add([]byte(smallScene))
	f.Add([]byte("topics: &a [*a]\n<<: *a\n"))
	f.Add([]byte("? [a]\n: {b: !!binary aGVsbG8=}\n"))
	f.Add([]byte("topics: [{name: \"\\uFEFF\", partitions: 0x7fffffff}]\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		scene, err := ParseScene("fuzzed.yaml", content)
		if err == nil {
			roundTrip(t, scene)
		} else if !strings.HasPrefix(err.Error(), "fuzzed.yaml") {
			t.Errorf("the error does not name the file: %v", err)
		}
	})
}
