package diff

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rowhouse-go/rowhouse/internal/sqllex"
)

// Models returns a desired state that is written in SQL: a file, or a folder of .sql
// files, which run in the order of their names.
func Models(path string) Desired {
	return func(ctx context.Context, db *sql.DB) error {
		files, err := modelFiles(path)
		if err != nil {
			return fmt.Errorf("read the models: %w", err)
		}
		for _, file := range files {
			if err := runFile(ctx, db, file); err != nil {
				return err
			}
		}
		return nil
	}
}

func modelFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	files, err := filepath.Glob(filepath.Join(path, "*.sql"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s has no .sql file", path)
	}
	slices.Sort(files)
	return files, err
}

func runFile(ctx context.Context, db *sql.DB, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the models: %w", err)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return conn.Raw(func(driver any) error {
		for _, one := range sqllex.Split(string(text)) {
			if _, err := driver.(*stdlib.Conn).Conn().PgConn().Exec(ctx, one.Text).ReadAll(); err != nil {
				return fmt.Errorf("%s:%d: %w", file, one.Line+lines(one.Text, err), err)
			}
		}
		return nil
	})
}

// lines counts those of a statement before its error, where the server says where that
// is.
func lines(statement string, err error) int {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Position == 0 {
		return 0
	}
	runes := []rune(statement)
	return strings.Count(string(runes[:min(int(pg.Position)-1, len(runes))]), "\n")
}
