package groups

import (
	"testing"

	"regroup/ui/uitest"
)

// What the command takes, off the loop that handles messages.
func BenchmarkListing10000Groups(b *testing.B) {
	v := uitest.Many(10_000)
	b.ReportAllocs()
	for b.Loop() {
		makeListing(v, "service-1", groupOrder{byLag, true}, listing{}, uitest.BubbleStart)
	}
}
