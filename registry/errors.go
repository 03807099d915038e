package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// TakenError says which name another tenant holds. It is a [tenant.ErrExists].
type TakenError struct {
	Field string // slug, host, schema, database or id
	Value string
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("%s %q is already taken by another tenant", e.Field, e.Value)
}

// Is makes the error a [tenant.ErrExists].
func (e *TakenError) Is(target error) bool { return target == tenant.ErrExists }

// taken turns a unique violation into a [*TakenError], by the name of the
// constraint, and returns any other error as it is.
func (p *Postgres) taken(ctx context.Context, t *tenant.Tenant, err error) error {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || pgErr.Code != "23505" {
		return err
	}
	switch pgErr.ConstraintName {
	case "tenants_slug_live":
		return &TakenError{"slug", t.Slug}
	case "tenants_pkey":
		return &TakenError{"id", t.ID.String()}
	case "tenants_placement":
		if t.Placement.Schema != "" {
			return &TakenError{"schema", t.Placement.Schema}
		}
		return &TakenError{"database", t.Placement.Database}
	case "domains_host_live":
		return &TakenError{"host", p.takenHost(ctx, t)}
	}
	return err
}

const hostsOfOthers = `SELECT d.host FROM rowhouse.domains AS d
WHERE d.live AND d.tenant <> $1::text::uuid AND lower(d.host) = ANY ($2::text[])`

// takenHost finds which of t's hosts is another's. The server says so only as
// text in its own language. Where the other has let go meanwhile, or the question
// fails, any of the hosts will do.
func (p *Postgres) takenHost(ctx context.Context, t *tenant.Tenant) string {
	hosts := hostNames(t)
	if len(hosts) == 1 {
		return hosts[0]
	}
	rows, _ := p.db.Query(ctx, hostsOfOthers, t.ID.String(), hosts)
	others, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(others) == 0 {
		return hosts[0]
	}
	return slices.Min(others)
}
