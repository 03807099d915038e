package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rowhouse-go/rowhouse/tenant"
)

// view is a tenant as --json shows it: scripts rely on these names.
type view struct {
	ID        tenant.ID         `json:"id"`
	Slug      string            `json:"slug"`
	Name      string            `json:"name"`
	Status    tenant.Status     `json:"status"`
	Isolation tenant.Level      `json:"isolation"`
	Server    string            `json:"server"`
	Database  string            `json:"database"`
	Schema    string            `json:"schema"`
	Domains   []tenant.Domain   `json:"domains"`
	Settings  tenant.Settings   `json:"settings"`
	Labels    map[string]string `json:"labels"`
	Version   int64             `json:"version"`
	CreatedAt time.Time         `json:"created_at"`
}

// viewOf never holds nil: empty collections are [] and {} in JSON.
func viewOf(t *tenant.Tenant) view {
	v := view{
		ID: t.ID, Slug: t.Slug, Name: t.Name, Status: t.Status,
		Isolation: t.Placement.Level, Server: t.Placement.Server, Database: t.Placement.Database, Schema: t.Placement.Schema,
		Domains: []tenant.Domain{}, Settings: tenant.Settings{}, Labels: map[string]string{},
		Version: t.Version, CreatedAt: t.CreatedAt.UTC(),
	}
	v.Domains = append(v.Domains, inOrder(t.Domains)...)
	maps.Copy(v.Settings, t.Settings)
	maps.Copy(v.Labels, t.Labels)
	return v
}

// inOrder puts the primary domain first and the others by name.
func inOrder(domains []tenant.Domain) []tenant.Domain {
	return slices.SortedFunc(slices.Values(domains), func(a, b tenant.Domain) int {
		if a.Primary != b.Primary && a.Primary {
			return -1
		}
		if a.Primary != b.Primary {
			return 1
		}
		return strings.Compare(a.Host, b.Host)
	})
}

func viewsOf(tenants []*tenant.Tenant) []view {
	views := make([]view, 0, len(tenants))
	for _, t := range tenants {
		views = append(views, viewOf(t))
	}
	return views
}

// emitTenant prints one tenant, whole.
func (c *cli) emitTenant(t *tenant.Tenant) error {
	return c.emit(viewOf(t), func(w io.Writer) error {
		rows := newTable("slug", t.Slug)
		for _, field := range fields(t) {
			rows.add(field[0], field[1])
		}
		rows.paint = painter(w, 1, statusColour)
		return rows.write(w)
	})
}

func fields(t *tenant.Tenant) [][2]string {
	p := t.Placement
	out := [][2]string{
		{"id", t.ID.String()}, {"name", t.Name}, {"status", string(t.Status)}, {"isolation", string(p.Level)},
		{"server", p.Server}, {"schema", p.Schema}, {"version", strconv.FormatInt(t.Version, 10)},
		{"created", t.CreatedAt.UTC().Format(time.RFC3339)},
	}
	for _, d := range inOrder(t.Domains) {
		out = append(out, [2]string{"domain", d.Host + primaryMark(d)})
	}
	for _, key := range slices.Sorted(maps.Keys(t.Settings)) {
		out = append(out, [2]string{"setting", key + " = " + string(t.Settings[key])})
	}
	if len(t.Labels) > 0 {
		out = append(out, [2]string{"labels", joinLabels(t.Labels)})
	}
	return out
}

func primaryMark(d tenant.Domain) string {
	if d.Primary {
		return " (primary)"
	}
	return ""
}

func joinLabels(labels map[string]string) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, key+"="+labels[key])
	}
	return strings.Join(pairs, " ")
}

// emitTenants prints a list of tenants.
func (c *cli) emitTenants(tenants []*tenant.Tenant) error {
	return c.emit(viewsOf(tenants), func(w io.Writer) error {
		if len(tenants) == 0 {
			c.say("no tenants; make one with rowhouse tenant create SLUG")
			return nil
		}
		rows := newTable("SLUG", "STATUS", "ISOLATION", "VERSION", "DOMAIN", "LABELS", "NAME")
		for _, t := range tenants {
			rows.add(t.Slug, string(t.Status), string(t.Placement.Level), strconv.FormatInt(t.Version, 10),
				t.PrimaryHost(), joinLabels(t.Labels), t.Name)
		}
		rows.paint = painter(w, 1, statusColour)
		return rows.write(w)
	})
}

// emitChanged says in one line what became of a tenant, or prints it with --json.
func (c *cli) emitChanged(did string, t *tenant.Tenant) error {
	return c.emit(viewOf(t), func(w io.Writer) error {
		if c.quiet {
			return nil
		}
		_, err := fmt.Fprintf(w, "%s %s\n", did, t.Slug)
		return err
	})
}
