package silo_test

import (
	"testing"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/isolation/schema"
	"github.com/rowhouse-go/rowhouse/isolation/silo"
	"github.com/rowhouse-go/rowhouse/tenant"
)

func TestEachSiloIsAServerOfItsOwn(t *testing.T) {
	t.Parallel()
	level := silo.New(isolation.DefaultNames())
	one, two := tenant.NewID(), tenant.NewID()
	p := level.Place(one, "acme", "main")
	if p.Level != tenant.Silo || p.Server == "main" || p.Server == level.Place(two, "acme", "main").Server {
		t.Errorf("%+v", p)
	}
	if id, ok := silo.TenantOf(p.Server); !ok || id != one {
		t.Errorf("%s is the server of %s", p.Server, id)
	}
	for _, name := range []string{"main", "silo-", "silo-acme", one.String()} {
		if _, ok := silo.TenantOf(name); ok {
			t.Errorf("%s passes for a silo", name)
		}
	}
}

// Inside, the tenant is what a tenant of the schema level is: the same schema and the
// same lock, so that a fence from outside holds for the application inside.
func TestInsideItIsATenantOfTheSchemaLevel(t *testing.T) {
	t.Parallel()
	names := isolation.DefaultNames()
	level, inner := silo.New(names), schema.New(names)
	id := tenant.NewID()
	p := level.Place(id, "acme", "main")
	inside := silo.Inside(p, "main")
	if inside != inner.Place(id, "acme", "main") {
		t.Errorf("%+v", inside)
	}
	if level.Enter(id, p).Inline() != inner.Enter(id, inside).Inline() {
		t.Error("entering differs")
	}
	fenced, _ := level.Fence(id, p)
	if fenced.Level != tenant.Silo || fenced.Server != p.Server || fenced.Schema == p.Schema {
		t.Errorf("%+v", fenced)
	}
	if level.Capabilities().Across.Supported {
		t.Error("a transaction over two servers")
	}
}
