package lab

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka"
	"regroup/model"
)

const (
	// produceTick is how often a producer sends the records that are due.
	produceTick = 10 * time.Millisecond
	// maxBacklog is the time that a delayed producer catches up on. Records that were due earlier are not sent.
	maxBacklog = time.Second
)

// producer is the worker of a producer child.
type producer struct {
	config   producerConfig
	brokers  []string
	sarama   *sarama.Config
	status   status
	rate     atomic.Uint64 // math.Float64bits of records a second
	produced atomic.Int64  // records that a broker has acknowledged
}

func newProducer(cluster kafka.Config, config producerConfig, changed func()) (*producer, error) {
	cluster.ClientID = config.Name
	conf, err := cluster.Sarama()
	if err != nil {
		return nil, fmt.Errorf("producer of %s: %w", config.Topic, err)
	}
	conf.Producer.Partitioner = sarama.NewMurmur2Partitioner // a state is in the same partition as with Java's producer
	conf.Producer.RequiredAcks = sarama.WaitForAll
	conf.Producer.Return.Successes = true
	conf.Producer.Return.Errors = true
	conf.Metadata.RefreshFrequency = metadataInterval
	conf.Metadata.Full = false
	p := &producer{
		config: config, brokers: cluster.Brokers, sarama: conf,
		status: status{state: model.LabStarting, changed: changed},
	}
	p.setRate(config.Rate)
	return p, nil
}

func (p *producer) setRate(rate float64) { p.rate.Store(math.Float64bits(rate)) }
func (p *producer) wanted() float64      { return math.Float64frombits(p.rate.Load()) }

func (p *producer) command(cmd command) error {
	if cmd.Command != commandRate {
		return fmt.Errorf("unknown command %q for a producer", cmd.Command)
	}
	if err := validateRate(cmd.Rate); err != nil {
		return err
	}
	p.setRate(cmd.Rate)
	p.status.changed()
	return nil
}

func (p *producer) run(ctx context.Context) error {
	for ctx.Err() == nil {
		out, err := sarama.NewAsyncProducer(p.brokers, p.sarama)
		if err == nil {
			err = p.produce(ctx, out)
		}
		if fatal := fatalError(err); fatal != nil {
			err = fmt.Errorf("producer of %s: %w", p.config.Topic, fatal)
			p.status.setState(model.LabFailed, err.Error())
			return err
		}
		if err != nil {
			p.status.setNote(fmt.Sprintf("cannot connect to %v: %v; trying again", p.brokers, err))
			sleep(ctx, retryDelay)
		}
	}
	p.status.setState(model.LabLeft, "")
	return nil
}

// produce sends records until ctx ends or a broker's error is fatal.
func (p *producer) produce(ctx context.Context, out sarama.AsyncProducer) (err error) {
	p.status.setState(model.LabRunning, "")
	drained := make(chan struct{})
	fatal := make(chan error, 1)
	go func() {
		defer close(drained)
		p.drainResults(out, fatal)
	}()
	defer func() {
		out.AsyncClose() // sends the rest, then closes both channels that drainResults reads
		<-drained
	}()

	ticker := time.NewTicker(produceTick)
	defer ticker.Stop()
	due, last := 0.0, time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err = <-fatal:
			return err
		case now := <-ticker.C:
			rate := p.wanted()
			due = min(due+rate*now.Sub(last).Seconds(), rate*maxBacklog.Seconds())
			last = now
		}
		for ; due >= 1; due-- {
			select {
			case out.Input() <- newRecord(p.config.Topic, orDefault(p.config.Keys, MaxKeys)):
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// drainResults counts the records that were written, and notes the failures.
func (p *producer) drainResults(out sarama.AsyncProducer, fatal chan<- error) {
	successes, failures := out.Successes(), out.Errors()
	for successes != nil || failures != nil {
		select {
		case _, open := <-successes:
			if !open {
				successes = nil
				continue
			}
			p.produced.Add(1)
		case failure, open := <-failures:
			if !open {
				failures = nil
				continue
			}
			p.status.setNote(fmt.Sprintf("a record was not written: %v", failure.Err))
			if fatalError(failure.Err) != nil {
				select {
				case fatal <- failure.Err:
				default:
				}
			}
		}
	}
}

// newRecord has one of the first states as a string key and a random amount as Kafka's DoubleSerializer writes it: eight bytes,
// big-endian.
func newRecord(topic string, keys int) *sarama.ProducerMessage {
	amount := math.Round(rand.Float64()*100_000) / 100
	return &sarama.ProducerMessage{
		Topic: topic,
		Key:   sarama.StringEncoder(states[rand.IntN(keys)]),
		Value: sarama.ByteEncoder(binary.BigEndian.AppendUint64(nil, math.Float64bits(amount))),
	}
}

func (p *producer) report() report {
	r := report{Count: p.produced.Load(), Rate: p.wanted()}
	r.State, r.Note = p.status.get()
	return r
}

// states are the keys of the demo's records: the states of the USA.
var states = [...]string{
	"Alabama", "Alaska", "Arizona", "Arkansas", "California", "Colorado", "Connecticut", "Delaware", "Florida", "Georgia",
	"Hawaii", "Idaho", "Illinois", "Indiana", "Iowa", "Kansas", "Kentucky", "Louisiana", "Maine", "Maryland",
	"Massachusetts", "Michigan", "Minnesota", "Mississippi", "Missouri", "Montana", "Nebraska", "Nevada", "New Hampshire", "New Jersey",
	"New Mexico", "New York", "North Carolina", "North Dakota", "Ohio", "Oklahoma", "Oregon", "Pennsylvania", "Rhode Island", "South Carolina",
	"South Dakota", "Tennessee", "Texas", "Utah", "Vermont", "Virginia", "Washington", "West Virginia", "Wisconsin", "Wyoming",
}
