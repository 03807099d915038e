package proxy

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rowhouse-go/rowhouse/internal/wholefile"
)

// Write puts a configuration into file in one step: who reads it sees the old one or
// the new one.
func Write(file string, text []byte) error { return wholefile.Write(file, text, 0o644) }

// Install writes file, which the proxy's main configuration includes, and has the
// running proxy read it; no request is dropped. What the proxy refuses is taken back,
// and the error is a [*RefusedError]: the proxy goes on with what it had.
func (p Program) Install(ctx context.Context, file string, text []byte) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	if err := p.Check(ctx, text); err != nil {
		return err
	}
	before, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !bytes.Equal(before, text) {
		if err := Write(file, text); err != nil {
			return err
		}
	}
	if err := p.run(ctx, p.kind.check(file, p.Main)); err != nil {
		return errors.Join(err, restore(file, before))
	}
	return p.run(ctx, p.kind.reload(file, p.Main))
}

func restore(file string, before []byte) error {
	if before == nil {
		return os.Remove(file)
	}
	return Write(file, before)
}
