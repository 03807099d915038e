package ident_test

import (
	"errors"
	"testing"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestAddressesHaveOneForm(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"127.0.0.1:8080":      "127.0.0.1:8080",
		"[2001:DB8::0:1]:080": "[2001:db8::1]:80",
		"App.Internal.:80":    "app.internal:80",
		"web:65535":           "web:65535",
	} {
		if got, err := ident.HostPort(raw); err != nil || got != want {
			t.Errorf("HostPort(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
}

func TestAddressesThatNobodyCanReachAreRefused(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", "127.0.0.1", ":80", "web:", "web:0", "web:65536", "web:http", "web:-1", "web:+1", "::1:80", "web:80:80", "unix:/run/web",
		"web:80;", "web :80", "web\n:80", `"web":80`, "web:80 {", "$host:80", "http://web:80", "user@web:80", "..:80",
	} {
		got, err := ident.HostPort(raw)
		if _, ok := errors.AsType[*tenant.InvalidError](err); !ok {
			t.Errorf("HostPort(%q) = %q, %v; want an InvalidError", raw, got, err)
		}
	}
}
