package isolationtest_test

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/row"
	"github.com/rowhouse-go/rowhouse/isolationtest"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// rowDoorSaboteurs enter the shared tables otherwise than the level says.
func rowDoorSaboteurs() map[string]saboteur {
	return map[string]saboteur{
		"does not look for the mark of the next epoch": {
			caught: []string{"fence", "lifecycle"}, blind: []string{"visibility"},
			target: spoilRow("to_regnamespace($5) IS NULL", "$5::text IS NOT NULL"),
		},
		"sets the tenant for the session": {
			caught: []string{"pool reuse"}, blind: []string{"visibility"},
			target: spoilRow("set_config('rowhouse.tenant', $2, true)", "set_config('rowhouse.tenant', $2, false)"),
		},
		"keeps the tenant that was entered first": {
			caught: []string{"shared tables", "visibility"},
			target: spoilRow("set_config('rowhouse.tenant', $2, true)", "set_config('rowhouse.tenant', coalesce(nullif(current_setting('rowhouse.first', true), ''), set_config('rowhouse.first', $2, false)), true)"),
		},
	}
}

// spoilRow replaces a piece of the row level's entering statement.
func spoilRow(piece, by string) func(*testing.T, *isolationtest.PostgresStreet) isolationtest.Opener {
	return func(_ *testing.T, street *isolationtest.PostgresStreet) isolationtest.Opener {
		level := spoiledLevel{row.New(isolation.DefaultNames()), func(_ tenant.ID, _ tenant.Placement, s isolation.Statement) isolation.Statement {
			if !strings.Contains(s.SQL, piece) {
				panic("nothing to spoil: the entering statement has no " + piece)
			}
			s.SQL = strings.Replace(s.SQL, piece, by, 1)
			return s
		}}
		return street.With(level).Doors()[plainDoor]
	}
}

// rowSaboteurs break the shared tables, as a migration could that passed the rewriter
// by.
func rowSaboteurs() map[string]saboteur {
	return map[string]saboteur{
		"a policy without WITH CHECK": {
			caught: []string{"shared tables"}, blind: []string{"visibility"},
			target: tables("DROP POLICY rowhouse_tenant ON pooled.notes", "CREATE POLICY r ON pooled.notes FOR SELECT USING (tenant_id = current_setting('rowhouse.tenant')::uuid)",
				"CREATE POLICY w ON pooled.notes FOR INSERT WITH CHECK (true)", "CREATE POLICY u ON pooled.notes FOR UPDATE USING (tenant_id = current_setting('rowhouse.tenant')::uuid) WITH CHECK (true)",
				"CREATE POLICY d ON pooled.notes FOR DELETE USING (tenant_id = current_setting('rowhouse.tenant')::uuid)"),
		},
		"an owner without FORCE": {
			caught: []string{"shared tables", "visibility"},
			target: tables("ALTER TABLE pooled.notes NO FORCE ROW LEVEL SECURITY", "ALTER TABLE pooled.notes OWNER TO $app"),
		},
		"a table that a migration added and nobody protected": {
			caught: []string{"shared tables"}, blind: []string{"visibility"},
			target: tables("CREATE TABLE pooled.secrets (of text)", "GRANT SELECT, INSERT ON pooled.secrets TO $app",
				"CREATE FUNCTION pooled.confide() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO pooled.secrets VALUES (NEW.owner); RETURN NULL; END'",
				"CREATE TRIGGER confide AFTER INSERT ON pooled.notes FOR EACH ROW EXECUTE FUNCTION pooled.confide()"),
		},
		"a view without security_invoker": {
			caught: []string{"shared tables"}, blind: []string{"visibility"},
			target: tables("ALTER VIEW pooled.seen RESET (security_invoker)"),
		},
		"a function that is SECURITY DEFINER": {
			caught: []string{"shared tables"}, blind: []string{"visibility"},
			target: tables("ALTER FUNCTION pooled.told() SECURITY DEFINER"),
		},
		"a unique key without the tenant": {
			caught: []string{"shared tables"}, blind: []string{"visibility"},
			target: tables("CREATE UNIQUE INDEX ON pooled.entries (mark)"),
		},
		"a foreign key without the tenant": {
			caught: []string{"shared tables"}, blind: []string{"visibility"},
			target: tables("ALTER TABLE pooled.replies DROP CONSTRAINT replies_note_fkey"),
		},
		"TRUNCATE granted": {
			caught: []string{"shared tables"}, blind: []string{"visibility"},
			target: tables("GRANT TRUNCATE ON pooled.notes, pooled.replies TO $app"),
		},
	}
}

// tables changes the shared tables behind everybody's back.
func tables(changes ...string) func(*testing.T, *isolationtest.PostgresStreet) isolationtest.Opener {
	return func(t *testing.T, street *isolationtest.PostgresStreet) isolationtest.Opener {
		for _, change := range changes {
			change = strings.ReplaceAll(change, "$app", appRole(t, street))
			if _, err := street.Admin(t.Context(), change); err != nil {
				t.Fatalf("%s: %v", change, err)
			}
		}
		return street.Doors()[plainDoor]
	}
}

func appRole(t *testing.T, street *isolationtest.PostgresStreet) string {
	t.Helper()
	u, err := url.Parse(street.AppURL())
	if err != nil {
		t.Fatal(err)
	}
	return u.User.Username()
}

func TestSaboteursOfSharedTablesAreCaught(t *testing.T) {
	t.Parallel()
	all := rowSaboteurs()
	maps.Copy(all, rowDoorSaboteurs())
	for name, s := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			street := newStreet(t, rowConfig(t))
			target := isolationtest.Target{
				Street: street, Open: s.target(t, street), Patience: 3 * time.Second, Load: smallLoad(), Capabilities: street.Capabilities(),
			}
			findings := isolationtest.Record(t.Context(), target, s.groups()...)
			if got := findings.Failed(); !slices.Equal(got, slices.Sorted(slices.Values(s.caught))) {
				t.Errorf("caught by %q, want %q: %q", got, s.caught, findings)
			}
		})
	}
}
