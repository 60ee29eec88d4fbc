package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"regroup/kafka"
	"regroup/model"
	"regroup/model/settings"
)

func line(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data) + "\n"
}

func goodConsumer() childConfig {
	return childConfig{
		Kind: kindConsumer, Kafka: kafka.WithSecrets{Config: kafka.Config{Brokers: []string{"127.0.0.1:1"}}},
		Consumer: &consumerConfig{Name: "consumer-1", Group: "g", Topics: []string{"t"}, Settings: settings.Complete(settings.Defaults())},
	}
}

func goodProducer() childConfig {
	return childConfig{
		Kind: kindProducer, Kafka: kafka.WithSecrets{Config: kafka.Config{Brokers: []string{"127.0.0.1:1"}}},
		Producer: &producerConfig{Name: "producer", Topic: "t", Rate: 1},
	}
}

func TestRunChildErrors(t *testing.T) {
	changed := func(c childConfig, change func(*childConfig)) string {
		change(&c)
		return line(t, c)
	}
	for _, test := range []struct {
		name, in, says string
	}{
		{"garbage", "\x00\xff\x1b[2J garbage\n", "not the expected JSON"},
		{"an empty line", "\n", "not the expected JSON"},
		{"a line that never ends", strings.Repeat("x", maxLine+1), "longer than"},
		{"another type", "[1,2,3]\n", "not the expected JSON"},
		{"a field that nobody knows", `{"kind":"consumer","surprise":1}` + "\n", "surprise"},
		{"two values", `{"kind":"consumer"}{"kind":"consumer"}` + "\n", "more than one"},
		{"no kind", "{}\n", "neither"},
		{"a kind that there is not", `{"kind":"broker"}` + "\n", `"broker"`},
		{"a consumer without its settings", `{"kind":"consumer"}` + "\n", "consumer's settings"},
		{"a producer with a consumer's", changed(goodConsumer(), func(c *childConfig) { c.Kind = kindProducer }), "kind"},
		{"no group", changed(goodConsumer(), func(c *childConfig) { c.Consumer.Group = "" }), "needs a name, a group"},
		{"no topic", changed(goodConsumer(), func(c *childConfig) { c.Consumer.Topics = nil }), "needs a name, a group"},
		{"no broker", changed(goodConsumer(), func(c *childConfig) { c.Kafka.Brokers = nil }), "brokers is empty"},
		{"settings that cannot be", changed(goodConsumer(), func(c *childConfig) { c.Consumer.Settings.MaxPollRecords = 0 }), "max.poll.records"},
		{"an assignor that there is not", changed(goodConsumer(), func(c *childConfig) { c.Consumer.Settings.Assignor = "best" }), "partition.assignment.strategy"},
		{"a rate that is none", changed(goodProducer(), func(c *childConfig) { c.Producer.Rate = -1 }), "-1 records"},
		{"a producer without a topic", changed(goodProducer(), func(c *childConfig) { c.Producer.Topic = "" }), "needs a name and a topic"},
		{"a garbage command", line(t, goodConsumer()) + "what?\n", "read a command"},
		{"a command that there is not", line(t, goodConsumer()) + `{"command":"dance"}` + "\n", `"dance"`},
		{"a producer's command for a consumer", line(t, goodConsumer()) + `{"command":"rate","rate":1}` + "\n", `"rate"`},
		{"a consumer's command for a producer", line(t, goodProducer()) + `{"command":"slow"}` + "\n", `"slow"`},
		{"a processing time that cannot be", line(t, goodConsumer()) + `{"command":"slow","processing_time":-1}` + "\n", "processing.ms"},
		{"a rate that cannot be", line(t, goodProducer()) + `{"command":"rate","rate":1e300}` + "\n", "records a second"},
	} {
		t.Run(test.name, func(t *testing.T) {
			// What is written never ends: it is the line that ends the child, not the end of the input.
			in, writer := io.Pipe()
			defer func() { _ = in.Close() }()
			go func() { _, _ = io.WriteString(writer, test.in) }()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			err := RunChild(ctx, in, io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("RunChild gave %v, wanted it to say %q", err, test.says)
			}
		})
	}
}

func TestErrorsDoNotQuoteAPassword(t *testing.T) {
	for _, in := range []string{
		`{"kind":"consumer","kafka":{"Password":"s3cret"},"surprise":1}`,
		`{"kafka":{"Password":"s3cret" oops`,
		`{"kafka":{"Password":["s3cret"]}}`,
		`{"kafka":{"Password":"s3cret","Surprise":1}}`,
	} {
		if err := RunChild(context.Background(), strings.NewReader(in+"\n"), io.Discard); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("RunChild gave %v", err)
		}
	}
}

func TestRunChildEndsWithItsInput(t *testing.T) {
	for name, in := range map[string]string{
		"before its configuration": "",
		"while it works":           line(t, goodProducer()),
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := RunChild(context.Background(), strings.NewReader(in), &out); err != nil {
				t.Errorf("RunChild gave %v", err)
			}
		})
	}
}

func TestRunChildLeavesWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	_, config := newCluster(t)
	for _, c := range []childConfig{goodConsumer(), goodProducer()} {
		t.Run(c.Kind, func(t *testing.T) {
			c.Kafka.Config = config
			in, writer := io.Pipe()
			defer func() { _ = in.Close() }()
			go func() { _, _ = io.WriteString(writer, line(t, c)) }()
			ctx, cancel := context.WithCancel(context.Background())
			reports := &reportSink{saw: func(r report) {
				if r.State == model.LabRunning || c.Kind == kindConsumer {
					cancel()
				}
			}}
			if err := RunChild(ctx, in, reports); err != nil {
				t.Errorf("RunChild gave %v", err)
			}
			if reports.last.State != model.LabLeft {
				t.Errorf("the last report is %+v", reports.last)
			}
		})
	}
}

// reportSink takes reports; RunChild writes them from one goroutine.
type reportSink struct {
	saw  func(report)
	last report
}

func (s *reportSink) Write(line []byte) (int, error) {
	if err := decodeStrictly(line, &s.last); err != nil {
		return 0, err
	}
	s.saw(s.last)
	return len(line), nil
}

func TestRunChildEndsWhenItsOutputIsClosed(t *testing.T) {
	in, writer := io.Pipe()
	defer func() { _ = in.Close() }()
	go func() { _, _ = io.WriteString(writer, line(t, goodProducer())) }()
	outReader, out := io.Pipe()
	_ = outReader.Close()
	if err := RunChild(context.Background(), in, out); err == nil || !strings.Contains(err.Error(), "standard output") {
		t.Errorf("RunChild gave %v", err)
	}
}

// Whatever the configuration gains, a child gets all of it.
func TestEveryPartOfTheConfigurationReachesTheChild(t *testing.T) {
	var sent childConfig
	fill(reflect.ValueOf(&sent).Elem(), "x")
	var got childConfig
	if err := decodeStrictly([]byte(line(t, sent)), &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(sent, got) {
		t.Errorf("sent %+v\ngot  %+v", sent, got)
	}
}

// fill gives every field a value other than its zero.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text+fmt.Sprint(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text)
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(1.5)
	default:
		v.SetInt(7)
	}
}
