package rowhouse

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/isolation"
)

// appRole plans the application's role: it is made where it is missing, with the
// password of the main server's AppURL if that is its own. Whoever migrates becomes a
// member, so that it can work as the application where policies must hold. A role that
// is not subject to row-level security is refused.
func appRole(c Config) isolation.Statement {
	password := ""
	if app, err := pgx.ParseConfig(c.Servers[Main].AppURL); err == nil && app.User == c.AppRole && app.Password != "" {
		password = " PASSWORD " + ident.Literal(app.Password)
	}
	name, role := ident.Literal(c.AppRole), ident.Quote(c.AppRole)
	return isolation.Statement{SQL: "DO " + ident.Literal(fmt.Sprintf(`BEGIN
IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %[1]s) THEN
CREATE ROLE %[2]s LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE%[3]s;
END IF;
IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %[1]s) THEN
RAISE EXCEPTION USING MESSAGE = 'app_role ' || %[1]s || ' is not subject to row-level security: ALTER ROLE … NOSUPERUSER NOBYPASSRLS, or name another';
END IF;
IF NOT pg_has_role(current_user, %[1]s, 'MEMBER') THEN
GRANT %[2]s TO CURRENT_USER;
END IF;
END`, name, role, password))}
}
