package tenantgorm_test

import (
	"context"
	"os"
	"testing"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/contrib/tenantgorm"
	"github.com/rowhouse-go/rowhouse/rowhousetest"
)

func TestMain(m *testing.M) { rowhousetest.Main(m) }

// street is two tenants, thor and potter, with the tables that testdata makes.
type street struct {
	house        *rowhouse.House
	db           *gorm.DB
	thor, potter context.Context
}

func config(dir string, conns int32) rowhouse.Config {
	return rowhouse.Config{
		Servers:    map[string]rowhouse.Server{rowhouse.Main: {MaxConns: conns}},
		Migrations: rowhouse.Migrations{Shared: os.DirFS(dir + "/shared"), Tenant: os.DirFS(dir + "/tenant")},
	}
}

// newStreet opens a house whose door has so many connections.
func newStreet(t *testing.T, conns int32, options ...gorm.Option) *street {
	t.Helper()
	s := &street{house: rowhousetest.Open(t, config("testdata/migrations", conns))}
	s.thor, s.potter = rowhousetest.Tenant(t, s.house, "thor"), rowhousetest.Tenant(t, s.house, "potter")
	var err error
	if s.db, err = tenantgorm.Open(s.house.SQL(), options...); err != nil {
		t.Fatal(err)
	}
	s.db.Logger = logger.Discard // errors are looked at
	if _, err := s.house.Shared().Exec(t.Context(), "INSERT INTO plans VALUES (1, 'free')"); err != nil {
		t.Fatal(err)
	}
	return s
}

// both are the tenants' contexts by their slugs.
func (s *street) both() map[string]context.Context {
	return map[string]context.Context{"thor": s.thor, "potter": s.potter}
}

// asks makes a user of the tenant's name who asks a question.
func (s *street) asks(t *testing.T, who context.Context, name, question string) Poll {
	t.Helper()
	p := Poll{
		Question: question, User: User{Name: name, PlanID: 1},
		Choices: []Choice{{Text: name + " says yes"}, {Text: name + " says no"}}, Tags: []Tag{{Name: name}},
	}
	if err := s.db.WithContext(who).Create(&p).Error; err != nil {
		t.Fatal(err)
	}
	return p
}
