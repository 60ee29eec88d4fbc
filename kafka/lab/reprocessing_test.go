package lab

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"regroup/model"
)

// Exactly the records that a consumer processed and did not commit before it crashed are reprocessed.
func TestReprocessingAfterACrash(t *testing.T) {
	t.Parallel()
	for _, mode := range []model.CommitMode{model.CommitAuto, model.CommitSync} {
		for _, protocol := range []model.GroupProtocol{model.ProtocolClassic, model.ProtocolConsumer} {
			t.Run(fmt.Sprint(protocol, " ", mode), func(t *testing.T) {
				t.Parallel()
				s := play(t, oneConsumer(with(func(s *model.ConsumerSettings) {
					s.GroupProtocol, s.CommitMode, s.SessionTimeout = protocol, mode, 2*time.Second
				})))
				eventually(t, "it has committed something", func() bool {
					c := s.consumer("consumer-1")
					return c.Processed > 10 && c.Uncommitted.Or(c.Processed) < c.Processed
				})
				s.do(model.LabAction{Kind: model.LabCrash, Consumer: "consumer-1", Records: 20})
				crashed := s.inState("consumer-1", model.LabKilled)
				lost := crashed.Uncommitted.Or(0)
				if lost < 20 {
					t.Errorf("it crashed with %d records uncommitted, wanted at least 20", lost)
				}
				if committed, _ := s.committed(); committed != crashed.Processed-lost {
					t.Errorf("it has processed %d, of which %d uncommitted; committed are %d", crashed.Processed, lost, committed)
				}
				s.acted(fmt.Sprintf("consumer-1 crashed with %d records processed and not committed", lost))
				s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g"})
				s.do(model.LabAction{Kind: model.LabRate})
				defer func() {
					if t.Failed() {
						committed, end := s.committed()
						t.Logf("%d of %d are committed; consumer-2 is %+v; crashed was %+v", committed, end, s.consumer("consumer-2"), crashed)
					}
				}()
				eventually(t, "the next one has read everything", func() bool {
					_, end := s.committed()
					return s.producer().Wanted == 0 && s.consumer("consumer-2").Processed == end-crashed.Processed+lost
				})
				if again := s.consumer("consumer-2").ReadAgain; again != lost {
					t.Errorf("%d records were read again, wanted the %d that were not committed", again, lost)
				}
			})
		}
	}
}

func TestNoReprocessingWithoutACrash(t *testing.T) {
	t.Parallel()
	s := pair(t, with(slowSession))
	s.do(model.LabAction{Kind: model.LabLeave, Consumer: "consumer-1"})
	s.inState("consumer-1", model.LabLeft)
	before := s.consumer("consumer-2").Processed
	eventually(t, "the other reads on", func() bool { c := s.consumer("consumer-2"); return c.Processed > before+40 && len(c.Owns) == 4 })
	if again := s.consumer("consumer-2").ReadAgain; again != 0 {
		t.Errorf("%d records were read again", again)
	}
}

// The counts of a partition are dropped when it moves to another member, and kept when it stays.
func TestCountsLiveWithTheirPartitions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		protocol model.GroupProtocol
		assignor string
		why      string
	}{
		{model.ProtocolClassic, "range", "the eager protocol takes all and gives some back"},
		{model.ProtocolClassic, "cooperative-sticky", "what does not move is not even let go"},
		{model.ProtocolConsumer, "", "nor here"},
	} {
		t.Run(string(test.protocol)+test.assignor, func(t *testing.T) {
			t.Parallel()
			s := play(t, oneConsumer(with(func(s *model.ConsumerSettings) {
				s.GroupProtocol, s.Assignor = test.protocol, orDefault(test.assignor, s.Assignor)
			})))
			owned := func(partitions int) model.LabConsumer {
				t.Helper()
				var c model.LabConsumer
				eventually(t, fmt.Sprintf("it owns %d partitions and has counted for each", partitions), func() bool {
					c = s.consumer("consumer-1")
					none := func(n model.LabCounts) bool { return n.Records == 0 || n.Keys == 0 }
					return len(c.Counts) == partitions && len(c.Owns) == partitions && !slices.ContainsFunc(c.Counts, none)
				})
				return c
			}
			before := owned(4)
			s.do(model.LabAction{Kind: model.LabStartConsumer, Group: "g"})
			after := owned(2)
			counted := after.CountsLost
			for _, c := range after.Counts {
				counted += c.Records
				i := slices.IndexFunc(before.Counts, func(b model.LabCounts) bool { return b.TopicPartition == c.TopicPartition })
				if c.Records < before.Counts[i].Records {
					t.Errorf("%v had %d records counted and has %d: %s", c.TopicPartition, before.Counts[i].Records, c.Records, test.why)
				}
			}
			if after.CountsLost == 0 || counted != after.Processed {
				t.Errorf("it has processed %d, lost the counts of %d, and accounts for %d", after.Processed, after.CountsLost, counted)
			}
			s.do(model.LabAction{Kind: model.LabLeave, Consumer: "consumer-2"})
			if again := owned(4); again.CountsLost != after.CountsLost {
				t.Errorf("it was given more, and has lost %d rather than %d", again.CountsLost, after.CountsLost)
			}
		})
	}
}

// fetch.min.bytes trades requests for latency.
func TestFetchSettingsShow(t *testing.T) {
	t.Parallel()
	for _, protocol := range []model.GroupProtocol{model.ProtocolClassic, model.ProtocolConsumer} {
		t.Run(string(protocol), func(t *testing.T) {
			t.Parallel()
			measured := func(minBytes int32) (fetches float64, latency time.Duration) {
				s := play(t, oneConsumer(with(func(s *model.ConsumerSettings) {
					s.GroupProtocol, s.FetchMinBytes, s.FetchMaxWait = protocol, minBytes, time.Second
				})))
				eventually(t, "both are known", func() bool {
					c := s.consumer("consumer-1")
					return c.Fetches.Known() && c.Latency.Known() && c.Processed > 80
				})
				c := s.consumer("consumer-1")
				return c.Fetches.Or(0), c.Latency.Or(0)
			}
			often, quick := measured(1)
			seldom, slow := measured(1 << 20)
			if seldom >= often || slow <= quick {
				t.Errorf("with fetch.min.bytes 1 it was %.1f fetches/s and %s, with 1 MiB %.1f and %s", often, quick, seldom, slow)
			}
		})
	}
}

// Against the simplest set of offsets.
func TestCoverage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c coverage
		set := map[int64]bool{}
		for range rapid.IntRange(1, 20).Draw(t, "stretches") {
			from := rapid.Int64Range(0, 50).Draw(t, "from")
			next := from + rapid.Int64Range(1, 10).Draw(t, "length")
			var before int64
			for o := from; o < next; o++ {
				if set[o] {
					before++
				}
				set[o] = true
			}
			if got := c.add(from, next); got != before {
				t.Fatalf("of %d to %d it had %d, wanted %d", from, next, got, before)
			}
			var all int64
			for i, s := range c.spans {
				all += s.next - s.from
				if i > 0 && s.from <= c.spans[i-1].next {
					t.Fatalf("the spans are %v", c.spans)
				}
			}
			if all != int64(len(set)) {
				t.Fatalf("it holds %d offsets, wanted %d", all, len(set))
			}
		}
	})
}

func TestOffsetTracker(t *testing.T) {
	tp := model.TopicPartition{Topic: "t", Partition: 1}
	read := func(l *offsetTracker, from, next int64) {
		for o := from; o < next; o++ {
			l.add(record{TopicPartition: tp, offset: o, key: []byte{byte(o % 3)}})
		}
	}
	l := newOffsetTracker()
	if l.uncommitted().Known() {
		t.Error("it owns nothing, and knows what is uncommitted")
	}
	l.assign(tp)
	read(l, 10, 20)
	l.mark([]record{{TopicPartition: tp, offset: 14}})
	if due := l.due(); due[tp] != 15 || l.uncommitted().Or(-1) != 10 {
		t.Errorf("due is %v, uncommitted %v", due, l.uncommitted())
	}
	l.committed(l.due())
	if l.uncommitted().Or(-1) != 5 || len(l.due()) != 0 {
		t.Errorf("after a commit, due is %v, uncommitted %v", l.due(), l.uncommitted())
	}
	l.commitFailed(tp)
	if l.uncommitted().Or(-1) != 10 || l.due()[tp] != 15 {
		t.Errorf("after one that failed, due is %v, uncommitted %v", l.due(), l.uncommitted())
	}
	l.assign(tp) // it is assigned again, and the group's commit is at 12
	l.retain([]model.TopicPartition{tp})
	read(l, 12, 22)
	var r report
	l.fill(&r)
	if want := []offsetRange{{tp, 10, 20}, {tp, 12, 22}}; !slices.Equal(r.Ranges, want) || r.CountsLost != 0 || r.Uncommitted.Or(-1) != 10 {
		t.Errorf("the report is %+v, wanted the stretches %v", r, want)
	}
	if want := []model.LabCounts{{TopicPartition: tp, Keys: 3, Records: 20}}; !slices.Equal(r.Counts, want) {
		t.Errorf("the counts are %v, wanted %v", r.Counts, want)
	}
	l.retain(nil)
	read(l, 22, 23) // processing continued
	r = report{}
	l.fill(&r)
	if r.CountsLost != 20 || len(r.Counts) != 0 || r.Uncommitted.Known() || !slices.Equal(r.Ranges, []offsetRange{{tp, 22, 23}}) {
		t.Errorf("once it is gone, the report is %+v", r)
	}
}

// A broker delays fetches for longer than the session timeout: heartbeats and commits still reach it.
func TestFetchDelaysNoHeartbeat(t *testing.T) {
	t.Parallel()
	for _, protocol := range []model.GroupProtocol{model.ProtocolClassic, model.ProtocolConsumer} {
		t.Run(string(protocol), func(t *testing.T) {
			t.Parallel()
			s := play(t, oneConsumer(with(func(s *model.ConsumerSettings) {
				s.GroupProtocol, s.SessionTimeout, s.HeartbeatInterval = protocol, 2*time.Second, 200*time.Millisecond
				s.FetchMinBytes, s.FetchMaxWait = 1<<20, 3*time.Second
			})))
			eventually(t, "it has read what two fetches brought, and committed it", func() bool {
				c := s.consumer("consumer-1")
				return c.Processed > 360 && c.Uncommitted.Or(-1) == 0
			})
			first := ""
			for _, l := range s.snapshots() {
				for _, c := range l.Consumers {
					if first == "" {
						first = c.MemberID
					}
					if c.MemberID != first {
						t.Fatalf("it was member %s and is %s: it was out of its group", first, c.MemberID)
					}
				}
			}
		})
	}
}
