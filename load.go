package rowhouse

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/goccy/go-yaml"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/tenant"
)

// ErrNoServer: the configuration names no main server, or its URL is empty.
var ErrNoServer = errors.New(`no database: set ROWHOUSE_DATABASE_URL, use --database-url, or write "servers: {main: postgres://…}" into rowhouse.yaml`)

// file is rowhouse.yaml.
type file struct {
	Servers   map[string]fileServer `yaml:"servers"`
	Isolation struct {
		Default tenant.Level `yaml:"default"`
		Roles   string       `yaml:"roles"`
	} `yaml:"isolation"`
	Schemas struct {
		Shared     string   `yaml:"shared"`
		Prefix     string   `yaml:"prefix"`
		Pooled     string   `yaml:"pooled"`
		Extensions string   `yaml:"extensions"`
		Both       []string `yaml:"both"` // tables that may exist in both scopes
	} `yaml:"schemas"`
	AppRole    string         `yaml:"app_role"`
	Migrations scopes         `yaml:"migrations"`
	Models     scopes         `yaml:"models"` // for migrate diff
	Resolve    []fileResolver `yaml:"resolve"`
	Silo       fileSilo       `yaml:"silo"`
	Registry   struct {
		Query string `yaml:"query"`
	} `yaml:"registry"`
}

type scopes struct {
	Shared string `yaml:"shared"`
	Tenant string `yaml:"tenant"`
}

// fileServer is a URL alone, or a mapping.
type fileServer struct {
	URL       string `yaml:"url"`
	AppURL    string `yaml:"app_url"`
	Engine    string `yaml:"engine"`
	Pooler    string `yaml:"pooler"`
	DirectURL string `yaml:"direct_url"`
	MaxConns  int32  `yaml:"max_conns"`
	// For tenants with databases of their own.
	Databases     int   `yaml:"databases"`
	DatabaseConns int32 `yaml:"database_conns"`
}

// UnmarshalYAML accepts "main: postgres://…" for "main: {url: postgres://…}".
func (s *fileServer) UnmarshalYAML(unmarshal func(any) error) error {
	if unmarshal(&s.URL) == nil {
		return nil
	}
	type plain fileServer
	return unmarshal((*plain)(s))
}

// Load reads rowhouse.yaml. ${NAME} in a server's URL is taken from the
// environment. Folders are relative to the file. Unknown keys are errors, and so
// is what no level of this version does: all are a [*ConfigError].
func Load(path string) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, &ConfigError{Err: fmt.Errorf("read the configuration: %w", err)}
	}
	var f file
	if err := yaml.UnmarshalWithOptions(text, &f, yaml.Strict()); err != nil {
		return Config{}, &ConfigError{File: path, Err: err}
	}
	c, err := f.config(filepath.Dir(path))
	if err != nil {
		return Config{}, &ConfigError{File: path, Err: err}
	}
	return c, nil
}

func (f file) config(dir string) (Config, error) {
	resolver, err := resolvers(f.Resolve)
	if err != nil {
		return Config{}, err
	}
	if err := f.check(); err != nil {
		return Config{}, err
	}
	c := Config{
		Servers: map[string]Server{}, Isolation: f.Isolation.Default, AppRole: f.AppRole,
		Resolve: resolver, RegistryQuery: f.Registry.Query, Schemas: f.names(), Both: f.Schemas.Both,
		Migrations: Migrations{
			Shared: os.DirFS(folder(dir, f.Migrations.Shared, "migrations/shared")),
			Tenant: os.DirFS(folder(dir, f.Migrations.Tenant, "migrations/tenant")),
		},
	}
	if f.Models.Shared != "" { // there is no usual place for models
		c.Models.Shared = folder(dir, f.Models.Shared, "")
	}
	if f.Models.Tenant != "" {
		c.Models.Tenant = folder(dir, f.Models.Tenant, "")
	}
	if c.Silo, err = f.Silo.config(dir); err != nil {
		return Config{}, err
	}
	for name, s := range f.Servers {
		if c.Servers[name], err = s.server(dir); err != nil {
			return Config{}, fmt.Errorf("servers.%s: %w", name, err)
		}
		c.Silo.Hidden = append(c.Silo.Hidden, variables(s.URL+s.AppURL+s.DirectURL)...)
	}
	return c, nil
}

// check refuses what would otherwise be passed over in silence.
func (f file) check() error {
	switch {
	case f.Isolation.Default != "" && !f.Isolation.Default.Valid():
		return fmt.Errorf("isolation.default is %q: use row, schema, database or silo", f.Isolation.Default)
	case f.Isolation.Roles != "":
		return fmt.Errorf("isolation.roles is %q: roles per tenant are not built yet; remove the key", f.Isolation.Roles)
	}
	for name, s := range f.Servers {
		if s.Engine != "" && s.Engine != "postgres" && s.Engine != "sqlite" {
			return fmt.Errorf("servers.%s.engine is %q: use postgres or sqlite", name, s.Engine)
		}
	}
	return nil
}

func (s fileServer) server(dir string) (Server, error) {
	url, err := expand(s.URL)
	if err != nil {
		return Server{}, err
	}
	if s.Engine == "sqlite" && url != "" {
		url = folder(dir, url, "")
	}
	app, err := expand(s.AppURL)
	if err != nil {
		return Server{}, err
	}
	direct, err := expand(s.DirectURL)
	return Server{
		URL: url, AppURL: app, Engine: s.Engine, Pooler: s.Pooler, DirectURL: direct, MaxConns: s.MaxConns,
		Databases: s.Databases, DatabaseConns: s.DatabaseConns,
	}, err
}

// expand replaces ${NAME}, and no $ that stands elsewhere, as in a password. A
// variable that is the whole value may be unset: the URL then comes from elsewhere.
func expand(text string) (string, error) {
	var missing error
	expanded := reference().ReplaceAllStringFunc(text, func(ref string) string {
		value, ok := os.LookupEnv(ref[2 : len(ref)-1])
		if !ok && ref != text {
			missing = fmt.Errorf("%s is not set in the environment", ref)
		}
		return value
	})
	return expanded, missing
}

func reference() *regexp.Regexp { return regexp.MustCompile(`\$\{\w+\}`) }

// variables are the names that expand looks up.
func variables(text string) (names []string) {
	for _, ref := range reference().FindAllString(text, -1) {
		names = append(names, ref[2:len(ref)-1])
	}
	return names
}

func (f file) names() isolation.Names {
	n := isolation.DefaultNames()
	for _, set := range []struct {
		from string
		to   *string
	}{
		{f.Schemas.Shared, &n.Shared}, {f.Schemas.Prefix, &n.Prefix},
		{f.Schemas.Pooled, &n.Pooled}, {f.Schemas.Extensions, &n.Extensions},
	} {
		if set.from != "" {
			*set.to = set.from
		}
	}
	return n
}

func folder(dir, configured, usual string) string {
	if configured == "" {
		configured = usual
	}
	if filepath.IsAbs(configured) {
		return configured
	}
	return filepath.Join(dir, configured)
}
