// Package kafka is regroup's way to a cluster: it turns what the brokers answer into the snapshots of package model.
//
// A [Poller] looks at every consumer group of a cluster with a number of requests that depends on how many brokers
// there are and not on how many groups. An [Admin] makes and removes topics and groups for the demo. Both take the
// same [Config].
//
// sarama's Broker is used for the wire format and nothing else of it: its cluster admin has no context, looks up
// coordinators one at a time and gives up on the first that fails. Nothing of sarama leaves this package and its
// sub-packages.
package kafka
