package sqlitefile

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net/url"
	"time"

	"modernc.org/sqlite"
)

// Lock waits for a lock that is kept in a file of its own, and returns what gives it
// back. Any number may hold it shared, or one alone. A program that dies gives it
// back: the lock is an open transaction.
func Lock(ctx context.Context, path string, alone bool) (release func(), err error) {
	conn, err := lockFile(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("sqlitefile: lock %s: %w", path, err)
	}
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		if err = begin(ctx, conn, alone); err == nil {
			return func() { _ = conn.Close() }, nil
		}
		if !Busy(err) {
			break
		}
		if err = pause(ctx, wait); err != nil {
			break
		}
	}
	_ = conn.Close()
	return nil, fmt.Errorf("sqlitefile: lock %s: %w", path, err)
}

// lockFile opens without a write-ahead log, where a reader and a writer would not
// shut each other out.
func lockFile(ctx context.Context, path string) (driver.Conn, error) {
	u, err := URI(path, Create)
	if err != nil {
		return nil, err
	}
	settings := url.Values{"_busy_timeout": {"0"}}
	connector, err := sqlite.NewConnector(u + "&" + settings.Encode())
	if err != nil {
		return nil, err
	}
	return connector.Connect(ctx)
}

// begin opens the transaction that is the lock. A shared one begins with its first
// read.
func begin(ctx context.Context, conn driver.Conn, alone bool) error {
	if alone {
		return Exec(ctx, conn, "BEGIN EXCLUSIVE")
	}
	if err := Exec(ctx, conn, "BEGIN"); err != nil {
		return err
	}
	if err := Exec(ctx, conn, "SELECT count(*) FROM sqlite_schema"); err != nil {
		_ = Exec(context.WithoutCancel(ctx), conn, "ROLLBACK")
		return err
	}
	return nil
}

// Exec runs statements without parameters on a connection.
func Exec(ctx context.Context, conn driver.Conn, script string) error {
	_, err := conn.(driver.ExecerContext).ExecContext(ctx, script, nil)
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
