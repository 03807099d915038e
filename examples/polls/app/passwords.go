package app

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// The cost of one hash: 7 MiB and five passes, of the equal choices in OWASP's advice
// for argon2id the one that takes the least memory.
const (
	hashMemory = 7 << 10 // KiB
	hashPasses = 5
	hashLength = 32
	saltLength = 16

	hashesAtOnce = 4 // bounds the memory that a burst of sign-ins takes
	hashPatience = 5 * time.Second
)

// hasher hashes passwords, a few at a time.
type hasher struct{ slots chan struct{} }

func newHasher(atOnce int) *hasher { return &hasher{make(chan struct{}, atOnce)} }

// hash returns password's hash with a fresh salt, in the PHC string format.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails
	sum, err := h.derive(ctx, password, salt)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%s$%s", hashPrefix(), encode(salt), encode(sum)), nil
}

// verify compares in the same time whatever differs. An empty stored hash, of a
// user who does not exist, takes as long and matches nothing.
func (h *hasher) verify(ctx context.Context, stored, password string) (bool, error) {
	salt, want := parseHash(stored)
	sum, err := h.derive(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, want) == 1, nil
}

func (h *hasher) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, hashPatience)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, errBusy
	}
	return argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, 1, hashLength), nil
}

func hashPrefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$", argon2.Version, hashMemory, hashPasses)
}

func parseHash(stored string) (salt, sum []byte) {
	rest, ok := strings.CutPrefix(stored, hashPrefix())
	left, right, _ := strings.Cut(rest, "$")
	if !ok {
		return make([]byte, saltLength), nil
	}
	return decodeText(left), decodeText(right)
}

func encode(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

func decodeText(s string) []byte {
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}
