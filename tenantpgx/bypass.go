package tenantpgx

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowhouse-go/rowhouse/internal/pipe"
	"github.com/rowhouse-go/rowhouse/isolation"
)

// ErrBypass: the role that serves is a superuser or has BYPASSRLS, or owns the tables
// without FORCE ROW LEVEL SECURITY. It would see the rows of every tenant that shares
// the tables. Nothing was executed.
var ErrBypass = errors.New("the database role bypasses row-level security: serve as the application's role (rowhouse init --app-role)")

// bypass tells a role that is not subject to policies from other errors of entering.
func bypass(err error) error {
	var entering *pipe.EnterError
	var pg *pgconn.PgError
	if errors.As(err, &entering) && errors.As(err, &pg) && pg.Code == isolation.StateBypass {
		return fmt.Errorf("%w: %w", ErrBypass, err)
	}
	return err
}
