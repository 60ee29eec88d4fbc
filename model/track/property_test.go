package track

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"regroup/model"
	"regroup/model/lag"
	. "regroup/model/modeltest"

	"pgregory.net/rapid"
)

// What the tracker tells of a group's rebalances, put one after the other, is what happened.
func TestRebalancesAddUpToTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, rapid.Bool().Draw(t, "exact"))
		tr := NewTracker()
		tr.Observe(w.look()) // everything is known at first
		first := w.generation
		var believed *believer
		if w.settled() {
			believed = newBeliever(tr)
		}
		settledGeneration := w.generation
		told := 0
		for range w.draw(1, 40) {
			for range w.draw(0, 3) {
				w.step()
			}
			s, shown := w.sight()
			events := tr.Observe(s)
			for _, e := range events {
				if e.Kind == model.RebalanceCompleted {
					believed.apply(t, e.Rebalance)
					told += e.Rebalance.AtLeast
				}
			}
			g := tr.View().Group("g")
			if shown && w.settled() {
				if believed == nil {
					believed, first = newBeliever(tr), w.generation
				}
				settledGeneration = w.generation
				believed.compare(t, w, g)
			}
			if believed == nil {
				continue
			}
			if w.exact && told != int(settledGeneration-first) {
				t.Fatalf("%d rebalances told, but the generation went from %d to %d", told, first, settledGeneration)
			}
			if !w.exact && (told > int(settledGeneration-first) || int(g.Generation.Number) != told) {
				t.Fatalf("counted %d rebalances, shows %s, but the generation went from %d to %d", told, g.Generation, first, settledGeneration)
			}
		}
	})
}

// believer knows of a group only what its rebalances say.
type believer struct {
	owners  model.Assignment
	members map[model.Slot]string // member ids
}

func newBeliever(tr *Tracker) *believer {
	b := &believer{owners: model.Assignment{}, members: map[model.Slot]string{}}
	for _, m := range tr.View().Group("g").Members {
		b.members[m.Slot] = m.MemberID
		for _, tp := range m.Assignment {
			b.owners[tp] = m.Slot
		}
	}
	return b
}

func (b *believer) apply(t *rapid.T, r *model.Rebalance) {
	if !maps.Equal(b.owners, r.Before) {
		t.Fatalf("the rebalance begins with %v, the one before ended with %v", r.Before, b.owners)
	}
	for _, move := range r.Moves {
		if b.owners[move.TopicPartition] != move.From || move.From == move.To {
			t.Fatalf("%v, but it was owned by %s", move, b.owners[move.TopicPartition])
		}
		b.owners[move.TopicPartition] = move.To
		if move.To == model.Nobody {
			delete(b.owners, move.TopicPartition)
		}
	}
	if !maps.Equal(b.owners, r.After) {
		t.Fatalf("the moves lead to %v, the rebalance ends with %v", b.owners, r.After)
	}
	for _, m := range r.Left {
		if _, there := b.members[m.Slot]; !there {
			t.Fatalf("%s left, but was not there", m.Slot)
		}
		delete(b.members, m.Slot)
	}
	for _, m := range slices.Concat(r.Joined, r.Restarted) {
		b.members[m.Slot] = m.MemberID
	}
	if len(b.members) != r.MembersAfter {
		t.Fatalf("%d members, the rebalance says %d", len(b.members), r.MembersAfter)
	}
}

// compare looks whether what is believed is so.
func (b *believer) compare(t *rapid.T, w *world, g *model.GroupView) {
	owners, members := map[model.TopicPartition]string{}, map[string]bool{}
	for _, m := range w.members {
		members[m.ID] = true
		for _, tp := range m.Assignment {
			owners[tp] = m.ID
		}
	}
	for _, p := range g.Partitions {
		if got := b.members[p.Owner]; got != owners[p.TopicPartition] || p.Owner != b.owners[p.TopicPartition] || p.OwnerPrevious {
			t.Fatalf("%s is shown with owner %s (%q), it is owned by %q", p.TopicPartition, p.Owner, got, owners[p.TopicPartition])
		}
	}
	if len(b.members) != len(members) || len(g.Members) != len(members) {
		t.Fatalf("%d members believed, %d shown, %d there", len(b.members), len(g.Members), len(members))
	}
	for lane, id := range b.members {
		if m := g.Member(lane); !members[id] || m == nil || m.MemberID != id {
			t.Fatalf("%s is believed to be %q, shown as %+v", lane, id, m)
		}
	}
}

// A group whose members stay while its offsets go on shares parts from view to view: none of them may change.
func TestViewsStayAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, rapid.Bool().Draw(t, "exact"))
		tr := NewTracker()
		var views []*model.View
		var printed []string
		for range w.draw(1, 60) {
			w.step()
			s, _ := w.sight()
			tr.Observe(s)
			views, printed = append(views, tr.View()), append(printed, printView(tr.View()))
		}
		for i, v := range views {
			if now := printView(v); now != printed[i] {
				t.Fatalf("view %d was\n%s\nand is now\n%s", i, printed[i], now)
			}
		}
	})
}

// chaos is a snapshot of anything, in any order, that the types can hold.
func chaos(t *rapid.T) model.Observation {
	number := func(from, to int) int { return rapid.IntRange(from, to).Draw(t, "n") }
	choose := func(percent int) bool { return number(1, 100) <= percent }
	maybe := func() model.Maybe[int64] {
		if choose(20) {
			return model.None[int64]()
		}
		return model.Some(int64(number(0, 100)))
	}
	tps := func() []model.TopicPartition {
		var all []model.TopicPartition
		for range number(0, 4) {
			all = append(all, model.TopicPartition{Topic: rapid.SampledFrom([]string{"t", "u", "v"}).Draw(t, "topic"), Partition: int32(number(0, 3))})
		}
		return all
	}
	at := Second(float64(number(0, 120)))
	if choose(5) {
		return &model.LabSnapshot{At: at, Acted: model.LabActionDone{Words: rapid.SampledFrom([]string{"", "acted"}).Draw(t, "acted")}}
	}
	if choose(40) {
		return chaosBeside(t, at)
	}
	s := &model.Snapshot{At: at, Partial: choose(20)}
	for id := int32(1); id <= 2; id++ {
		s.Brokers = append(s.Brokers, model.Broker{ID: id, Answered: choose(90)})
	}
	for _, name := range []string{"t", "u"} {
		if choose(80) {
			s.Topics = append(s.Topics, model.Topic{
				Name: name, ID: rapid.SampledFrom([]string{"", "x", "x", "x", "y"}).Draw(t, "id"), Partitions: int32(number(1, 4)), Missing: choose(5),
			})
		}
	}
	for range number(0, 3) {
		g := model.Group{
			ID:          rapid.SampledFrom([]string{"g", "h", "i"}).Draw(t, "group"),
			Type:        rapid.SampledFrom([]model.GroupType{model.TypeUnknown, model.TypeClassic, model.TypeConsumer, model.TypeShare, model.TypeStreams}).Draw(t, "type"),
			State:       rapid.SampledFrom([]model.GroupState{model.StateUnknown, model.StateStable, model.StateStable, model.StateStable, model.StatePreparingRebalance, model.StateReconciling, model.StateEmpty, model.StateDead, model.StateNotReady}).Draw(t, "state"),
			Coordinator: model.Some(int32(number(1, 2))), MembersKnown: choose(90), OffsetsKnown: choose(90),
		}
		if choose(30) {
			g.Generation = model.Generation{Number: int32(number(0, 50)), Kind: model.GenerationExact}
		}
		for range number(0, 3) {
			g.Members = append(g.Members, model.Member{
				ID:         rapid.SampledFrom([]string{"m1", "m2", "m3", "m4"}).Draw(t, "member"),
				InstanceID: rapid.SampledFrom([]string{"", "", "i1", "i2"}).Draw(t, "instance"),
				ClientID:   "c", AssignmentKnown: choose(80), Assignment: tps(), TargetKnown: choose(50), Target: tps(),
				Subscription: rapid.SampledFrom([][]string{nil, {"t"}, {"t", "u"}}).Draw(t, "subscription"),
			})
		}
		for _, tp := range tps() {
			g.Partitions = append(g.Partitions, model.PartitionOffset{TopicPartition: tp, Committed: maybe(), LogStart: maybe(), LogEnd: maybe()})
		}
		s.Groups = append(s.Groups, g)
	}
	return s
}

// chaosBeside is any observation that is not a poll's.
func chaosBeside(t *rapid.T, at time.Time) model.Observation {
	number := func(from, to int) int { return rapid.IntRange(from, to).Draw(t, "n") }
	moment := func() time.Time { return Second(float64(number(0, 1200)) / 10) }
	group := rapid.SampledFrom([]string{"g", "h", "i"})
	member := rapid.SampledFrom([]string{"m1", "m2", "m3", "m4"})
	switch number(0, 5) {
	case 0:
		p := &model.StateProbe{At: at, Asked: at, Broker: int32(number(1, 2))}
		for range number(1, 3) {
			state := rapid.SampledFrom([]model.GroupState{model.StateUnknown, model.StatePreparingRebalance, model.StateCompletingRebalance, model.StateReconciling})
			a, b := moment(), moment()
			p.Groups = append(p.Groups, model.ProbedState{Group: group.Draw(t, "group"), State: state.Draw(t, "state"), Changed: model.Moment{NotBefore: model.Earlier(a, b), NotAfter: model.Later(a, b)}})
		}
		return p
	case 1:
		states := rapid.SampledFrom([]model.TailState{model.TailOn, model.TailOn, model.TailOn, model.TailStarting, model.TailRefused, model.TailTooBusy})
		return &model.TailStatus{At: at, State: states.Draw(t, "tail"), Partitions: 50, Following: number(0, 50), Lost: []int32{1}}
	}
	ids := func() []model.TopicIDPartition {
		var all []model.TopicIDPartition
		for range number(0, 3) {
			all = append(all, model.TopicIDPartition{TopicID: rapid.SampledFrom([]string{"x", "x", "y"}).Draw(t, "id"), Partition: int32(number(0, 3))})
		}
		return all
	}
	var records []model.Record
	for range number(1, 6) {
		r := model.Record{Group: group.Draw(t, "group"), Partition: 3, Written: moment()}
		switch id, gone := member.Draw(t, "member"), number(0, 9) == 0; number(0, 6) {
		case 0:
			r.Commit = &model.CommitRecord{TopicPartition: model.TopicPartition{Topic: "t", Partition: int32(number(0, 3))}, Offset: int64(number(-1, 100)), Tombstone: gone}
		case 1:
			r.Generation = &model.GenerationRecord{Tombstone: gone, ProtocolType: "consumer", Generation: int32(number(0, 20)), Leader: id, JoinEnded: moment()}
			for _, m := range []string{"m1", "m2", "m3"}[:number(0, 3)] {
				r.Generation.Members = append(r.Generation.Members, model.Member{
					ID: m, AssignmentKnown: true, Assignment: []model.TopicPartition{{Topic: "t", Partition: int32(number(0, 3))}}, SessionTimeout: model.Some(time.Second),
				})
			}
		case 2:
			r.Epoch = &model.EpochRecord{Tombstone: gone, Epoch: int32(number(0, 20))}
		case 3:
			r.Member = &model.MemberRecord{Tombstone: gone, ID: id, Subscription: []string{"t"}}
		case 4:
			r.TargetEpoch = &model.TargetEpochRecord{Tombstone: gone, Epoch: int32(number(0, 20))}
		case 5:
			r.Target = &model.TargetRecord{Tombstone: gone, ID: id, Partitions: ids()}
		case 6:
			r.Current = &model.CurrentRecord{Tombstone: gone, ID: id, Epoch: int32(number(-2, 20)), Assigned: ids(), PendingRevocation: ids()}
		}
		records = append(records, r)
	}
	if number(0, 4) == 0 {
		return &model.History{At: at, Group: records[0].Group, Records: records[:1], Broker: 1}
	}
	var names []model.TopicID
	if number(0, 1) == 0 {
		names = []model.TopicID{{ID: "x", Name: rapid.SampledFrom([]string{"t", "u"}).Draw(t, "name")}}
	}
	return &model.Records{At: at, Broker: int32(number(1, 2)), Records: records, Topics: names}
}

// Whatever comes: nothing panics, no lag is negative, no view changes after it was handed out, and the same
// observations tell the same again.
func TestAnyObservations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var observations []model.Observation
		for range rapid.IntRange(1, 40).Draw(t, "observations") {
			observations = append(observations, chaos(t))
		}
		tr := NewTracker()
		var views []*model.View
		var printed []string
		var told []model.Event
		for _, o := range observations {
			told = append(told, tr.Observe(o)...)
			v := tr.View()
			if v != tr.View() {
				t.Fatal("two views without an observation in between")
			}
			checkView(t, v)
			views, printed = append(views, v), append(printed, printView(v))
		}
		for _, e := range told {
			checkEvent(t, e)
		}
		for i, v := range views {
			if now := printView(v); now != printed[i] {
				t.Fatalf("view %d was\n%s\nand is now\n%s", i, printed[i], now)
			}
		}

		again := NewTracker()
		var toldAgain []model.Event
		for _, o := range observations {
			toldAgain = append(toldAgain, again.Observe(o)...)
		}
		if !reflect.DeepEqual(told, toldAgain) {
			t.Fatalf("the same observations told\n%v\nand then\n%v", Lines(told), Lines(toldAgain))
		}
		if !reflect.DeepEqual(tr.View(), again.View()) {
			t.Fatalf("the same observations showed\n%s\nand then\n%s", printView(tr.View()), printView(again.View()))
		}
	})
}

func checkView(t *rapid.T, v *model.View) {
	if !slices.IsSortedFunc(v.Groups, func(a, b *model.GroupView) int { return strings.Compare(a.ID, b.ID) }) {
		t.Fatal("groups out of order")
	}
	for _, g := range v.Groups {
		if v.Group(g.ID) != g {
			t.Fatalf("group %q is there twice", g.ID)
		}
		sum := int64(0)
		for i, p := range g.Partitions {
			lag := p.Lag.Or(0)
			sum += lag
			if lag < 0 || p.Behind.Or(0) < 0 || p.ProduceRate.Or(0) < 0 || p.ConsumeRate.Or(0) < 0 {
				t.Fatalf("%s of %s: lag %s, behind %s, rates %s and %s", p.TopicPartition, g.ID, p.Lag, p.Behind, p.ProduceRate, p.ConsumeRate)
			}
			if p.Lag.Known() && !p.Committed.Known() {
				t.Fatalf("%s has a lag of %s and no commit", p.TopicPartition, p.Lag)
			}
			if i > 0 && g.Partitions[i-1].Compare(p.TopicPartition) >= 0 {
				t.Fatal("partitions out of order")
			}
			checkHistory(t, p.LagHistory, model.PartitionLagKept)
		}
		if g.Lag.Or(0) != sum || g.Behind.Or(0) < 0 || g.Skew.Or(1) < 1 {
			t.Fatalf("%s: lag %s of %d, behind %s, skew %s", g.ID, g.Lag, sum, g.Behind, g.Skew)
		}
		checkHistory(t, g.LagHistory, model.LagHistoryKept)
		for i := 1; i < len(g.Members); i++ {
			if g.Members[i-1].Slot >= g.Members[i].Slot {
				t.Fatal("members out of order")
			}
		}
		if len(g.Rebalances) > model.GroupRebalancesKept || len(g.Ownership) > model.OwnershipKept {
			t.Fatalf("%d rebalances, %d spans", len(g.Rebalances), len(g.Ownership))
		}
	}
	if len(v.Events) > model.EventsKept || len(v.Rebalances) > model.RebalancesKept {
		t.Fatalf("%d events, %d rebalances", len(v.Events), len(v.Rebalances))
	}
}

func checkHistory(t *rapid.T, history []int64, kept int) {
	if len(history) > kept || slices.ContainsFunc(history, func(sample int64) bool { return sample < lag.UnknownLag }) {
		t.Fatalf("history %v", history)
	}
}

func checkEvent(t *rapid.T, e model.Event) {
	if e.At.IsZero() || e.Kind == "" || e.Detail == "" {
		t.Fatalf("an event that says nothing: %+v", e)
	}
	r := e.Rebalance
	if (r != nil) != (e.Kind == model.RebalanceCompleted || e.Kind == model.CostKnown) {
		t.Fatalf("%s with rebalance %v", e.Kind, r)
	}
	if r == nil {
		return
	}
	for _, m := range []model.Moment{r.Began, r.Ended} {
		if m.NotBefore.After(m.NotAfter) {
			t.Fatalf("a moment that ends before it begins: %v", m)
		}
	}
	if atLeast, atMost := r.Began.Until(r.Ended); atLeast < 0 || atMost.Or(atLeast) < atLeast || r.AtLeast < 0 {
		t.Fatalf("lasted %s to %s, at least %d", atLeast, atMost, r.AtLeast)
	}
	// An assignment that could not be read may hide an owner: then the moves say less than the assignments, never more.
	owners := maps.Clone(r.Before)
	for _, move := range r.Moves {
		if owners[move.TopicPartition] != move.From || r.After[move.TopicPartition] != move.To || move.From == move.To {
			t.Fatalf("%v, between %v and %v", move, r.Before, r.After)
		}
	}
}

// printView writes out a view with everything that it points to.
func printView(v *model.View) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %v %v %v %+v %+v\n", v.At, v.PolledAt, v.Errs, v.GenerationsExact, v.Brokers, v.Cluster)
	for _, e := range v.Events {
		fmt.Fprintf(&b, "%v %s %s %s\n", e.At, e.Kind, e.Group, e.Detail)
	}
	for _, r := range v.Rebalances {
		fmt.Fprintf(&b, "%+v\n", *r)
	}
	for _, g := range v.Groups {
		fmt.Fprintf(&b, "%+v\n", *g)
		for i := range g.Partitions {
			fmt.Fprintf(&b, "%#v\n", g.Partitions[i])
		}
		for _, r := range g.Rebalances {
			fmt.Fprintf(&b, "%+v\n", *r)
		}
	}
	return b.String()
}
