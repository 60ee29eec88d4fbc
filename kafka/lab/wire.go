package lab

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"regroup/kafka"
	"regroup/model"
	"regroup/model/settings"
)

// maxLine bounds a line between a child and its parent. A report of a consumer that owns 10,000 partitions fits.
const maxLine = 4 << 20

// The kinds of child.
const (
	kindConsumer = "consumer"
	kindProducer = "producer"
)

// childConfig is the first line that a child reads.
type childConfig struct {
	Kind     string            `json:"kind"`
	Kafka    kafka.WithSecrets `json:"kafka"`
	Consumer *consumerConfig   `json:"consumer,omitempty"`
	Producer *producerConfig   `json:"producer,omitempty"`
}

type consumerConfig struct {
	Name     string                 `json:"name"`
	Group    string                 `json:"group"`
	Topics   []string               `json:"topics"`
	Settings model.ConsumerSettings `json:"settings"`
}

type producerConfig struct {
	Name  string  `json:"name"`
	Topic string  `json:"topic"`
	Rate  float64 `json:"rate"` // records a second
	Keys  int     `json:"keys"` // number of different keys; 0 is all
}

// The commands of a child.
const (
	commandSlow  = "slow"  // a consumer: ProcessingTime
	commandCrash = "crash" // a consumer: Records
	commandRate  = "rate"  // a producer: Rate
	commandLeave = "leave" // either: leave and end. For platforms without SIGTERM
)

type command struct {
	Command        string        `json:"command"`
	ProcessingTime time.Duration `json:"processing_time,omitempty"` // nanoseconds
	Records        int           `json:"records,omitempty"`
	Rate           float64       `json:"rate,omitempty"`
}

// report is a line that a child writes: its whole state, so that a later one replaces an earlier one. Only Ranges are in one
// report each.
type report struct {
	State          model.LabState         `json:"state"`
	MemberID       string                 `json:"member_id,omitempty"`
	Owns           []model.TopicPartition `json:"owns,omitempty"`
	Count          int64                  `json:"count"`                     // records processed or produced
	ProcessingTime time.Duration          `json:"processing_time,omitempty"` // nanoseconds
	Rate           float64                `json:"rate,omitempty"`            // a producer's wanted rate
	LastRecord     *model.LabRecord       `json:"last_record,omitempty"`
	Note           string                 `json:"note,omitempty"`

	Ranges      []offsetRange      `json:"ranges,omitempty"` // processed since the previous report
	Counts      []model.LabCounts  `json:"counts,omitempty"`
	CountsLost  int64              `json:"counts_lost,omitempty"`
	Uncommitted model.Maybe[int64] `json:"uncommitted"`
	Started     int64              `json:"started,omitempty"` // records whose processing started
	Age         time.Duration      `json:"age,omitempty"`     // nanoseconds: the sum of their ages then
	Fetches     int64              `json:"fetches,omitempty"` // fetch requests
}

// errEndOfInput says that the parent is gone, or ends the child at once.
var errEndOfInput = errors.New("the standard input has ended")

// lineReader reads the lines of a child's standard input.
type lineReader struct{ scanner *bufio.Scanner }

func newLineReader(in io.Reader) *lineReader {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, maxLine)
	return &lineReader{scanner}
}

// next decodes the next line into value; errEndOfInput when there is none.
func (r *lineReader) next(value any) error {
	if !r.scanner.Scan() {
		if err := r.scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
			return fmt.Errorf("a line is longer than %d bytes", maxLine)
		}
		return errEndOfInput // after a read error there is no parent either
	}
	return decodeStrictly(r.scanner.Bytes(), value)
}

// decodeStrictly refuses unknown fields and anything after the value. Its errors never quote the line, which may hold a
// password.
func decodeStrictly(line []byte, value any) error {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value); err != nil {
		return fmt.Errorf("a line of %d bytes is not the expected JSON: %w", len(line), err)
	}
	if decoder.More() {
		return fmt.Errorf("a line of %d bytes holds more than one JSON value", len(line))
	}
	return nil
}

// validate checks a configuration that was decoded.
func (c childConfig) validate() error {
	if (c.Consumer != nil) != (c.Kind == kindConsumer) || (c.Producer != nil) != (c.Kind == kindProducer) {
		return fmt.Errorf("kind %q must be %q with a consumer's settings, or %q with a producer's", c.Kind, kindConsumer, kindProducer)
	}
	switch {
	case c.Consumer != nil:
		if c.Consumer.Name == "" || c.Consumer.Group == "" || len(c.Consumer.Topics) == 0 {
			return errors.New("a consumer needs a name, a group and a topic")
		}
		return settings.Validate(c.Consumer.Settings)
	case c.Producer != nil:
		if c.Producer.Name == "" || c.Producer.Topic == "" {
			return errors.New("a producer needs a name and a topic")
		}
		if c.Producer.Keys < 0 || c.Producer.Keys > MaxKeys {
			return fmt.Errorf("%d different keys are not possible: use 1 to %d, or 0 for all", c.Producer.Keys, MaxKeys)
		}
		return validateRate(c.Producer.Rate)
	}
	return fmt.Errorf("kind %q is neither %q nor %q", c.Kind, kindConsumer, kindProducer)
}

// maxCrashRecords keeps a slip of the finger from becoming a consumer that commits nothing any more and never crashes.
const maxCrashRecords = 100_000

func validateCrash(records int) error {
	if records < 1 || records > maxCrashRecords {
		return fmt.Errorf("a crash with %d uncommitted records is not possible: use 1 to %d", records, maxCrashRecords)
	}
	return nil
}

// maxRate is the highest rate of a producer, records a second.
const maxRate = 100_000

func validateRate(rate float64) error {
	if math.IsNaN(rate) || rate < 0 || rate > maxRate {
		return fmt.Errorf("a rate of %v records a second is not possible: use 0 to %d", rate, maxRate)
	}
	return nil
}
