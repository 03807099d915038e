package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/migrate"
)

func (c *cli) migrateNew() *cobra.Command {
	shared := false
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Write the next migration file, with nothing in it yet",
		Long: `Write the next migration file of the tenants' tables, or with --shared of the shared
ones. Name tables without a schema. The folder's newest file decides how versions
are counted and which format the file has.`,
		Example: "  rowhouse migrate new create_users\n  rowhouse migrate new create_plans --shared",
		Args:    takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			folder, err := c.migrationFolder(shared)
			if err != nil {
				return err
			}
			path, err := migrate.NewFile(folder, args[0])
			if err != nil {
				return err
			}
			return c.emit(map[string]string{"file": path}, func(w io.Writer) error {
				_, err := fmt.Fprintln(w, "made", path)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&shared, "shared", false, "a migration of the shared tables")
	return cmd
}

// migrationFolder reads from the configuration where files of a scope are written.
func (c *cli) migrationFolder(shared bool) (string, error) {
	var file struct {
		Migrations struct{ Shared, Tenant string }
	}
	path := c.config
	if path == "" {
		path = configFile
	}
	text, err := os.ReadFile(path)
	if err != nil && (c.config != "" || !errors.Is(err, fs.ErrNotExist)) {
		return "", unreadable(path, &rowhouse.ConfigError{Err: fmt.Errorf("read the configuration: %w", err)})
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return "", &rowhouse.ConfigError{File: path, Err: err}
	}
	folder, usual := file.Migrations.Tenant, "migrations/tenant"
	if shared {
		folder, usual = file.Migrations.Shared, "migrations/shared"
	}
	if folder == "" {
		folder = usual
	}
	if filepath.IsAbs(folder) {
		return folder, nil
	}
	return filepath.Join(filepath.Dir(path), folder), nil
}
