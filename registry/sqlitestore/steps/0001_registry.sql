-- The list of tenants, as schema rowhouse has it on PostgreSQL. A deleted tenant
-- keeps its row. Times are microseconds since 1970.
CREATE TABLE tenants (
	id         TEXT PRIMARY KEY,
	slug       TEXT NOT NULL,
	name       TEXT NOT NULL,
	status     TEXT NOT NULL CHECK (status IN
		('provisioning', 'active', 'read_only', 'suspended', 'deleting', 'deleted', 'failed')),
	level      TEXT NOT NULL CHECK (level IN ('row', 'schema', 'database', 'silo')),
	server     TEXT NOT NULL,
	database   TEXT NOT NULL,
	schema     TEXT NOT NULL,
	role       TEXT NOT NULL,
	upstream   TEXT NOT NULL,
	epoch      INTEGER NOT NULL,
	settings   TEXT NOT NULL CHECK (json_type(settings) = 'object'),
	labels     TEXT NOT NULL CHECK (json_type(labels) = 'object'),
	version    INTEGER NOT NULL,
	revision   INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	changed_in INTEGER NOT NULL, -- for pollers, see changes.go
	live       INTEGER NOT NULL GENERATED ALWAYS AS (status NOT IN ('deleting', 'deleted')) STORED,
	CHECK ((level <> 'schema' OR schema <> '') AND (level <> 'database' OR database <> ''))
) STRICT;

CREATE UNIQUE INDEX tenants_slug_live ON tenants (lower(slug)) WHERE live;
CREATE INDEX tenants_slug ON tenants (lower(slug));
CREATE UNIQUE INDEX tenants_placement ON tenants (server, database, schema)
	WHERE level IN ('schema', 'database');
CREATE INDEX tenants_changed_in ON tenants (changed_in);

CREATE TABLE domains (
	tenant     TEXT NOT NULL REFERENCES tenants (id),
	host       TEXT NOT NULL,
	is_primary INTEGER NOT NULL,
	live       INTEGER NOT NULL, -- the tenant's, so that an index can see it
	PRIMARY KEY (tenant, host)
) STRICT;
CREATE UNIQUE INDEX domains_host_live ON domains (lower(host)) WHERE live;
CREATE UNIQUE INDEX domains_one_primary ON domains (tenant) WHERE is_primary;
CREATE INDEX domains_host ON domains (lower(host));

CREATE TABLE events (
	id     INTEGER PRIMARY KEY AUTOINCREMENT,
	tenant TEXT NOT NULL REFERENCES tenants (id),
	at     INTEGER NOT NULL,
	actor  TEXT NOT NULL,
	action TEXT NOT NULL,
	detail TEXT NOT NULL
) STRICT;
CREATE INDEX events_tenant ON events (tenant, id);

-- Counts the transactions that changed something. One writes at a time, so they
-- commit in this order.
CREATE TABLE clock (one INTEGER PRIMARY KEY CHECK (one = 1), ticks INTEGER NOT NULL) STRICT;
INSERT INTO clock VALUES (1, 1);
