package kafkatest

import "flag"

// ParallelWaits lets more tests run at a time than there are cores: they wait for processes and timeouts, and need little
// CPU. The race detector multiplies what they need, so that with it there are fewer: sessions of two seconds must not end
// because a process was not scheduled. Call it in TestMain.
func ParallelWaits() {
	at := "8"
	if raceDetector {
		at = "3"
	}
	if err := flag.Set("test.parallel", at); err != nil {
		panic(err)
	}
}
