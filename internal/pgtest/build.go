package pgtest

import (
	"runtime/debug"
	"slices"
)

// BuildFlags are those with which a test has the go command build a program of ours:
// as the test was built itself, so that its packages are compiled already.
func BuildFlags() []string {
	info, ok := debug.ReadBuildInfo()
	if ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return []string{"-race"}
	}
	return nil
}
