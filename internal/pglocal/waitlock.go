package pglocal

import (
	"context"
	"errors"
	"os"
)

// WaitLock is [Lock] that waits while somebody else has the file. When ctx ends before
// that, it is an [ErrInUse] and what ended ctx.
func WaitLock(ctx context.Context, path string) (*os.File, error) {
	for {
		file, err := Lock(path)
		if !errors.Is(err, ErrInUse) {
			return file, err
		}
		if pause(ctx) != nil {
			return nil, errors.Join(err, context.Cause(ctx))
		}
	}
}
