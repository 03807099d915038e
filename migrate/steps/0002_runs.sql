-- What was done to the fleet, and what came of it. Only the main server's is
-- written. A run without an end was killed, or is under way.
CREATE TABLE rowhouse.runs (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	command      text NOT NULL,
	actor        text NOT NULL,
	started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
	finished_at  timestamptz,
	scope        text NOT NULL,
	from_version bigint NOT NULL,
	to_version   bigint NOT NULL,
	done         integer NOT NULL DEFAULT 0,
	failed       integer NOT NULL DEFAULT 0,
	not_started  integer NOT NULL DEFAULT 0,
	skipped      integer NOT NULL DEFAULT 0,
	error        text NOT NULL DEFAULT '',
	failures     jsonb NOT NULL DEFAULT '[]'
);
