package parallel

import (
	"strings"
	"testing"
)

func TestWaitRaisesThePanicOfAFunction(t *testing.T) {
	ran := make(chan struct{}, 1)
	defer func() {
		reason, _ := recover().(string)
		if !strings.HasPrefix(reason, "broken\n") || !strings.Contains(reason, "parallel_test.go") {
			t.Errorf("recovered %q, want the reason and where it happened", reason)
		}
		if len(ran) != 1 {
			t.Error("the other function was not waited for")
		}
	}()
	var g Group
	g.Go(func() { panic("broken") })
	g.Go(func() { ran <- struct{}{} })
	g.Wait()
	t.Error("Wait returned although a function panicked")
}
