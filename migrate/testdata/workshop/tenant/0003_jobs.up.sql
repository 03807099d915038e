BEGIN;
CREATE TYPE job_state AS ENUM ('booked', 'open', 'done');
CREATE TABLE jobs (
	id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	vehicle bigint NOT NULL REFERENCES vehicles,
	worker  bigint REFERENCES staff,
	state   job_state NOT NULL DEFAULT 'booked',
	hours   numeric(6, 2) NOT NULL DEFAULT 0 CHECK (hours >= 0)
);
CREATE INDEX jobs_open ON jobs (vehicle) WHERE state <> 'done';
COMMIT;
