package doctor

import (
	"net/url"
	"testing"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/ident"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

// withRole gives the patient an application role, as init does.
func (p *patient) withRole() (role string) {
	p.t.Helper()
	u, err := url.Parse(pgtest.Role(p.t, p.config.Servers[rowhouse.Main].URL, ""))
	p.check(err)
	role = u.User.Username()
	p.config.AppRole = role
	p.check(rowhouse.Init(p.t.Context(), p.config))
	p.exec("GRANT USAGE ON SCHEMA ACME TO " + ident.Quote(role))
	return role
}

func TestAppRole(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	role := p.withRole()
	if found := p.findings("privileges"); len(found) > 0 {
		t.Fatalf("found %+v", found)
	}
	p.exec("REVOKE USAGE ON SCHEMA ACME FROM " + ident.Quote(role))
	p.one("privileges", Problem, "role "+role)
	p.exec("GRANT USAGE ON SCHEMA ACME TO " + ident.Quote(role))
	p.exec("GRANT CREATE ON SCHEMA public TO " + ident.Quote(role))
	p.one("privileges", Warning, "role "+role)
}

func TestAppRoleIsTooStrong(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"SUPERUSER", "BYPASSRLS", "CREATEROLE", "NOLOGIN"} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			role := p.withRole()
			p.exec("ALTER ROLE " + ident.Quote(role) + " " + attribute)
			p.one("privileges", Warning, "role "+role)
		})
	}
}

func TestAppRoleIsMissing(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.config.AppRole = "nobody_has_this_role"
	p.one("privileges", Problem, "role nobody_has_this_role")
}

func TestSuperuserWithoutAppRole(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.one("privileges", Note, "role ")
}
