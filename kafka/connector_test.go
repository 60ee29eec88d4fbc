package kafka_test

import (
	"errors"
	"io"
	"net"
	"testing"

	"regroup/kafka"
	"regroup/kafka/kafkatest/fake"
)

// What the system says of a connection that was reset has numbers of its own on each.
func TestAResetConnectionIsLost(t *testing.T) {
	conn, err := net.Dial("tcp", fake.Listen(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1))
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // it is reset
	if _, err := conn.Write([]byte{0}); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); errors.Is(err, io.EOF) || !kafka.ConnectionLost(err) {
		t.Errorf("%v is not known for a lost connection", err)
	}
}
