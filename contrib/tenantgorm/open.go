// Package tenantgorm is GORM in a house of tenants: [Open] puts it behind the
// database/sql door, and [Desired] turns its models into migrations.
//
// The context of a query names its tenant, so every query begins with
// db.WithContext(ctx); without a tenant it fails with [tenant.ErrMissing]. Preload,
// associations, hooks, savepoints and GORM's prepared statements stay with the tenant
// of their query, and a transaction refuses another tenant's context with
// [tenant.ErrMismatch].
//
// AutoMigrate through the door would change one tenant, which drift check tells, and
// make shared tables that models refer to there anew: give the models to [Desired].
package tenantgorm

import (
	"database/sql"
	"fmt"
	"reflect"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// Open returns GORM on the database/sql door, as House.SQL returns it. It pings, which
// needs no tenant, unless an option says otherwise. A [*gorm.Config] among the options
// is copied. Closing door is up to the caller.
func Open(door *sql.DB, options ...gorm.Option) (*gorm.DB, error) {
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: door}), own(options)...)
	if err != nil {
		return nil, fmt.Errorf("tenantgorm: open: %w", err)
	}
	return db, nil
}

// own returns the options with copies of configurations: GORM makes the one that it
// gets a part of the database, and a second use would lead the first one's queries
// elsewhere.
func own(options []gorm.Option) []gorm.Option {
	all := make([]gorm.Option, len(options))
	for i, o := range options {
		if c, ok := o.(*gorm.Config); ok {
			o = settings(c)
		}
		all[i] = o
	}
	return all
}

// settings copies what users can set. The rest belongs to a database that is open.
func settings(c *gorm.Config) *gorm.Config {
	fresh := &gorm.Config{}
	from, to := reflect.ValueOf(c).Elem(), reflect.ValueOf(fresh).Elem()
	for i := range to.NumField() {
		if to.Type().Field(i).IsExported() {
			to.Field(i).Set(from.Field(i))
		}
	}
	return fresh
}
