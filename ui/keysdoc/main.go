// Keysdoc writes docs/keys.md, the page of all keys, to the file named by its argument.
package main

import (
	"fmt"
	"os"

	"regroup/ui"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: keysdoc FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], []byte(ui.KeysPage()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "keysdoc:", err)
		os.Exit(1)
	}
}
