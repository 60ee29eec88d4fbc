package lab

import (
	"context"
	"strings"
	"testing"
	"time"

	"regroup/kafka"
	"regroup/model"
)

func sceneNamed(t *testing.T, name string) Scene {
	t.Helper()
	scene, err := SceneByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return scene
}

// oneConsumer is a scene with a topic of four partitions, a producer and one quick consumer, for actions to be tried on.
func oneConsumer(settings model.ConsumerSettings) Scene {
	return Scene{
		Name:      "one",
		Topics:    []Topic{{Name: "orders", Partitions: 4}},
		Producers: []Producer{{Topic: "orders", Rate: model.Some(100.0)}},
		Settings:  SettingsOf(settings),
		Groups:    []Group{{Name: "g", Consumers: []Consumer{{Name: "consumer-1"}}}},
	}
}

func TestClassicScene(t *testing.T) {
	t.Parallel()
	s := play(t, sceneNamed(t, ""))
	s.settles("1consumer", map[string][]int32{"consumer-1": {0, 1}, "consumer-2": {2, 3}})
	s.settles("1consumer", map[string][]int32{"consumer-1": {0, 1}, "consumer-2": {2}, "consumer-3": {3}})
	s.settles("2consumer", map[string][]int32{"reader-1": {0, 1, 2, 3}})

	for name, wanted := range map[string]string{
		"consumer-1": "[myorders-0 myorders-1]", "consumer-2": "[myorders-2]", "consumer-3": "[myorders-3]",
		"reader-1": "[myorders-0 myorders-1 myorders-2 myorders-3]",
	} {
		eventually(t, name+" says what it owns, its member id, its rate and its last record", func() bool {
			c := s.consumer(name)
			return c.State == model.LabRunning && sprint(c.Owns) == wanted && strings.HasPrefix(c.MemberID, name+"-") &&
				c.Rate.Or(0) > 0 && c.Processed > 0 && c.LastRecord != nil && c.LastRecord.Key != "" && c.LastRecord.Value != ""
		})
	}
	if p := s.producer(); p.State != model.LabRunning || p.Topic != "myorders" || p.Wanted != DefaultRate {
		t.Errorf("the producer is %+v", p)
	}
}

func sprint(owns []model.TopicPartition) string {
	words := make([]string, len(owns))
	for i, tp := range owns {
		words[i] = tp.String()
	}
	return "[" + strings.Join(words, " ") + "]"
}

func TestTwoPartitionsSceneLeavesOneIdle(t *testing.T) {
	t.Parallel()
	s := play(t, sceneNamed(t, "two-partitions"))
	s.settles("1", map[string][]int32{"consumer-1": {0}, "consumer-2": {1}, "consumer-3": {}})
	s.settles("2", map[string][]int32{"reader-1": {0, 1}})
	eventually(t, "the idle one is said to run and to own nothing", func() bool {
		c := s.consumer("consumer-3")
		return c.State == model.LabRunning && len(c.Owns) == 0 && c.MemberID != ""
	})
}

func TestSceneByName(t *testing.T) {
	for _, name := range []string{"", "classic", "two-partitions"} {
		if _, err := SceneByName(name); err != nil {
			t.Errorf("SceneByName(%q): %v", name, err)
		}
	}
	_, err := SceneByName("opera")
	if err == nil || !strings.Contains(err.Error(), "opera") || !strings.Contains(err.Error(), "classic, two-partitions") {
		t.Errorf("an unknown scene gives %v; it should name it and the known ones", err)
	}
}

func TestScenesAreCopies(t *testing.T) {
	scene := sceneNamed(t, "classic")
	withSettings(scene.WithPrefix("x-"), quick())
	scene.Topics[0].Name, scene.Groups[0].Name, scene.Groups[0].Consumers[0].Name = "changed", "changed", "changed"
	again := sceneNamed(t, "classic")
	if again.Topics[0].Name != "myorders" || again.Groups[0].Name != "1consumer" || again.Groups[0].Consumers[0].Name != "consumer-1" || again.Settings != nil {
		t.Errorf("a change to a scene changed the next one: %+v", again)
	}
}

func TestNewRefusesWhatCannotBePlayed(t *testing.T) {
	config := kafka.Config{Brokers: []string{"127.0.0.1:9092"}}
	good := func() Options {
		return Options{Kafka: config, Command: childCommand(), Scene: oneConsumer(quick())}
	}
	for _, test := range []struct {
		name string
		spoi func(*Options)
		says string
	}{
		{"no program", func(o *Options) { o.Command = nil }, "child command is empty"},
		{"no broker", func(o *Options) { o.Kafka.Brokers = nil }, "broker"},
		{"no topic", func(o *Options) { o.Scene.Topics = nil }, "needs at least one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			options := good()
			if _, err := New(options); err != nil {
				t.Fatalf("the options were wrong before: %v", err)
			}
			test.spoi(&options)
			if _, err := New(options); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("New gave %v, wanted it to say %q", err, test.says)
			}
		})
	}
}

func TestStartFailsClearlyWithoutABroker(t *testing.T) {
	lab, err := New(Options{
		Kafka:   kafka.Config{Brokers: []string{"127.0.0.1:1"}, DialTimeout: time.Second},
		Command: childCommand(), Scene: oneConsumer(quick()),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := lab.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	if err := lab.Start(context.Background()); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("Start gave %v, wanted it to name the address", err)
	}
}

func TestStartFailsClearlyWithoutTheProgram(t *testing.T) {
	t.Parallel()
	_, config := newCluster(t)
	lab, err := New(Options{Kafka: config, Command: []string{"/nowhere/regroup", argChild}, Scene: oneConsumer(quick())})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lab.Close(context.Background()) }()
	if err := lab.Start(context.Background()); err == nil || !strings.Contains(err.Error(), "/nowhere/regroup") {
		t.Errorf("Start gave %v, wanted it to name the program", err)
	}
}

func TestCallsOutOfOrder(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, config := newCluster(t)
	lab, err := New(Options{Kafka: config, Command: childCommand(), Scene: oneConsumer(quick())})
	if err != nil {
		t.Fatal(err)
	}
	rate := model.LabAction{Kind: model.LabRate, Rate: 1}
	if err := lab.Do(ctx, rate); err == nil || !strings.Contains(err.Error(), "not been started") {
		t.Errorf("Do before Start gave %v", err)
	}
	if err := lab.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := lab.Start(ctx); err == nil || !strings.Contains(err.Error(), "started before") {
		t.Errorf("a second Start gave %v", err)
	}
	for range 2 {
		if err := lab.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if err := lab.Do(ctx, rate); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("Do after Close gave %v", err)
	}
	if err := lab.Start(ctx); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("Start after Close gave %v", err)
	}
}

func TestCloseOfALabThatWasNeverStarted(t *testing.T) {
	lab, err := New(Options{Kafka: kafka.Config{Brokers: []string{"127.0.0.1:1"}}, Command: childCommand(), Scene: oneConsumer(quick())})
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestNamesAreUsedOnce(t *testing.T) {
	l := &Lab{groups: map[string]*groupState{}, names: map[string]bool{}}
	l.reserveNames(Scene{
		Groups: []Group{
			{Name: "1consumer", Consumers: []Consumer{{Name: "consumer-1"}, {Name: "consumer-2"}}},
			{Name: "2consumer", Consumers: []Consumer{{Name: "anna"}}},
		},
		Steps: []Step{{Action: model.LabAction{Kind: model.LabStartConsumer, Group: "1consumer", Consumer: "consumer-4"}}},
	})
	for _, step := range []struct{ group, name, wanted, why string }{
		{"1consumer", "consumer-1", "consumer-1", "the scene's own"},
		{"1consumer", "consumer-1", "error", "a name is given once"},
		{"1consumer", "", "consumer-3", "the first that the scene keeps for nobody: the group goes on as its first consumer is called"},
		{"1consumer", "", "consumer-5", "consumer-4 is kept for the one that the scene starts later"},
		{"1consumer", "consumer-4", "consumer-4", "which comes"},
		{"2consumer", "", "2consumer-1", "a group whose consumers have no numbers has its own name and a number"},
		{"consumer", "", "consumer-6", "a group of that name gets what is still free"},
		{"audit", "", "audit-1", "a group that the scene does not know is its own prefix"},
		{"audit", "berta", "berta", "a name that was asked for"},
		{"späte Züge", "", "sp-te-Z-ge-1", "a client.id is plain on brokers of every version"},
		{"audit", "späte", "error", "also one that was asked for"},
	} {
		got, _, err := l.nameConsumer(step.group, step.name, nil)
		if err != nil {
			got = "error"
		}
		if got != step.wanted {
			t.Errorf("group %q and name %q gave %q (%v), wanted %q: %s", step.group, step.name, got, err, step.wanted, step.why)
		}
	}
}
