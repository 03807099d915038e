package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets this binary be rowhouse, or a silo's application, where a script or a test runs
// it as such.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rowhouse": func() { os.Exit(start()) }, "pollsapp": pollsApp})
}

// quickRace is a variable that keeps programs built with -race from sleeping for a
// second before they end.
func quickRace() (name, value string) { return "GORACE", "atexit_sleep_ms=0" }
