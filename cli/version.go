package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is what the Go toolchain has stamped into the binary: the module's version, or the commit that it was built from.
func version() string {
	text := "of unknown source"
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			text = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" && len(setting.Value) >= 12 {
				text += " (" + setting.Value[:12] + ")"
			}
		}
	}
	return fmt.Sprintf("%s, %s %s/%s", text, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
