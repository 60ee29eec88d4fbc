// Package realtest holds the tests of regroup against a real Apache Kafka: the poller and the tracker must see what
// Kafka's own tools and the brokers' logs say, of consumers that are not regroup's. They are off by default; package
// kafkatest says how to run them.
package realtest
