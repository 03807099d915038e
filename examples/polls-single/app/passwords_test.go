package app

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	h := newHasher(2)
	stored, err := h.hash(t.Context(), "sesame")
	if err != nil || strings.Contains(stored, "sesame") {
		t.Fatalf("%q, %v", stored, err)
	}
	for _, c := range []struct {
		name, stored, password string
		want                   bool
	}{
		{"the same", stored, "sesame", true},
		{"another", stored, "Sesame", false},
		{"none", stored, "", false},
		{"no such user", "", "sesame", false},
		{"no such user, no password", "", "", false},
		{"a hash cut short", stored[:len(stored)-8], "sesame", false},
		{"a hash of another kind", "$2y$10$" + stored, "sesame", false},
		{"a prefix alone", hashPrefix(), "sesame", false},
	} {
		if got, err := h.verify(t.Context(), c.stored, c.password); got != c.want || err != nil {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
}

func TestHashingWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	h := newHasher(1)
	h.slots <- struct{}{} // somebody else hashes
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, "sesame"); !errors.Is(err, errBusy) {
		t.Errorf("a second hash at once: %v", err)
	}
}
