package cli

import "regroup/ui/text"

// quote puts a name in a sentence. Names that come from a cluster, a file or the command line cannot send escapes.
func quote(name string) string { return `"` + text.Clean(name) + `"` }
