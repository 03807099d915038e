package rowhouse

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rowhouse-go/rowhouse/tenant"
	"github.com/rowhouse-go/rowhouse/tenantpgx"
)

// ErrUnprotected: tables that tenants share show everybody's rows to the role that
// serves.
var ErrUnprotected = errors.New("shared tables are not protected by row-level security")

// subjection asks whether the current role bypasses policies, and which of the shared
// tables it sees whole all the same: it owns them, or they have no policies.
const subjection = `SELECT current_user,
 (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user),
 ARRAY(SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident($1))
  AND c.relkind IN ('r', 'p') AND NOT row_security_active(c.oid) ORDER BY 1)`

// guarded refuses to serve shared tables as a role that would see all of their rows.
// Tenants that are placed there later are guarded by the door, at each entering.
func (h *House) guarded(ctx context.Context) error {
	if h.config.Isolation != tenant.Row || h.config.OperateOnly {
		return nil
	}
	pool, err := h.pools.Pool(Main)
	if err != nil {
		return err
	}
	var role string
	var bypasses bool
	var whole []string
	if err := pool.QueryRow(ctx, subjection, h.config.Schemas.Pooled).Scan(&role, &bypasses, &whole); err != nil {
		return fmt.Errorf("look at the role that serves: %w", err)
	}
	switch {
	case bypasses:
		return fmt.Errorf("role %s: %w; its connection string is servers.%s.app_url, or url where that is empty", role, tenantpgx.ErrBypass, Main)
	case len(whole) > 0:
		return fmt.Errorf("role %s sees all rows of %s: %w", role, strings.Join(whole, ", "), ErrUnprotected)
	}
	return nil
}
