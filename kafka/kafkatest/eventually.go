package kafkatest

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Patience is how long a test waits for something that normally takes a second or two: the machine may be busy.
const Patience = 90 * time.Second

// askEvery is how often a condition is checked.
const askEvery = 20 * time.Millisecond

// Eventually asks until there is no problem any more, and fails with the last problem if that takes too long. How long
// is no measure of anything: brokers, Java programs and tests share few cores.
func Eventually(t testing.TB, problem func() string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	var last string
	if err := poll(ctx, "the condition", func() (bool, error) {
		last = problem()
		return last == "", nil
	}); err != nil {
		t.Fatalf("%v: %s", err, last)
	}
}

// poll asks again and again until the answer is yes or an error, or the context ends; wanted is what is waited for.
func poll(ctx context.Context, wanted string, done func() (bool, error)) error {
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited for %s: %w", wanted, context.Cause(ctx))
		case <-time.After(askEvery):
		}
	}
}

// Await waits until the condition holds.
func Await(t testing.TB, what string, condition func() bool) {
	t.Helper()
	Eventually(t, func() string {
		if condition() {
			return ""
		}
		return what
	})
}

// Must fails the test on an error of something that is not tested.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
