package cli

import (
	"cmp"
	"slices"

	"regroup/model"
)

// groupReport is a group in the output of groups and describe. Scripts rely on its JSON: keys are never renamed or removed,
// and unknown is null.
type groupReport struct {
	Group       string              `json:"group"`
	Type        model.Maybe[string] `json:"type"`
	State       model.Maybe[string] `json:"state"`
	Assignor    model.Maybe[string] `json:"assignor"`
	Coordinator model.Maybe[int32]  `json:"coordinator"` // ID of the broker
	Generation  model.Maybe[int32]  `json:"generation"`
	Lag         model.Maybe[int64]  `json:"lag"`
	Members     []memberReport      `json:"members"`    // by member ID; nil is unknown
	Partitions  []partitionReport   `json:"partitions"` // with a commit or an owner, by topic and partition; nil is unknown

	view *model.GroupView // for columns that the JSON does not have
}

type memberReport struct {
	MemberID   string              `json:"member_id"`
	InstanceID model.Maybe[string] `json:"instance_id"` // null: a dynamic member
	ClientID   string              `json:"client_id"`
	Host       string              `json:"host"`
	Assignment []assignedPartition `json:"assignment"` // nil is unknown
}

type assignedPartition struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

type partitionReport struct {
	Topic           string              `json:"topic"`
	Partition       int32               `json:"partition"`
	CommittedOffset model.Maybe[int64]  `json:"committed_offset"`
	LogStartOffset  model.Maybe[int64]  `json:"log_start_offset"`
	LogEndOffset    model.Maybe[int64]  `json:"log_end_offset"`
	Lag             model.Maybe[int64]  `json:"lag"`
	MemberID        model.Maybe[string] `json:"member_id"` // null: no owner
	ClientID        model.Maybe[string] `json:"client_id"`
	Host            model.Maybe[string] `json:"host"`

	flag model.LagFlag
}

// known is the text, or unknown if it is empty.
func known[T ~string](text T) model.Maybe[string] {
	if text == "" {
		return model.None[string]()
	}
	return model.Some(string(text))
}

// reportGroup is the report of a group in a view.
func reportGroup(g *model.GroupView) *groupReport {
	r := &groupReport{
		Group: g.ID, Type: known(g.Type), State: known(g.State), Assignor: known(g.Assignor), Coordinator: g.Coordinator,
		Generation: g.Generation.Exact(), Lag: g.Lag, view: g,
	}
	owners := map[model.Slot]*model.MemberView{}
	for i := range g.Members {
		owners[g.Members[i].Slot] = &g.Members[i]
	}
	if g.MembersKnown {
		r.Members = reportMembers(g.Members)
	}
	if offsetsRead(g) {
		r.Partitions = []partitionReport{}
	}
	for i := range g.Partitions {
		p := &g.Partitions[i]
		owner := owners[p.Owner] // nil: no owner
		if owner == nil && !p.Committed.Known() {
			continue // of a subscribed topic, but without an owner or a commit
		}
		r.Partitions = append(r.Partitions, reportPartition(p, owner))
	}
	return r
}

// offsetsRead reports whether the list of partitions is known, also if it is empty. The offsets of share and streams groups
// are stored elsewhere and are not read.
func offsetsRead(g *model.GroupView) bool {
	return g.MembersKnown && g.OffsetsKnown && g.Type != model.TypeShare && g.Type != model.TypeStreams
}

func reportMembers(members []model.MemberView) []memberReport {
	reports := make([]memberReport, 0, len(members))
	for i := range members {
		m := &members[i]
		report := memberReport{MemberID: m.MemberID, InstanceID: known(m.InstanceID), ClientID: m.ClientID, Host: m.Host}
		if m.AssignmentKnown {
			report.Assignment = make([]assignedPartition, 0, len(m.Assignment))
			for _, tp := range m.Assignment {
				report.Assignment = append(report.Assignment, assignedPartition{tp.Topic, tp.Partition})
			}
		}
		reports = append(reports, report)
	}
	slices.SortFunc(reports, func(a, b memberReport) int { return cmp.Compare(a.MemberID, b.MemberID) })
	return reports
}

func reportPartition(p *model.PartitionView, owner *model.MemberView) partitionReport {
	report := partitionReport{
		Topic: p.Topic, Partition: p.Partition, CommittedOffset: p.Committed, LogStartOffset: p.LogStart, LogEndOffset: p.LogEnd,
		Lag: p.Lag, flag: p.Flag,
	}
	if owner != nil {
		report.MemberID, report.ClientID, report.Host = model.Some(owner.MemberID), known(owner.ClientID), known(owner.Host)
	}
	return report
}

// inToolOrder returns the partitions in the order of kafka-consumer-groups.sh: by member, those with the most partitions
// first, each member's by topic and partition, then partitions without an owner. Members with equally many partitions are
// in the order of their first ones (in the tool, in the arbitrary order of the broker).
func (r *groupReport) inToolOrder() []partitionReport {
	type share struct {
		first, count int
	}
	shares := map[string]share{}
	for i, p := range r.Partitions {
		if id, owned := p.MemberID.Get(); owned {
			s, seen := shares[id]
			if !seen {
				s.first = i
			}
			s.count++
			shares[id] = s
		}
	}
	rows := slices.Clone(r.Partitions)
	slices.SortStableFunc(rows, func(a, b partitionReport) int {
		idA, ownedA := a.MemberID.Get()
		idB, ownedB := b.MemberID.Get()
		switch {
		case ownedA && ownedB:
			return cmp.Or(cmp.Compare(shares[idB].count, shares[idA].count), cmp.Compare(shares[idA].first, shares[idB].first))
		case ownedA:
			return -1
		case ownedB:
			return 1
		}
		return 0
	})
	return rows
}
