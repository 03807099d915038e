package isolationtest_test

import (
	"strings"
	"testing"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolationtest"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func saboteurs() map[string]saboteur {
	all := map[string]saboteur{}
	for _, more := range []map[string]saboteur{levelSaboteurs(), doorSaboteurs()} {
		for name, s := range more {
			all[name] = s
		}
	}
	return all
}

func levelSaboteurs() map[string]saboteur {
	return map[string]saboteur{
		"enters without the lock": {
			caught: []string{"fence"}, blind: []string{"visibility", "writes"},
			target: spoil("pg_advisory_xact_lock_shared($2::text::bigint)", "$2::text"),
		},
		"resolves the schema before it has the lock": {
			caught: []string{"fence"}, blind: []string{"visibility", "lifecycle"},
			target: spoil("$3::text::regnamespace", "$3::regnamespace"),
		},
		"believes its warm catalog cache": {
			caught: []string{"fence"}, blind: []string{"visibility", "lifecycle"},
			target: spoil(" pg_relation_is_updatable('pg_catalog.pg_namespace'::regclass, false),\n", ""),
		},
		"does not verify": {
			caught: []string{"fence", "lifecycle"}, blind: []string{"visibility", "no tenant"},
			target: spoil("has_schema_privilege($3::text::regnamespace, 'USAGE')", "true"),
		},
		"sets the path for the session": {
			caught: []string{"pool reuse"}, blind: []string{"visibility", "prepared statements"},
			target: spoil("set_config('search_path', $1, true)", "set_config('search_path', $1, false)"),
		},
		"does not look for the read-only mark": {
			caught: []string{"lifecycle"}, blind: []string{"visibility", "fence"},
			target: spoil("to_regnamespace($4) IS NULL", "$4::text IS NOT NULL"),
		},
		"forgets pg_temp in the path": {
			caught: []string{"escapes"}, blind: []string{"visibility", "pool reuse"},
			target: spoilPath,
		},
		"enters the first tenant for everybody": {
			caught: []string{"visibility", "writes"},
			target: firstForAll,
		},
	}
}

// spoiledLevel changes the entering statement of a level.
type spoiledLevel struct {
	isolation.Level
	spoil func(tenant.ID, tenant.Placement, isolation.Statement) isolation.Statement
}

func (l spoiledLevel) Enter(id tenant.ID, p tenant.Placement) isolation.Statement {
	return l.spoil(id, p, l.Level.Enter(id, p))
}

const plainDoor = "pgx cache statement"

// spoil replaces a piece of the entering statement.
func spoil(piece, by string) func(*testing.T, *isolationtest.PostgresStreet) isolationtest.Opener {
	return func(t *testing.T, street *isolationtest.PostgresStreet) isolationtest.Opener {
		level := spoiledLevel{config(t).Level, func(_ tenant.ID, _ tenant.Placement, s isolation.Statement) isolation.Statement {
			if !strings.Contains(s.SQL, piece) {
				panic("nothing to spoil: the entering statement has no " + piece)
			}
			s.SQL = strings.Replace(s.SQL, piece, by, 1)
			return s
		}}
		return street.With(level).Doors()[plainDoor]
	}
}

func spoilPath(t *testing.T, street *isolationtest.PostgresStreet) isolationtest.Opener {
	level := spoiledLevel{config(t).Level, func(_ tenant.ID, _ tenant.Placement, s isolation.Statement) isolation.Statement {
		args := append([]string{strings.TrimSuffix(s.Args[0], `, "pg_temp"`)}, s.Args[1:]...)
		if args[0] == s.Args[0] {
			panic("nothing to spoil: the path is " + args[0])
		}
		s.Args = args
		return s
	}}
	return street.With(level).Doors()[plainDoor]
}

func firstForAll(t *testing.T, street *isolationtest.PostgresStreet) isolationtest.Opener {
	level := config(t).Level
	first, err := street.Create(t.Context(), "first")
	if err != nil {
		t.Fatal(err)
	}
	return street.With(spoiledLevel{level, func(tenant.ID, tenant.Placement, isolation.Statement) isolation.Statement {
		return level.Enter(first.ID, first.Placement)
	}}).Doors()[plainDoor]
}
