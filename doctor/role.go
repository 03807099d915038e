package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
)

const roleRights = `SELECT rolsuper, rolbypassrls, rolcreaterole, rolcanlogin,
 has_schema_privilege(rolname, 'public', 'CREATE')
FROM pg_roles WHERE rolname = $1`

// appRole examines the role that the application connects as.
func (e *exam) appRole(ctx context.Context) error {
	role := e.config.AppRole
	if role == "" {
		return e.noAppRole(ctx)
	}
	var super, bypass, creates, login, public bool
	err := e.conn.QueryRow(ctx, roleRights, role).Scan(&super, &bypass, &creates, &login, &public)
	object, quoted := "role "+role, ident.Quote(role)
	if errors.Is(err, pgx.ErrNoRows) {
		e.found(Problem, "privileges", object, "CREATE ROLE "+quoted+" LOGIN PASSWORD …, then run rowhouse init", "it does not exist")
		return nil
	}
	if err != nil {
		return err
	}
	for _, right := range []struct {
		has          bool
		what, remedy string
	}{
		{super, "it is a superuser: nothing holds it back", "ALTER ROLE " + quoted + " NOSUPERUSER"},
		{bypass, "it bypasses row security", "ALTER ROLE " + quoted + " NOBYPASSRLS"},
		{creates, "it may make roles, and so become others", "ALTER ROLE " + quoted + " NOCREATEROLE"},
		{!login, "it may not log in", "ALTER ROLE " + quoted + " LOGIN"},
		{public && !super, "it may create objects in schema public", "REVOKE CREATE ON SCHEMA public FROM " + quoted},
	} {
		if right.has {
			e.found(Warning, "privileges", object, right.remedy, "%s", right.what)
		}
	}
	return e.usage(ctx, role)
}

func (e *exam) noAppRole(ctx context.Context) error {
	var super bool
	err := e.conn.QueryRow(ctx, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user").Scan(&super)
	if err == nil && super {
		e.found(Note, "privileges", "role "+e.conn.Config().User,
			"make a role for the application and run rowhouse init --app-role ROLE",
			"it is a superuser, and the configuration names no app_role: if the application connects as it, nothing holds it back")
	}
	return err
}

const noUsage = `SELECT nspname::text FROM pg_namespace
WHERE nspname = ANY ($2::text[]) AND NOT has_schema_privilege($1, oid, 'USAGE') ORDER BY nspname`

// usage finds schemas that the application needs and may not enter.
func (e *exam) usage(ctx context.Context, role string) error {
	needed := append([]string{"rowhouse", e.config.Schemas.Shared, e.config.Schemas.Extensions}, e.schemas()...)
	rows, _ := e.conn.Query(ctx, noUsage, role, needed)
	closed, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(closed) == 0 {
		return err
	}
	const most = 5
	shown := strings.Join(closed[:min(len(closed), most)], ", ")
	e.found(Problem, "privileges", "role "+role, fmt.Sprintf("GRANT USAGE ON SCHEMA … TO %s", ident.Quote(role)),
		"it may not use %d schema(s): %s", len(closed), shown)
	return nil
}
