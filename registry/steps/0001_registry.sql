-- The list of tenants. A deleted tenant keeps its row: shared tables may refer to it.
CREATE TABLE rowhouse.tenants (
	id         uuid PRIMARY KEY,
	slug       text NOT NULL,
	name       text NOT NULL,
	status     text NOT NULL CHECK (status IN
		('provisioning', 'active', 'read_only', 'suspended', 'deleting', 'deleted', 'failed')),
	level      text NOT NULL CHECK (level IN ('row', 'schema', 'database', 'silo')),
	server     text NOT NULL,
	database   text NOT NULL,
	schema     text NOT NULL,
	role       text NOT NULL,
	upstream   text NOT NULL,
	epoch      bigint NOT NULL,
	settings   jsonb NOT NULL CHECK (jsonb_typeof(settings) = 'object'),
	labels     jsonb NOT NULL CHECK (jsonb_typeof(labels) = 'object'),
	version    bigint NOT NULL, -- projection of the tenant's ledger
	revision   bigint NOT NULL DEFAULT 1,
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	changed_in xid8 NOT NULL DEFAULT pg_current_xact_id(), -- for pollers, see changes.go
	live       boolean NOT NULL GENERATED ALWAYS AS (status NOT IN ('deleting', 'deleted')) STORED,
	CONSTRAINT tenants_has_home CHECK (
		(level <> 'schema' OR schema <> '') AND (level <> 'database' OR database <> ''))
);

-- A tenant that is being deleted gives its slug up, and a restore takes it again.
CREATE UNIQUE INDEX tenants_slug_live ON rowhouse.tenants (lower(slug)) WHERE live;
CREATE INDEX tenants_slug ON rowhouse.tenants (lower(slug));

-- One home never belongs to two tenants, not even one after the other. Rows share
-- theirs, and a silo's is on a server of its own.
CREATE UNIQUE INDEX tenants_placement ON rowhouse.tenants (server, database, schema)
	WHERE level IN ('schema', 'database');

CREATE INDEX tenants_labels ON rowhouse.tenants USING gin (labels jsonb_path_ops);
CREATE INDEX tenants_changed_in ON rowhouse.tenants (changed_in);

CREATE TABLE rowhouse.domains (
	tenant     uuid NOT NULL REFERENCES rowhouse.tenants (id),
	host       text NOT NULL,
	is_primary boolean NOT NULL,
	live       boolean NOT NULL, -- the tenant's, so that an index can see it
	PRIMARY KEY (tenant, host)
);
CREATE UNIQUE INDEX domains_host_live ON rowhouse.domains (lower(host)) WHERE live;
CREATE UNIQUE INDEX domains_one_primary ON rowhouse.domains (tenant) WHERE is_primary;
CREATE INDEX domains_host ON rowhouse.domains (lower(host));

CREATE TABLE rowhouse.events (
	id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant uuid NOT NULL REFERENCES rowhouse.tenants (id),
	at     timestamptz NOT NULL DEFAULT clock_timestamp(),
	actor  text NOT NULL,
	action text NOT NULL,
	detail text NOT NULL
);
CREATE INDEX events_tenant ON rowhouse.events (tenant, id DESC);
