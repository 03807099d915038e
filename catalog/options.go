package catalog

// Option changes what is looked at.
type Option func(*options)

type options struct {
	ignore []string
	grants bool
}

// Ignore names tables that are left out, in place of [VersionTables].
func Ignore(tables ...string) Option {
	return func(o *options) { o.ignore = tables }
}

// WithGrants compares what roles other than the owner may do as well. It is of no
// use where each tenant has a role of its own.
func WithGrants() Option {
	return func(o *options) { o.grants = true }
}

// VersionTables are the tables in which well-known tools keep their versions. They
// come from no migration and are left out by default.
func VersionTables() []string {
	return []string{
		"goose_db_version", "schema_migrations", "atlas_schema_revisions",
		"flyway_schema_history", "gorp_migrations",
	}
}

func collect(all []Option) options {
	o := options{ignore: VersionTables()}
	for _, option := range all {
		option(&o)
	}
	if o.ignore == nil {
		o.ignore = []string{} // an SQL NULL would leave out everything
	}
	return o
}
