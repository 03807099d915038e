package migrate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/sqllex"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// rewritten returns migrations as a target runs them: for tables of its own as they
// are, for shared tables rewritten after what is there now.
func (r *Runner) rewritten(ctx context.Context, conn *pgx.Conn, t *target, b batch, down bool) (batch, error) {
	if t.pool == nil {
		return b, nil
	}
	w, err := t.pool.writer(ctx, conn)
	if err != nil {
		return nil, err
	}
	return t.pool.batch(w, t, b, down)
}

// grown is [Runner.rewritten] without a connection: what is there is what the
// migrations so far have made.
func (r *Runner) grown(t *target, todo []*Migration) (batch, error) {
	if t.pool == nil {
		return todo, nil
	}
	w := &ddl.Rewriter{Schema: t.pool.schema, Model: ddl.NewModel()}
	var out batch
	for _, m := range r.c.Tenant {
		made, err := t.pool.batch(w, t, batch{m}, false)
		if err != nil {
			return nil, err
		}
		if slices.Contains(todo, m) {
			out = append(out, made...)
		}
	}
	return out, nil
}

// writer is a rewriter that knows the tables as they are.
func (p *pool) writer(ctx context.Context, conn *pgx.Conn) (*ddl.Rewriter, error) {
	var text []byte
	if err := conn.QueryRow(ctx, ddl.Catalog(p.schema).Inline(), pgx.QueryExecModeExec).Scan(&text); err != nil {
		return nil, fmt.Errorf("read what the shared tables are: %w", err)
	}
	model, err := ddl.ReadModel(text)
	return &ddl.Rewriter{Schema: p.schema, Model: model}, err
}

func (p *pool) batch(w *ddl.Rewriter, t *target, b batch, down bool) (batch, error) {
	out := make(batch, len(b))
	for i, m := range b {
		changed := *m
		part := &changed.Up
		if down {
			part = &changed.Down
		}
		var err error
		if *part, err = p.part(w, t, m, *part, down); err != nil {
			return nil, err
		}
		out[i] = &changed
	}
	return out, nil
}

// part rewrites a part of a migration. Statements for each tenant become a loop, and
// each member gets an entry of its own in the ledger.
func (p *pool) part(w *ddl.Rewriter, t *target, m *Migration, part []Statement, down bool) (out []Statement, err error) {
	each := m.eachTenant()
	for _, s := range part {
		sql, rewrite := sqllex.Replace(s.SQL, t.schema), w.Rewrite
		if each {
			rewrite = w.EachTenant
		}
		all, err := rewrite(sql)
		if err != nil {
			return nil, &fault{m, s.Line, err}
		}
		if m.NoTx && !each && len(all) > 1 {
			// What protects a table must not come later than the table.
			all = []string{"BEGIN;\n" + strings.Join(all, ";\n") + ";\nCOMMIT"}
		}
		for _, sql := range all {
			if each {
				sql = p.loop(m, sql, p.members, down)
			}
			out = append(out, Statement{SQL: sql, Line: s.Line})
		}
	}
	if each && len(p.members) > 0 {
		out = append(out, Statement{SQL: p.entries(m, p.members, down)})
	}
	return out, nil
}

// eachTenant reports whether the statements run as one tenant after the other.
func (m *Migration) eachTenant() bool {
	for _, n := range m.Notes {
		if n.Name == "each-tenant" {
			return true
		}
	}
	return false
}

// loop runs a statement as each of the members that lacks the migration, or with down
// has it: in their tenant, as a role that is subject to the policies. Triggers that are
// deferred fire with the statement: at the end they would fire in no tenant, as who
// sees everybody's rows. Deferred keys look at the key alone, and stay deferred.
func (p *pool) loop(m *Migration, sql string, members []*tenant.Tenant, down bool) string {
	not := "NOT "
	if down {
		not = ""
	}
	return "DO " + ident.Literal(fmt.Sprintf(`DECLARE t text; BEGIN
SELECT 'SET CONSTRAINTS ' || string_agg(DISTINCT connamespace::regnamespace || '.' || quote_ident(conname), ', ') || ' IMMEDIATE' INTO t
FROM pg_constraint WHERE connamespace = to_regnamespace(%s) AND contype = 't' AND condeferrable;
IF t IS NOT NULL THEN EXECUTE t; END IF;
FOREACH t IN ARRAY ARRAY(SELECT m FROM unnest(%s) AS m WHERE %sEXISTS (SELECT FROM rowhouse.ledger AS l WHERE l.target = m AND l.version = %d)) LOOP
PERFORM set_config('%s', t, true);
SET LOCAL ROLE %s;
EXECUTE %s;
RESET ROLE;
END LOOP;
PERFORM set_config('%s', '', true);
END`, ident.Literal(ident.Quote(p.schema)), p.ids(members), not, m.Version, row.Setting, ident.Quote(p.role), ident.Literal(sql), row.Setting))
}

// entries notes in the ledger which members have a migration for each tenant.
func (p *pool) entries(m *Migration, members []*tenant.Tenant, down bool) string {
	if down {
		return fmt.Sprintf("DELETE FROM rowhouse.ledger WHERE version = %d AND target = ANY (%s)", m.Version, p.ids(members))
	}
	return fmt.Sprintf("INSERT INTO rowhouse.ledger (target, version, name, checksum, duration_ms) SELECT m, %d, %s, %s, 0 FROM unnest(%s) AS m ON CONFLICT DO NOTHING",
		m.Version, ident.Literal(m.Name), ident.Literal(m.Checksum), p.ids(members))
}
