package main

import (
	"fmt"
	"strings"
	"text/template"
)

// configValues are the parts of a new rowhouse.yaml that differ.
type configValues struct {
	URL     string
	Engine  string // empty: PostgreSQL
	AppURL  string // of the application's role; empty: it is the URL
	AppRole string
	Level   string // of new tenants; empty: schema
	Host    string // base of subdomains; empty leaves an example
	SiloApp string // the command of silos, as YAML; empty: there is none
}

// configTemplate is a new rowhouse.yaml.
const configTemplate = `# Rowhouse. Every key may be left out; what is written here is the default
# unless it says otherwise.

servers:    {main: {{if .Engine}}{engine: {{.Engine}}, url: {{printf "%q" .URL}}}{{else if .AppURL}}{url: {{printf "%q" .URL}}, app_url: {{printf "%q" .AppURL}}}{{else}}{{printf "%q" .URL}}{{end}}}
isolation:  {default: {{or .Level "schema"}}}
schemas:    {shared: shared, prefix: tenant_, pooled: pooled, extensions: extensions}
migrations: {shared: migrations/shared, tenant: migrations/tenant}
# models:   {shared: schema/shared.sql, tenant: schema/tenant.sql}   # the tables as they should be, for migrate diff
{{- if .AppRole}}
app_role:   {{printf "%q" .AppRole}}
{{- end}}
{{- if .SiloApp}}
silo:       {dir: silos, app: {command: {{.SiloApp}}}}
{{- end}}

# How a request names its tenant; there is no default.
{{- if .Host}}
resolve:    [{subdomain: {{.Host}}}]
{{- else}}
# resolve:  [{subdomain: example.com, central: [app.example.com]}, {domain: true}, {header: X-Tenant, trust: [127.0.0.1/32]}]
{{- end}}
`

func configText(values configValues) (string, error) {
	t, err := template.New(configFile).Parse(configTemplate)
	if err != nil {
		return "", fmt.Errorf("write the configuration: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, values); err != nil {
		return "", fmt.Errorf("write the configuration: %w", err)
	}
	return b.String(), nil
}
