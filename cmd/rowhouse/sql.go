package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

const sqlExample = `  rowhouse sql --all 'SELECT count(*) FROM users'
  rowhouse sql --where plan=pro --json 'SELECT id, email FROM users ORDER BY id'
  rowhouse sql --tenant acme --write "UPDATE users SET email = lower(email)"`

// statement is one SQL statement for the fleet.
type statement struct {
	text  string
	write bool
}

func (c *cli) sqlCommand() *cobra.Command {
	var (
		f     fleet
		write bool
	)
	cmd := &cobra.Command{
		Use:   "sql (--tenant SLUG | --where label=value | --all) STATEMENT",
		Short: "Run one statement in each tenant, rows labelled by tenant",
		Long: `Run one SQL statement in each tenant, in a transaction of its own. It is read-only
unless --write says otherwise.`,
		Example: sqlExample,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.chosen(cmd); err != nil {
				return err
			}
			if n := len(sqllex.Split(args[0])); n != 1 {
				return usagef("%s takes one statement, and this is %d: use rowhouse psql", cmd.CommandPath(), n)
			}
			return c.sql(cmd.Context(), &f, statement{args[0], write})
		},
	}
	f.flags(cmd, c, 4)
	f.explicitly(cmd)
	cmd.Flags().BoolVar(&write, "write", false, "let the statement change data")
	return cmd
}

func (c *cli) sql(ctx context.Context, f *fleet, s statement) error {
	return c.within(ctx, func(h *rowhouse.House) error {
		tenants, err := f.tenants(ctx, h, tenant.Active, tenant.ReadOnly)
		if err != nil {
			return err
		}
		if f.dryRun {
			return c.emitPlan(jobsOf(tenants), s.text)
		}
		if len(tenants) == 0 {
			c.say("no tenants")
		}
		return c.emitAnswers(askAll(ctx, asker(h), tenants, s, f.workers))
	})
}

func jobsOf(tenants []*tenant.Tenant) []job {
	jobs := make([]job, 0, len(tenants))
	for _, t := range tenants {
		jobs = append(jobs, job{slug: t.Slug})
	}
	return jobs
}

// asker returns what runs a statement for the context's tenant.
func asker(h *rowhouse.House) func(context.Context, statement) (answer, error) {
	db, err := h.DB()
	if err != nil {
		return func(ctx context.Context, s statement) (answer, error) { return askEngine(ctx, h.SQL(), s) }
	}
	return func(ctx context.Context, s statement) (answer, error) { return ask(ctx, db, s) }
}

// askAll runs the statement in each tenant, some at a time, and returns the answers
// in the tenants' order.
func askAll(ctx context.Context, ask func(context.Context, statement) (answer, error), tenants []*tenant.Tenant, s statement, workers int) []answer {
	answers := make([]answer, len(tenants))
	var group errgroup.Group
	group.SetLimit(workers)
	for i, t := range tenants {
		group.Go(func() error {
			a, err := ask(tenant.NewContext(ctx, t), s)
			a.slug, a.err = t.Slug, s.hint(t, err)
			answers[i] = a
			return nil
		})
	}
	_ = group.Wait() // each answer has its own error
	return answers
}

// hint adds what would have prevented a refusal: another status, --write, or the
// application's URL.
func (s statement) hint(t *tenant.Tenant, err error) error {
	const readOnly = "25006" // read_only_sql_transaction
	var coded interface{ SQLState() string }
	refused := errors.As(err, &coded) && coded.SQLState() == readOnly
	switch {
	case refused && t.Status == tenant.ReadOnly:
		return fmt.Errorf("%w; run rowhouse tenant resume %s", err, t.Slug)
	case refused && !s.write && t.Status == tenant.Active:
		return fmt.Errorf("%w; say --write to let it change data", err)
	}
	if errors.Is(err, tenantpgx.ErrBypass) {
		return fmt.Errorf("servers.%s.app_url is empty, as where its variable is not set, or not the URL of app_role: set it, such as by %s: %w", t.Placement.Server, envAppURL, tenantpgx.ErrBypass)
	}
	return err
}

func ask(ctx context.Context, db *tenantpgx.DB, s statement) (a answer, err error) {
	options := pgx.TxOptions{AccessMode: pgx.ReadOnly}
	if s.write {
		options.AccessMode = pgx.ReadWrite
	}
	tx, err := db.BeginTx(ctx, options)
	if err != nil {
		return a, err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	// Text is what people read, and what JSON can carry whatever the type.
	rows, err := tx.Query(ctx, s.text, pgx.QueryResultFormats{pgx.TextFormatCode})
	if err != nil {
		return a, err
	}
	if a, err = readAnswer(rows); err != nil {
		return a, err
	}
	if err := tx.Commit(ctx); err != nil {
		return a, fmt.Errorf("commit: %w", err)
	}
	return a, nil
}
