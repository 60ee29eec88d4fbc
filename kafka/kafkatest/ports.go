package kafkatest

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// The ports come from below those that systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere):
// a broker that was killed must find its port free when it starts again, although clients connect all the time.
const firstPort, lastPort = 21000, 32000

// freePorts finds ports of 127.0.0.1 on which nothing is listening. Another process may take one before the broker does:
// the caller must be ready to try again.
func freePorts(count int) ([]int, error) {
	var ports []int
	taken := map[int]bool{}
	for attempts := 0; len(ports) < count; attempts++ {
		if attempts > 50*count {
			return nil, fmt.Errorf("found only %d of %d free ports between %d and %d", len(ports), count, firstPort, lastPort)
		}
		port := firstPort + rand.IntN(lastPort-firstPort)
		if taken[port] {
			continue
		}
		taken[port] = true
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		_ = listener.Close()
		ports = append(ports, port)
	}
	return ports, nil
}
