package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets this binary be rowhouse where a script or a test runs it as such.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rowhouse": func() { os.Exit(start()) }})
}
