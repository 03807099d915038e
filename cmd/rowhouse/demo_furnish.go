package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/rowhouse-go/rowhouse/examples/polls/app"
	"github.com/rowhouse-go/rowhouse/lifecycle"
	"github.com/rowhouse-go/rowhouse/migrate"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// demoTenants are the customers that the sample application has data for.
func demoTenants() []string { return []string{"thor", "potter"} }

// furnish migrates, makes the tenants and gives them something to show. What an
// earlier run of the same folder left is kept.
func (d *demo) furnish(ctx context.Context) error {
	if _, err := d.house.Migrate().Up(ctx, migrate.Options{}); err != nil {
		return err
	}
	for _, slug := range demoTenants() {
		if err := d.furnishOne(ctx, slug); err != nil {
			return err
		}
	}
	return d.bringUp(ctx)
}

func (d *demo) furnishOne(ctx context.Context, slug string) error {
	sample, err := app.LoadSample(slug)
	if err != nil {
		return err
	}
	settings := tenant.Settings{}
	for key, value := range sample.Settings {
		if settings[key], err = json.Marshal(value); err != nil {
			return err
		}
	}
	_, err = d.house.Lifecycle().Create(ctx, lifecycle.New{
		Slug: slug, Name: sample.Name, Settings: settings,
	})
	if err != nil && !errors.Is(err, tenant.ErrExists) {
		return err
	}
	t, err := d.house.Lifecycle().Find(ctx, tenant.BySlug(slug))
	if err != nil || t.Status != tenant.Active {
		return err // whoever suspended it before meant it
	}
	return app.Seed(tenant.NewContext(ctx, t), d.house.SQL(), slug)
}
