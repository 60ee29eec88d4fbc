// Keysdoc writes the page of all keys to the file that its argument names.
package main

import (
	"fmt"
	"os"

	"regroup/ui"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "keysdoc: name the file to write")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], []byte(ui.KeysPage()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "keysdoc:", err)
		os.Exit(1)
	}
}
