package rowhouse

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"github.com/rowhouse-go/rowhouse/isolation"
	"github.com/rowhouse-go/rowhouse/resolve"
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
		Shared     string `yaml:"shared"`
		Prefix     string `yaml:"prefix"`
		Pooled     string `yaml:"pooled"`
		Extensions string `yaml:"extensions"`
	} `yaml:"schemas"`
	AppRole    string            `yaml:"app_role"`
	Migrations scopes            `yaml:"migrations"`
	Models     scopes            `yaml:"models"`
	Resolve    []fileResolver    `yaml:"resolve"`
	Registry   map[string]string `yaml:"registry"`
}

type scopes struct {
	Shared string `yaml:"shared"`
	Tenant string `yaml:"tenant"`
}

// fileServer is a URL alone, or a mapping.
type fileServer struct {
	URL       string `yaml:"url"`
	Engine    string `yaml:"engine"`
	Pooler    string `yaml:"pooler"`
	DirectURL string `yaml:"direct_url"`
	MaxConns  int32  `yaml:"max_conns"`
}

// UnmarshalYAML accepts "main: postgres://…" for "main: {url: postgres://…}".
func (s *fileServer) UnmarshalYAML(unmarshal func(any) error) error {
	if unmarshal(&s.URL) == nil {
		return nil
	}
	type plain fileServer
	return unmarshal((*plain)(s))
}

// fileResolver is one entry of resolve; exactly one of its keys is set.
type fileResolver struct {
	Subdomain string         `yaml:"subdomain"`
	Domain    bool           `yaml:"domain"`
	Header    string         `yaml:"header"`
	Trust     []netip.Prefix `yaml:"trust"`
	Path      string         `yaml:"path"`
	Query     string         `yaml:"query"`
	Cookie    string         `yaml:"cookie"`
	Default   string         `yaml:"default"`
}

// Load reads rowhouse.yaml. ${NAME} in a server's URL is taken from the
// environment. Folders are relative to the file. Unknown keys are errors.
func Load(path string) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("rowhouse: read the configuration: %w", err)
	}
	var f file
	if err := yaml.UnmarshalWithOptions(text, &f, yaml.Strict()); err != nil {
		return Config{}, fmt.Errorf("rowhouse: %s: %w", path, err)
	}
	c, err := f.config(filepath.Dir(path))
	if err != nil {
		return Config{}, fmt.Errorf("rowhouse: %s: %w", path, err)
	}
	return c, nil
}

func (f file) config(dir string) (Config, error) {
	resolver, err := resolvers(f.Resolve)
	if err != nil {
		return Config{}, err
	}
	if f.Isolation.Default != "" && !f.Isolation.Default.Valid() {
		return Config{}, fmt.Errorf("isolation.default is %q: use row, schema, database or silo", f.Isolation.Default)
	}
	c := Config{
		Servers: map[string]Server{}, Isolation: f.Isolation.Default, AppRole: f.AppRole,
		Resolve: resolver, RegistryQuery: f.Registry["query"], Schemas: f.names(),
		Migrations: Migrations{
			Shared: os.DirFS(folder(dir, f.Migrations.Shared, "migrations/shared")),
			Tenant: os.DirFS(folder(dir, f.Migrations.Tenant, "migrations/tenant")),
		},
	}
	for name, s := range f.Servers {
		c.Servers[name] = Server{URL: os.ExpandEnv(s.URL), Pooler: s.Pooler, DirectURL: os.ExpandEnv(s.DirectURL), MaxConns: s.MaxConns}
	}
	return c, nil
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

func resolvers(entries []fileResolver) (resolve.Resolver, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	chain := make([]resolve.Resolver, 0, len(entries))
	for i, e := range entries {
		r, err := e.resolver()
		if err != nil {
			return nil, fmt.Errorf("resolve[%d]: %w", i, err)
		}
		chain = append(chain, r)
	}
	return resolve.Chain(chain...), nil
}

func (e fileResolver) resolver() (resolve.Resolver, error) {
	switch {
	case e.Subdomain != "":
		return resolve.Subdomain(e.Subdomain)
	case e.Domain:
		return resolve.Domain()
	case e.Header != "":
		return resolve.Header(e.Header, e.Trust...)
	case e.Path != "":
		return resolve.Path(e.Path)
	case e.Query != "":
		return resolve.Query(e.Query)
	case e.Cookie != "":
		return resolve.Cookie(e.Cookie)
	case e.Default != "":
		return resolve.Default(e.Default)
	}
	return nil, errors.New("name one of subdomain, domain, header, path, query, cookie, default")
}

func osUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}
