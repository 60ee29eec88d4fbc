package kafka

import (
	"strings"
	"testing"
)

func TestAPanicBesideReachesWhoeverWaits(t *testing.T) {
	ran := make(chan struct{}, 1)
	defer func() {
		reason, _ := recover().(string)
		if !strings.HasPrefix(reason, "broken\n") || !strings.Contains(reason, "beside_test.go") {
			t.Errorf("recovered %q, want the reason and where it happened", reason)
		}
		if len(ran) != 1 {
			t.Error("the other function was not waited for")
		}
	}()
	var b beside
	b.Go(func() { panic("broken") })
	b.Go(func() { ran <- struct{}{} })
	b.Wait()
	t.Error("Wait returned although a function panicked")
}
