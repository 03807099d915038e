package rowhouse

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
)

// ConfigError is a configuration that cannot work until somebody changes it, with what
// to change.
type ConfigError struct {
	File string // where it was read; empty for one that was made in Go
	Err  error
}

// Error leaves out the lines around a fault of the syntax, which the library quotes:
// they may hold a password.
func (e *ConfigError) Error() string {
	text := "rowhouse: "
	if e.File != "" {
		text += e.File + ": "
	}
	var syntax yaml.Error
	if errors.As(e.Err, &syntax) {
		return text + strings.TrimSpace(yaml.FormatError(e.Err, false, false))
	}
	return text + e.Err.Error()
}

// Unwrap returns what is wrong.
func (e *ConfigError) Unwrap() error { return e.Err }
