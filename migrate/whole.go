package migrate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// ownShared reports whether a tenant lives beside other shared tables than those of
// the main server, which runs bring to the head before a tenant is made.
func (r *Runner) ownShared(t *target) bool {
	return t.home != home{server: r.c.Main} && r.hasShared(t.tenant.Placement.Level)
}

// applyWhole brings the shared tables of a tenant's database and the tenant to the
// head, stage by stage.
func (r *Runner) applyWhole(ctx context.Context, conn *pgx.Conn, tenants *job) (int64, error) {
	if err := InstallLedger(ctx, conn); err != nil {
		return 0, err
	}
	shared := &job{target: r.sharedTarget(tenants.target.home), todo: r.c.Shared}
	for _, j := range []*job{shared, tenants} {
		if err := j.refresh(ctx, conn); err != nil {
			return 0, err
		}
	}
	if tenants.have.count == 0 { // the level's rights are given before there are tables
		msg := &message{}
		msg.plan(tenants.target.create...)
		if err := msg.run(ctx, conn); err != nil {
			return 0, tenants.explain(nil, err)
		}
	}
	for _, s := range r.stages {
		j := tenants
		if s.scope == Shared {
			j = shared
		}
		part := &job{target: j.target, have: j.have, todo: within(j.todo, s.migrations)}
		if err := r.advance(ctx, conn, part, together); err != nil {
			return 0, err
		}
		j.have = part.have
	}
	return tenants.have.head, nil
}

// Template names what the migrations make in a new database, by their text. It is not
// ok where a Go migration may make another thing for each tenant.
func (r *Runner) Template() (name string, ok bool) {
	sum := sha256.New()
	for _, scope := range []Scope{Shared, Tenant} {
		for _, m := range r.source(scope) {
			if m.Go != nil {
				return "", false
			}
			fmt.Fprintf(sum, "%s %d %s\n", scope, m.Version, m.Checksum)
		}
	}
	fmt.Fprintf(sum, "%v", r.c.Names)
	return hex.EncodeToString(sum.Sum(nil)), true
}

// Inherit returns the statement by which a tenant takes over the ledger of the one
// that its database is a copy of. It may be run again.
func (r *Runner) Inherit(from, to tenant.ID) isolation.Statement {
	return isolation.Statement{SQL: "DO " + ident.Literal(
		"BEGIN IF to_regclass('rowhouse.ledger') IS NOT NULL THEN UPDATE rowhouse.ledger SET target = "+
			ident.Literal(targetOf(to))+" WHERE target = "+ident.Literal(targetOf(from))+"; END IF; END")}
}
