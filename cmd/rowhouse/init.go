package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/rowhouse-go/rowhouse"
)

const initLong = `Prepare this folder and the database. Whatever is there already stays as it is, so
that it can be run again at any time.

  rowhouse.yaml                the configuration
  migrations/shared, tenant    the folders of the migrations
  schema rowhouse              the registry of tenants, and the ledger of migrations
  schemas shared, extensions   tables that exist once, and extensions' members
  schema public                nobody may create anything there any more

The database is prepared in one transaction; then the shared migrations are applied.`

func (c *cli) initCommand() *cobra.Command {
	var role string
	var anew bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Prepare a folder and a database",
		Long:  initLong,
		Example: "  export ROWHOUSE_DATABASE_URL=postgres://user:password@127.0.0.1:5432/app\n" +
			"  rowhouse init\n  rowhouse init --app-role app    # the role that serves; its URL is ROWHOUSE_APP_URL",
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.prepareAll(cmd, role, anew) },
	}
	cmd.Flags().StringVar(&role, "app-role", "", "the application's database `role`, where it is not the one that migrates; made where it is missing")
	cmd.Flags().BoolVar(&anew, "reset", false, "first drop all tenants, the shared tables and the registry")
	return cmd
}

// prepared is what init did, as --json shows it.
type prepared struct {
	Config string   `json:"config"`
	Made   []string `json:"made"` // files and folders that were not there
}

func (c *cli) prepareAll(cmd *cobra.Command, role string, anew bool) error {
	path := c.config
	if path == "" {
		path = configFile
	}
	did := prepared{Config: path, Made: []string{}}
	if err := did.files(path, role); err != nil {
		return err
	}
	c.config = path
	config, err := c.settings()
	if err != nil {
		return err
	}
	if err := c.named(&config, role); err != nil {
		return err
	}
	if anew {
		if err := c.startOver(cmd.Context(), config); err != nil {
			return err
		}
	}
	if err := rowhouse.Init(cmd.Context(), config); err != nil {
		return err
	}
	if err := c.emit(did, did.human); err != nil {
		return err
	}
	c.serveAs(config, path)
	return nil
}

// startOver drops everything, if the user says yes.
func (c *cli) startOver(ctx context.Context, config rowhouse.Config) error {
	if err := needPostgres(config, "init --reset"); err != nil {
		return err
	}
	if err := c.confirm("Drop all tenants, the shared tables and the registry of %s?", redacted(config)); err != nil {
		return err
	}
	return c.reset(ctx, config)
}

// redacted names the database of a question, without its password.
func redacted(config rowhouse.Config) string {
	parsed, err := pgx.ParseConfig(config.Servers[rowhouse.Main].URL)
	if err != nil {
		return "the database"
	}
	return fmt.Sprintf("database %s on %s", parsed.Database, parsed.Host)
}

// files writes the configuration and makes the folders, where they are missing.
func (p *prepared) files(path, role string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		text, err := configText(firstValues(role))
		if err != nil {
			return err
		}
		if err := writeNew(path, text); err != nil {
			return err
		}
		p.Made = append(p.Made, path)
	}
	for _, scope := range []string{"shared", "tenant"} {
		folder := filepath.Join(filepath.Dir(path), "migrations", scope)
		if _, err := os.Stat(folder); err == nil {
			continue
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("make the folder of the %s migrations: %w", scope, err)
		}
		p.Made = append(p.Made, folder)
	}
	return nil
}

// firstValues are those of a project without a configuration.
func firstValues(role string) configValues {
	v := configValues{URL: "${" + envURL + "}", AppRole: role}
	if role != "" {
		v.AppURL = "${" + envAppURL + "}" // it may be unset: then the URL is the role's
	}
	return v
}

func writeNew(path, text string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

func (p *prepared) human(w io.Writer) error {
	for _, path := range p.Made {
		if _, err := fmt.Fprintln(w, "made", path); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, "the database is ready; next: rowhouse migrate new --help, rowhouse tenant create SLUG")
	return err
}
