package tail

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/IBM/sarama"

	"regroup/kafka/records"
	"regroup/model"
)

const (
	// transactionCommits is how many commits of one open transaction are held; further ones are dropped.
	transactionCommits = 10_000
	// transactionsOpen is how many transactions of a partition may be open at once; further ones are dropped.
	transactionsOpen = 1_000

	batchOverhead  = 61 // bytes of a batch without its records
	recordOverhead = 10 // of a record without its key and value, about
)

// transaction is what an open transaction has committed: the last commit of each partition of each group, in order.
type transaction struct {
	records []model.Record
	byKey   map[string]int // the place in records, by the key's bytes
}

// decode appends the records of a partition's batches, with superseded ones zeroed, and advances the partition's offset.
func (t *Tail) decode(to []model.Record, p *partition, sets []*sarama.Records) []model.Record {
	commits := make(commitPlaces)
	for _, set := range sets {
		batch := set.RecordBatch
		if batch == nil { // the message format of before Kafka 0.11
			if set.MsgSet != nil {
				for _, m := range set.MsgSet.Messages {
					p.offset = max(p.offset, m.Offset+1)
					t.unrecognised.Add(1)
				}
			}
			continue
		}
		if batch.PartialTrailingRecord {
			break // the rest of it is in the next response
		}
		for _, record := range batch.Records {
			offset := batch.FirstOffset + record.OffsetDelta
			if offset < p.offset {
				continue // a batch is returned whole, although it begins before the offset
			}
			if batch.Control {
				to = p.endTransaction(to, batch.ProducerID, record.Key)
				continue
			}
			to = t.decodeRecord(to, p, commits, raw{offset, writtenAt(batch, record), record.Key, record.Value, batch.IsTransactional, batch.ProducerID})
		}
		t.bytes.Add(sizeOf(batch))
		p.offset = max(p.offset, batch.LastOffset()+1)
	}
	return to
}

// writtenAt is a record's timestamp.
func writtenAt(batch *sarama.RecordBatch, record *sarama.Record) time.Time {
	if batch.LogAppendTime {
		return batch.MaxTimestamp
	}
	return batch.FirstTimestamp.Add(record.TimestampDelta)
}

// sizeOf is about how many bytes a batch has, before compression.
func sizeOf(batch *sarama.RecordBatch) int64 {
	size := int64(batchOverhead)
	for _, record := range batch.Records {
		size += int64(len(record.Key) + len(record.Value) + recordOverhead)
	}
	return size
}

// raw is a record before it is decoded.
type raw struct {
	offset        int64
	written       time.Time
	key, value    []byte
	transactional bool
	producer      int64
}

// commitPlaces is where the first and the last commit of each partition of each group stand among the records, by the
// bytes of their keys. Of many commits in one response only these two are emitted.
type commitPlaces map[string][2]int

// withoutSuperseded removes the commits that later ones supersede.
func withoutSuperseded(records []model.Record) []model.Record {
	return slices.DeleteFunc(records, func(r model.Record) bool { return r == (model.Record{}) })
}

func (t *Tail) decodeRecord(to []model.Record, p *partition, commits commitPlaces, raw raw) []model.Record {
	kind, err := records.KindOf(raw.key)
	if err != nil {
		t.undecodable.Add(1)
		return to
	}
	key, err := records.ReadKey(raw.key)
	if err != nil {
		t.count(err)
		return to
	}
	if !t.wants(key.Group) {
		return to
	}
	record, err := key.Decode(raw.value)
	if err != nil {
		t.count(err)
		return to
	}
	record.Partition, record.Offset, record.Written = p.number, raw.offset, raw.written
	switch {
	case kind.IsCommit() && raw.transactional:
		p.hold(raw.producer, raw.key, record)
		return to
	case kind.IsCommit():
		if places, is := commits[string(raw.key)]; !is {
			commits[string(raw.key)] = [2]int{len(to), len(to)}
		} else {
			if places[1] != places[0] {
				to[places[1]] = model.Record{} // superseded
			}
			commits[string(raw.key)] = [2]int{places[0], len(to)}
		}
	}
	return append(to, record)
}

// count counts a record that cannot be used.
func (t *Tail) count(err error) {
	switch {
	case errors.Is(err, records.ErrUndecodable):
		t.undecodable.Add(1)
	case errors.Is(err, records.ErrUnrecognised):
		t.unrecognised.Add(1)
	}
}

// hold holds a commit until its transaction ends.
func (p *partition) hold(producer int64, key []byte, record model.Record) {
	held := p.transactions[producer]
	if held == nil {
		if len(p.transactions) >= transactionsOpen {
			return
		}
		if p.transactions == nil {
			p.transactions = make(map[int64]*transaction)
		}
		held = &transaction{byKey: make(map[string]int)}
		p.transactions[producer] = held
	}
	if place, is := held.byKey[string(key)]; is {
		held.records[place] = record
		return
	}
	if len(held.records) >= transactionCommits {
		return
	}
	held.byKey[string(key)] = len(held.records)
	held.records = append(held.records, record)
}

// endTransaction reads a transaction's marker: its key is a version and a type, 0 that it was aborted and 1 that it was
// committed.
func (p *partition) endTransaction(to []model.Record, producer int64, key []byte) []model.Record {
	held := p.transactions[producer]
	if held == nil || len(key) < 4 {
		return to
	}
	switch binary.BigEndian.Uint16(key[2:]) {
	case 1:
		to = append(to, held.records...)
	case 0:
	default:
		return to
	}
	delete(p.transactions, producer)
	return to
}

// attachProbes adds to the generations among records that were just read the probes that found their groups stable before.
func (t *Tail) attachProbes(read *model.Records) {
	if t.options.StableProbes == nil {
		return
	}
	for i := range read.Records {
		r := &read.Records[i]
		if g := r.Generation; g != nil && g.Generation > 0 && !g.JoinEnded.IsZero() {
			// The broker's clock differs, but the time between two of its timestamps is the same by ours. The record was
			// written at the latest when it was read.
			g.StableProbes = t.options.StableProbes(read.Broker, r.Group, read.At.Add(-r.Written.Sub(g.JoinEnded)))
		}
	}
}
