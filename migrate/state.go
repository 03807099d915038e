package migrate

import (
	"context"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"
)

// applied is what one target has.
type applied struct {
	count int
	head  int64
	set   map[int64]bool // nil where the target has exactly the files up to head
}

func (a applied) has(version int64) bool {
	if a.set != nil {
		return a.set[version]
	}
	return version <= a.head
}

// plus returns the state after more migrations.
func (a applied) plus(b batch) applied {
	a.count += len(b)
	a.set = maps.Clone(a.set)
	for _, m := range b {
		a.head = max(a.head, m.Version)
		if a.set != nil {
			a.set[m.Version] = true
		}
	}
	return a
}

// minus returns the state after m was taken back.
func (a applied) minus(all Source, m *Migration) applied {
	left := applied{count: a.count - 1, set: map[int64]bool{}}
	for _, other := range all {
		if other != m && a.has(other.Version) {
			left.set[other.Version] = true
			left.head = max(left.head, other.Version)
		}
	}
	return left
}

// pending returns the migrations that a target lacks.
func (a applied) pending(all []*Migration) (out []*Migration) {
	for _, m := range all {
		if !a.has(m.Version) {
			out = append(out, m)
		}
	}
	return out
}

// entry is one text that some targets applied.
type entry struct {
	ref      Ref
	checksum string
	targets  int
}

// view is the ledger of one database, summed up.
type view struct {
	installed bool
	targets   map[string]applied
	entries   []entry
	rollouts  map[rollout]bool
}

// The one query that a run without work makes: what every target has, which texts
// were applied, and what was rolled out. It returns a row for each target and one
// for each text, not one for each of both.
const viewQuery = `SELECT target, is_shared, version, checksum, count(*), max(version)
FROM (SELECT *, target = 'shared' AS is_shared FROM rowhouse.ledger) AS l
GROUP BY GROUPING SETS ((target), (is_shared, version, checksum))
UNION ALL
SELECT NULL, NULL, NULL, NULL, files, head FROM rowhouse.rollouts`

// viewRow is a row of viewQuery. It is of a target, a text or a rollout: whichever
// has what only it has.
type viewRow struct {
	target   *string
	shared   *bool
	version  *int64
	checksum *string
	n, head  int64
}

func (v *view) take(row viewRow) {
	switch {
	case row.target != nil:
		v.targets[*row.target] = applied{count: int(row.n), head: row.head}
	case row.version != nil:
		v.entries = append(v.entries, entry{Ref{scopeOf(*row.shared), *row.version}, *row.checksum, int(row.n)})
	default:
		v.rollouts[rollout{row.head, int(row.n)}] = true
	}
}

// readView reads the ledger of a database. One that has none is empty.
func readView(ctx context.Context, conn *pgx.Conn) (view, error) {
	v := view{targets: map[string]applied{}, rollouts: map[rollout]bool{}}
	rows, _ := conn.Query(ctx, viewQuery, pgx.QueryExecModeExec)
	var row viewRow
	_, err := pgx.ForEachRow(rows, []any{&row.target, &row.shared, &row.version, &row.checksum, &row.n, &row.head}, func() error {
		v.take(row)
		return nil
	})
	v.installed = err == nil
	if err != nil && !noLedger(err) {
		return v, fmt.Errorf("migrate: read the ledger: %w", err)
	}
	return v, nil
}

func scopeOf(shared bool) Scope {
	if shared {
		return Shared
	}
	return Tenant
}

// readSets fills in, for targets whose entries are not simply the files up to
// their head, which ones they have.
func (v *view) readSets(ctx context.Context, conn *pgx.Conn, keys []string) error {
	sets, err := readVersions(ctx, conn, keys)
	for key, set := range sets {
		a := v.targets[key]
		a.set = set
		v.targets[key] = a
	}
	return err
}

func readVersions(ctx context.Context, conn *pgx.Conn, keys []string) (map[string]map[int64]bool, error) {
	sets := map[string]map[int64]bool{}
	rows, _ := conn.Query(ctx, "SELECT target, version FROM rowhouse.ledger WHERE target = ANY ($1)", pgx.QueryExecModeExec, keys)
	var (
		key     string
		version int64
	)
	_, err := pgx.ForEachRow(rows, []any{&key, &version}, func() error {
		if sets[key] == nil {
			sets[key] = map[int64]bool{}
		}
		sets[key][version] = true
		return nil
	})
	if err != nil && !noLedger(err) {
		return nil, fmt.Errorf("migrate: read the ledger: %w", err)
	}
	return sets, nil
}

// readOne reads what one target has now.
func readOne(ctx context.Context, conn *pgx.Conn, key string) (applied, error) {
	sets, err := readVersions(ctx, conn, []string{key})
	if err != nil {
		return applied{}, err
	}
	a := applied{set: sets[key], count: len(sets[key])}
	for version := range a.set {
		a.head = max(a.head, version)
	}
	if a.set == nil {
		a.set = map[int64]bool{}
	}
	return a, nil
}
