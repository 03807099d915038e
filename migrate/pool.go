package migrate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/isolation/row/ddl"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// Pooling is what a level has beside [isolation.Level] whose tenants share their
// tables: in each database they are one target.
type Pooling interface {
	isolation.Level
	// EnterPool enters the shared tables as nobody.
	EnterPool(p tenant.Placement) isolation.Statement
	// Role is who works as one of the tenants, subject to row-level security.
	Role() string
}

// ErrNoRole is [row.ErrNoRole].
var ErrNoRole = row.ErrNoRole

// OneOfManyError names a tenant that cannot be migrated alone, because it shares its
// tables with others. It is an [errors.ErrUnsupported].
type OneOfManyError struct{ Slug string }

func (e *OneOfManyError) Error() string {
	return fmt.Sprintf("tenant %s shares its tables with others, which are migrated together: leave --tenant out", e.Slug)
}

// Unwrap makes the error an [errors.ErrUnsupported].
func (e *OneOfManyError) Unwrap() error { return errors.ErrUnsupported }

// pooledTarget is the name of the shared tables in the ledger.
const pooledTarget = "pooled"

// pool is what the target of shared tables has beside others.
type pool struct {
	schema  string // not quoted
	role    string
	members []*tenant.Tenant // all whose rows are here, served or not
}

// pooling returns the level of t where its tenants share their tables.
func (r *Runner) pooling(t *tenant.Tenant) (Pooling, bool) {
	level, err := r.c.Levels.Level(t.Placement.Level)
	if err != nil {
		return nil, false
	}
	p, ok := level.(Pooling)
	return p, ok
}

// poolTarget is the target of the tables that t shares with others of its database.
func (r *Runner) poolTarget(t *tenant.Tenant, level Pooling) (*target, error) {
	if level.Role() == "" {
		return nil, fmt.Errorf("migrate: %s: %w", t.Slug, ErrNoRole)
	}
	at := t.Placement
	at.Epoch = 0
	p := &pool{schema: at.Schema, role: level.Role()}
	key, check := pooledTarget, p.check()
	if at.Schema != r.c.Names.Pooled {
		// Built to be compared with the real ones, in which the check may find what is to
		// be repaired.
		key, check = targetOf(t.ID), ""
	}
	return &target{
		scope:  Tenant,
		key:    key,
		label:  pooledTarget,
		lock:   lockOf(key),
		home:   home{at.Server, at.Database},
		enter:  level.EnterPool(at),
		create: level.Create(at),
		schema: ident.Quote(at.Schema),
		tenant: &tenant.Tenant{Slug: pooledTarget, Name: pooledTarget, Status: tenant.Active, Placement: at},
		pool:   p,
		check:  check,
	}, nil
}

// pooled collects the targets of shared tables while the fleet is arranged.
type pooled map[home]*target

// take reports whether t is a member of one of them; with an error, whether it should be.
func (p pooled) take(r *Runner, t *tenant.Tenant) (bool, error) {
	level, ok := r.pooling(t)
	if !ok {
		return false, nil
	}
	h := home{t.Placement.Server, t.Placement.Database}
	if p[h] == nil {
		made, err := r.poolTarget(t, level)
		if err != nil {
			return true, err
		}
		p[h] = made
	}
	p[h].pool.members = append(p[h].pool.members, t)
	return true, nil
}

// addTo makes them part of the fleet. Shared tables are chosen where all of their
// tenants are.
func (p pooled) addTo(f *fleet, chosen map[tenant.ID]bool) {
	for _, t := range p {
		f.targets = append(f.targets, t)
		some, all := false, true
		for _, m := range t.pool.members {
			t.tenant.Version = max(t.tenant.Version, m.Version)
			some, all = some || chosen[m.ID], all && chosen[m.ID]
		}
		f.selected[t] = all
		if some && !all {
			f.skipped = append(f.skipped, Skipped{t.tenant, "belongs to more tenants than were chosen"})
		}
	}
	slices.SortFunc(f.targets[len(f.targets)-len(p):], func(a, b *target) int { return compareHomes(a.home, b.home) })
}

// nobodysOwn refuses a tenant by name that has no tables of its own.
func (r *Runner) nobodysOwn(named []*tenant.Tenant) error {
	for _, t := range named {
		if _, ok := r.pooling(t); ok {
			return &OneOfManyError{Slug: t.Slug}
		}
	}
	return nil
}

// check is a statement that fails where something of the shared tables is not
// protected, whoever made it.
func (p *pool) check() string {
	return "DO " + ident.Literal("DECLARE wrong text; BEGIN SELECT string_agg(object || ' ' || problem, '; ') INTO wrong FROM ("+
		ddl.Verify(p.schema).Inline()+") AS v; IF wrong IS NOT NULL THEN RAISE EXCEPTION '%', wrong USING ERRCODE = '"+stateUnprotected+"'; END IF; END")
}

// stateUnprotected is the SQLSTATE of [pool.check].
const stateUnprotected = "RH003"

// ids are the members as an SQL array.
func (p *pool) ids(members []*tenant.Tenant) string {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID.String()
	}
	return "'{" + strings.Join(ids, ",") + "}'::text[]"
}
