package tenantgorm

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Desired returns what makes the tables of models as GORM's AutoMigrate does: a
// desired state for package migrate/diff. The options are those that the program opens
// GORM with: naming strategies and the like decide what tables are called.
//
// AutoMigrate also makes the tables that models refer to. Here those that exist as
// shared tables already are left alone, so that a foreign key to a shared table needs
// nothing special: the shared scope lists that model, the tenant scope does not.
func Desired(models []any, options ...gorm.Option) func(context.Context, *sql.DB) error {
	return func(ctx context.Context, db *sql.DB) error {
		g, err := Open(db, options...)
		if err != nil {
			return err
		}
		quiet := &gorm.Session{Context: ctx, Logger: logger.Discard} // what fails is returned
		m := &maker{db: g.Session(quiet), listed: map[string]bool{}}
		if err := m.list(models); err != nil {
			return fmt.Errorf("tenantgorm: %w", err)
		}
		if err := m.make(models); err != nil {
			return fmt.Errorf("tenantgorm: %w", err)
		}
		return nil
	}
}

// maker makes tables in an empty schema.
type maker struct {
	db     *gorm.DB
	listed map[string]bool // the caller's models, by their tables
}

// list checks the models before GORM orders them, which it cannot do with one that it
// does not understand.
func (m *maker) list(models []any) error {
	for _, model := range models {
		table, err := m.table(model)
		if err != nil {
			return fmt.Errorf("model %T: %w", model, err)
		}
		m.listed[table] = true
	}
	return nil
}

// table returns the quoted name of a model's table.
func (m *maker) table(model any) (string, error) {
	s := &gorm.Statement{DB: m.db}
	if err := s.Parse(model); err != nil {
		return "", err
	}
	return s.Quote(s.Schema.Table), nil
}

// orderer is a part of GORM's migrators that its interface leaves out.
type orderer interface {
	// ReorderModels puts those first that others refer to, and adds what is missing.
	ReorderModels(models []any, add bool) []any
}

func (m *maker) make(models []any) error {
	order, ok := m.db.Migrator().(orderer)
	if !ok {
		return fmt.Errorf("order models with %T: %w", m.db.Migrator(), errors.ErrUnsupported)
	}
	var missing []any
	for _, model := range order.ReorderModels(models, true) {
		there, err := m.shared(model)
		if err != nil {
			return fmt.Errorf("model %T: %w", model, err)
		}
		if !there {
			missing = append(missing, model)
		}
	}
	for _, model := range missing {
		if err := m.db.Migrator().CreateTable(model); err != nil {
			return fmt.Errorf("model %T: %w", model, err)
		}
	}
	return nil
}

// shared reports whether a model's table is there already. One that is listed and found
// under its bare name is made all the same: a tenant's table of that name is meant.
func (m *maker) shared(model any) (there bool, err error) {
	table, err := m.table(model)
	if err != nil {
		return false, err
	}
	if qualified := strings.Contains(table, `"."`); m.listed[table] && !qualified {
		return false, nil
	}
	err = m.db.Raw("SELECT to_regclass(?) IS NOT NULL", table).Scan(&there).Error
	return there, err
}
