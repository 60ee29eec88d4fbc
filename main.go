// regroup is a terminal monitor for Apache Kafka consumer groups.
package main

import (
	"os"

	"regroup/cli"
)

func main() { os.Exit(cli.Main()) }
