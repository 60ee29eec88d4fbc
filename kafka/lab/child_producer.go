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
	// produceTick is how often a producer looks how many records are due.
	produceTick = 10 * time.Millisecond
	// mostBehind is the time for which a producer that was held up catches up. What it missed before is not sent.
	mostBehind = time.Second
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
	conf.Producer.Partitioner = sarama.NewMurmur2Partitioner // a state is in the partition where Java's producer puts it
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
		return fmt.Errorf("a producer does not know the command %q", cmd.Command)
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
			p.status.set(model.LabFailed, err.Error())
			return err
		}
		if err != nil {
			p.status.say(fmt.Sprintf("cannot connect to %v: %v; trying again", p.brokers, err))
			pause(ctx, retryPause)
		}
	}
	p.status.set(model.LabLeft, "")
	return nil
}

// produce sends records until ctx ends or what a broker answers is hopeless.
func (p *producer) produce(ctx context.Context, out sarama.AsyncProducer) (err error) {
	p.status.set(model.LabRunning, "")
	answered := make(chan struct{})
	hopeless := make(chan error, 1)
	go func() {
		defer close(answered)
		p.hear(out, hopeless)
	}()
	defer func() {
		out.AsyncClose() // sends what is on its way, then closes both channels that hear reads
		<-answered
	}()

	ticker := time.NewTicker(produceTick)
	defer ticker.Stop()
	due, last := 0.0, time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err = <-hopeless:
			return err
		case now := <-ticker.C:
			rate := p.wanted()
			due = min(due+rate*now.Sub(last).Seconds(), rate*mostBehind.Seconds())
			last = now
		}
		for ; due >= 1; due-- {
			select {
			case out.Input() <- newRecord(p.config.Topic, orDefault(p.config.Keys, MostKeys)):
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// hear counts what was written and tells what was not.
func (p *producer) hear(out sarama.AsyncProducer, hopeless chan<- error) {
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
			p.status.say(fmt.Sprintf("a record was not written: %v", failure.Err))
			if fatalError(failure.Err) != nil {
				select {
				case hopeless <- failure.Err:
				default:
				}
			}
		}
	}
}

// newRecord is one of the first states as a string and a random amount as eight bytes, big-endian, as Kafka's DoubleSerializer writes it.
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
