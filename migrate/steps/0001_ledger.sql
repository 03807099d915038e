-- What has been applied in this database: to "shared", or to a tenant's id.
CREATE TABLE rowhouse.ledger (
	target      text NOT NULL,
	version     bigint NOT NULL,
	name        text NOT NULL,
	checksum    text NOT NULL,
	applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
	duration_ms integer NOT NULL,
	PRIMARY KEY (target, version)
);

-- Fleet runs that were carried to their end, failures reported: new tenants may
-- start at this head.
CREATE TABLE rowhouse.rollouts (
	head        bigint NOT NULL,
	files       integer NOT NULL,
	finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (head, files)
);

-- Every transaction that writes a target's ledger calls this first. It does not
-- wait for the lock: a waiter's snapshot would make CREATE INDEX CONCURRENTLY wait
-- for the waiter. RH001: the plan was made from an older ledger, read it again.
-- RH002: another run is at this target, try later.
CREATE FUNCTION rowhouse.ledger_begin(target text, applied bigint, key bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT pg_try_advisory_xact_lock(key) THEN
		RAISE EXCEPTION 'another migration of % is running', target USING ERRCODE = 'RH002';
	END IF;
	IF (SELECT count(*) FROM rowhouse.ledger AS l WHERE l.target = ledger_begin.target) <> applied THEN
		RAISE EXCEPTION 'the ledger of % has moved on', target USING ERRCODE = 'RH001';
	END IF;
END $$;
