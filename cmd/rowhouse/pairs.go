package main

import (
	"encoding/json"
	"strings"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// parseLabels reads label=value pairs.
func parseLabels(flag string, pairs []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, usagef("--%s %q: write label=value", flag, pair)
		}
		labels[key] = value
	}
	return labels, nil
}

// parseSettings reads key=value pairs. A value that is JSON is taken as such,
// everything else as a string: "limit=5" is a number, "color=#fff" a string.
func parseSettings(pairs []string) (tenant.Settings, error) {
	settings := tenant.Settings{}
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, usagef("--set %q: write key=value", pair)
		}
		settings[key] = setting(value)
	}
	return settings, nil
}

func setting(value string) json.RawMessage {
	if json.Valid([]byte(value)) {
		return json.RawMessage(value)
	}
	text, _ := json.Marshal(value) // a string always can be
	return text
}
