package realtest

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"regroup/model"
)

// finding is a verdict beside the truth.
type finding struct {
	truth   model.Cause
	scene   string
	verdict model.Verdict
	words   string
}

func (f finding) right() bool { return f.verdict.Cause == f.truth }

// ledger collects findings.
type ledger struct {
	mutex    sync.Mutex
	findings []finding
}

func (l *ledger) enter(f finding) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.findings = append(l.findings, f)
}

// lacking are the causes of which there are fewer findings than that.
func (l *ledger) lacking(enough int) []model.Cause {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(causes), func(cause model.Cause) bool {
		count := 0
		for _, f := range l.findings {
			if f.truth == cause {
				count++
			}
		}
		return count >= enough
	})
}

// table is what came of it, a cause a line.
func (l *ledger) table() string {
	var text strings.Builder
	text.WriteString("| cause | produced | right | certain | likely | possible | reported instead |\n|---|---|---|---|---|---|---|\n")
	for _, cause := range causes {
		count, right, wrong := 0, 0, make(map[model.Cause]int)
		by := map[model.Confidence][2]int{} // right, of
		for _, f := range l.findings {
			if f.truth != cause {
				continue
			}
			count++
			of := by[f.verdict.Confidence]
			of[1]++
			if f.right() {
				right++
				of[0]++
			} else {
				wrong[f.verdict.Cause]++
			}
			by[f.verdict.Confidence] = of
		}
		var instead []string
		for _, other := range slices.Sorted(maps.Keys(wrong)) {
			instead = append(instead, fmt.Sprintf("%s %d×", other, wrong[other]))
		}
		cell := func(c model.Confidence) string {
			if by[c][1] == 0 {
				return "–"
			}
			return fmt.Sprintf("%d of %d", by[c][0], by[c][1])
		}
		fmt.Fprintf(&text, "| %s | %d | %d | %s | %s | %s | %s |\n", cause, count, right,
			cell(model.Certain), cell(model.Likely), cell(model.Possible), cmp.Or(strings.Join(instead, ", "), "–"))
	}
	return text.String()
}

// scenesTable is how each way of producing a cause fared.
func (l *ledger) scenesTable() string {
	type row struct {
		truth model.Cause
		scene string
	}
	counts, rights := make(map[row]int), make(map[row]int)
	for _, f := range l.findings {
		r := row{f.truth, f.scene}
		counts[r]++
		if f.right() {
			rights[r]++
		}
	}
	rows := slices.SortedFunc(maps.Keys(counts), func(a, b row) int {
		return cmp.Or(cmp.Compare(slices.Index(causes, a.truth), slices.Index(causes, b.truth)), cmp.Compare(a.scene, b.scene))
	})
	var text strings.Builder
	text.WriteString("| truth | scene | right |\n|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&text, "| %s | %s | %d of %d |\n", r.truth, r.scene, rights[r], counts[r])
	}
	return text.String()
}

// causes are all causes that can be produced, in the order of the table.
var causes = slices.DeleteFunc(model.Causes(), func(c model.Cause) bool { return c == model.CauseUnknown })

// writeVerdicts writes the page on which the verdicts are compared with the truth.
func writeVerdicts(t *testing.T, found *ledger, right int) {
	t.Helper()
	page := fmt.Sprintf(verdictsPage, len(found.findings), right, float64(right)*100/float64(len(found.findings)), found.table(), found.scenesTable())
	if err := os.WriteFile(filepath.Join("..", "..", "docs", "verdicts.md"), []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
}

const verdictsPage = `# Verdicts against the truth

Each cause that regroup reports is produced with real clients: on a cluster of three Apache Kafka brokers, consumers of the
Java client, librdkafka (kcat), franz-go and kafka-go join, leave, crash, freeze and are slow, with varying timeouts,
assignors and commit intervals. The truth is what was done to the consumers, checked against the reason that the brokers
log for each generation; regroup does not read that log. A verdict is what the card of the rebalance shows some seconds
later: a created or deleted topic may be seen only then, and regroup watch reports it in a line of type cause.

%d rebalances, %d verdicts right (%.1f %%).

%s
The columns of the confidences are how many verdicts with that confidence were right. "produced" can exceed the number of
actions: a removed member that rejoins is another rebalance, with a cause of its own.

## In detail

%s
## How to repeat it

    REGROUP_TEST_KAFKA=1 REGROUP_TEST_LONG=1 go test ./kafka/realtest -run TestCauses -timeout 30m -v

It takes 15 to 30 minutes and writes this page. With REGROUP_TEST_SCENES=. instead of REGROUP_TEST_LONG=1 each scene is played
once.
`
