// Package kafkatest starts a real Apache Kafka for tests: brokers with combined roles (KRaft) on free loopback ports,
// from Maven artifacts, so that Java 17 and Maven are all it takes. Kafka's own command-line tools, the Java console
// consumers and kcat run against it as clients that are not ours.
//
// The tests that use it are off by default; the environment variable REGROUP_TEST_KAFKA turns them on:
//
//	unset, 0   they skip, and say how to run them
//	1          they run where Java and Maven are found, and skip elsewhere
//	required   they run; whatever is missing is a failure
//
// Most tests share one cluster a test binary ([Shared]); a test that needs other settings or another release starts
// its own ([Start]). No broker outlives the test binary, however it ends: see watchdog.go.
package kafkatest
