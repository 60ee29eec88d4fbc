package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"regroup/model"
	"regroup/ui/text"
)

// Minimum widths of kafka-consumer-groups.sh.
const (
	toolNameWidth      = 15
	toolPartitionWidth = 10
)

// offsetRow is a line of `regroup describe`: a partition of a group.
type offsetRow struct {
	group *groupReport
	partitionReport
}

// offsetColumns are those of kafka-consumer-groups.sh --describe.
var offsetColumns = []column[offsetRow]{
	{"GROUP", toolNameWidth, false, func(r offsetRow) cell { return name(r.group.Group) }},
	{"TOPIC", toolNameWidth, false, func(r offsetRow) cell { return name(r.Topic) }},
	{"PARTITION", toolPartitionWidth, false, func(r offsetRow) cell { return number(r.Partition) }},
	{"CURRENT-OFFSET", toolNameWidth, false, func(r offsetRow) cell { return maybeNumber(r.CommittedOffset) }},
	{"LOG-END-OFFSET", toolNameWidth, false, func(r offsetRow) cell { return maybeNumber(r.LogEndOffset) }},
	{"LAG", toolNameWidth, false, func(r offsetRow) cell { return maybeNumber(r.Lag) }},
	{"CONSUMER-ID", toolNameWidth, false, func(r offsetRow) cell { return maybeName(r.MemberID) }},
	{"HOST", toolNameWidth, false, func(r offsetRow) cell { return toolHost(r.Host) }},
	{"CLIENT-ID", 0, false, func(r offsetRow) cell { return maybeName(r.ClientID) }},
}

// toolHost is a host as the tool prints it: Java puts a slash before an address.
func toolHost(host model.Maybe[string]) cell {
	if h, ok := host.Get(); ok {
		return name("/" + h)
	}
	return cell{absent: true}
}

// wideOffsetColumns adds columns that the tool does not have.
var wideOffsetColumns = append(slices.Clone(padLast(offsetColumns)),
	column[offsetRow]{"TYPE", 0, false, func(r offsetRow) cell { return maybeName(r.group.Type) }},
	column[offsetRow]{"STATE", 0, false, func(r offsetRow) cell { return maybeName(r.group.State) }},
	column[offsetRow]{"COORDINATOR", 0, false, func(r offsetRow) cell { return maybeNumber(r.group.Coordinator) }},
	column[offsetRow]{"ASSIGNOR", 0, false, func(r offsetRow) cell { return maybeName(r.group.Assignor) }},
	column[offsetRow]{"GENERATION", 0, false, func(r offsetRow) cell { return maybeNumber(r.group.Generation) }},
	column[offsetRow]{"LOG-START-OFFSET", 0, false, func(r offsetRow) cell { return maybeNumber(r.LogStartOffset) }},
	column[offsetRow]{"FLAG", 0, false, func(r offsetRow) cell { return maybeName(known(r.flag)) }},
)

// padLast gives the last column the tool's width, for columns after it.
func padLast[row any](columns []column[row]) []column[row] {
	columns = slices.Clone(columns)
	columns[len(columns)-1].width = toolNameWidth
	return columns
}

// csvOffsetColumns has the names of the JSON.
var csvOffsetColumns = []column[offsetRow]{
	{"GROUP", 0, false, func(r offsetRow) cell { return name(r.group.Group) }},
	{"TYPE", 0, false, func(r offsetRow) cell { return maybeName(r.group.Type) }},
	{"STATE", 0, false, func(r offsetRow) cell { return maybeName(r.group.State) }},
	{"ASSIGNOR", 0, false, func(r offsetRow) cell { return maybeName(r.group.Assignor) }},
	{"COORDINATOR", 0, false, func(r offsetRow) cell { return maybeNumber(r.group.Coordinator) }},
	{"GENERATION", 0, false, func(r offsetRow) cell { return maybeNumber(r.group.Generation) }},
	{"TOPIC", 0, false, func(r offsetRow) cell { return name(r.Topic) }},
	{"PARTITION", 0, false, func(r offsetRow) cell { return number(r.Partition) }},
	{"COMMITTED-OFFSET", 0, false, func(r offsetRow) cell { return maybeNumber(r.CommittedOffset) }},
	{"LOG-START-OFFSET", 0, false, func(r offsetRow) cell { return maybeNumber(r.LogStartOffset) }},
	{"LOG-END-OFFSET", 0, false, func(r offsetRow) cell { return maybeNumber(r.LogEndOffset) }},
	{"LAG", 0, false, func(r offsetRow) cell { return maybeNumber(r.Lag) }},
	{"FLAG", 0, false, func(r offsetRow) cell { return maybeName(known(r.flag)) }},
	{"MEMBER-ID", 0, false, func(r offsetRow) cell { return maybeName(r.MemberID) }},
	{"CLIENT-ID", 0, false, func(r offsetRow) cell { return maybeName(r.ClientID) }},
	{"HOST", 0, false, func(r offsetRow) cell { return maybeName(r.Host) }},
}

// groupColumns are the columns of `regroup groups`.
var groupColumns = []column[*groupReport]{
	{"GROUP", 0, false, func(r *groupReport) cell { return name(r.Group) }},
	{"TYPE", 0, false, func(r *groupReport) cell { return maybeName(r.Type) }},
	{"STATE", 0, false, func(r *groupReport) cell { return maybeName(r.State) }},
	{"MEMBERS", 0, true, func(r *groupReport) cell { return cell{fmt.Sprint(len(r.Members)), r.Members == nil, true} }},
	{"PARTITIONS", 0, true, func(r *groupReport) cell { return cell{fmt.Sprint(len(r.Partitions)), r.Partitions == nil, true} }},
	{"LAG", 0, true, (*groupReport).lag},
	{"COORDINATOR", 0, true, func(r *groupReport) cell { return maybeNumber(r.Coordinator) }},
	{"ASSIGNOR", 0, false, func(r *groupReport) cell { return maybeName(r.Assignor) }},
}

// wideGroupColumns adds columns.
var wideGroupColumns = append(slices.Clone(groupColumns),
	column[*groupReport]{"GENERATION", 0, true, func(r *groupReport) cell { return maybeNumber(r.Generation) }},
	column[*groupReport]{"IDLE", 0, true, func(r *groupReport) cell { return r.ownership(r.view.Idle) }},
	column[*groupReport]{"UNOWNED", 0, true, func(r *groupReport) cell { return r.ownership(r.view.Unassigned) }},
	column[*groupReport]{"PROTOCOL-TYPE", 0, false, func(r *groupReport) cell { return maybeName(known(r.view.ProtocolType)) }},
)

// csvGroupColumns has a plain number for the lag, and a column that says whether it is incomplete.
var csvGroupColumns = []column[*groupReport]{
	wideGroupColumns[0], wideGroupColumns[1], wideGroupColumns[2], wideGroupColumns[3], wideGroupColumns[4],
	{"LAG", 0, false, func(r *groupReport) cell { return maybeNumber(r.Lag) }},
	{"LAG-INCOMPLETE", 0, false, func(r *groupReport) cell { return cell{fmt.Sprint(r.view.LagIncomplete), !r.Lag.Known(), true} }},
	wideGroupColumns[6], wideGroupColumns[7], wideGroupColumns[8], wideGroupColumns[9], wideGroupColumns[10], wideGroupColumns[11],
}

// ownership is a number that follows from the assignment. It is unknown during a rebalance, or if the assignment of a member
// is unknown.
func (r *groupReport) ownership(n int) cell {
	unknown := func(m model.MemberView) bool { return !m.AssignmentKnown }
	absent := r.Members == nil || r.view.Rebalancing() || slices.ContainsFunc(r.view.Members, unknown)
	return cell{fmt.Sprint(n), absent, true}
}

// lag is the group's lag, with ≥ if a part of it is unknown.
func (r *groupReport) lag() cell {
	lag := maybeNumber(r.Lag)
	if !lag.absent && r.view.LagIncomplete {
		lag.text = "≥" + lag.text
	}
	return lag
}

// writeGroups writes the list of groups.
func writeGroups(w io.Writer, format string, groups []*groupReport) error {
	switch format {
	case formatJSON:
		return writeJSON(w, groups)
	case formatCSV:
		return writeCSV(w, csvGroupColumns, groups)
	case formatWide:
		return writeTable(w, wideGroupColumns, groups)
	}
	return writeTable(w, groupColumns, groups)
}

// writeDescriptions writes the partitions of groups. In a table each group has its own heading, as in the tool's output.
// Remarks on a group go to notes.
func writeDescriptions(w, notes io.Writer, format string, groups []*groupReport) error {
	switch format {
	case formatJSON:
		return writeJSON(w, groups)
	case formatCSV:
		var rows []offsetRow
		for _, g := range groups {
			rows = append(rows, rowsOf(g)...)
		}
		return writeCSV(w, csvOffsetColumns, rows)
	}
	columns := offsetColumns
	if format == formatWide {
		columns = wideOffsetColumns
	}
	for _, g := range groups {
		if note := noteOn(g); note != "" {
			fmt.Fprintf(notes, "regroup: group %s %s\n", quote(g.Group), note)
		}
		if len(g.Partitions) == 0 {
			continue
		}
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
		if err := writeTable(w, columns, rowsOf(g)); err != nil {
			return err
		}
	}
	return nil
}

func rowsOf(g *groupReport) []offsetRow {
	rows := make([]offsetRow, 0, len(g.Partitions))
	for _, p := range g.inToolOrder() {
		rows = append(rows, offsetRow{g, p})
	}
	return rows
}

// noteOn is a remark on a group that its rows do not show; "" if there is none.
func noteOn(g *groupReport) string {
	switch state := g.view.State; {
	case g.view.Type == model.TypeShare || g.view.Type == model.TypeStreams:
		return fmt.Sprintf("is a %s group in state %s: its offsets are not read", g.view.Type, state)
	case state.Rebalancing():
		return "is rebalancing"
	case state == model.StateEmpty:
		return "has no active members"
	case g.Partitions == nil:
		return "could not be read"
	}
	if opaque := opaqueMembers(g.view.Members); opaque != "" {
		return opaque
	}
	if len(g.Partitions) == 0 {
		return "has neither commits nor assigned partitions"
	}
	return ""
}

// opaqueMembers is the number of members whose assignment is unknown, and the reason; "" if there are none.
func opaqueMembers(members []model.MemberView) string {
	count, why := 0, ""
	for i := range members {
		if !members[i].AssignmentKnown {
			count++
			why = cmp.Or(why, members[i].AssignmentProblem)
		}
	}
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("has members whose assignment is unknown: %d of %d (%s)", count, len(members), text.Clean(cmp.Or(why, "for an unknown reason")))
}
