// Package kafka makes the connections to a cluster: its configuration, authentication and encryption, the versions of the
// requests that both sides speak, and errors with advice. It is the one place where a client of a cluster is configured.
//
// The packages below it do the work over these connections: brokers keeps connections to every broker, poll reads the
// groups of a cluster, probe watches their states between polls, tail reads __consumer_offsets, and admin changes things.
//
// sarama's Broker is used for the wire format and nothing else of it: its cluster admin has no context, looks up
// coordinators one at a time and stops at the first that fails. Nothing of sarama leaves this package and those below it.
package kafka
