-- +goose Up
CREATE TABLE parts (
	id    serial PRIMARY KEY,
	sku   text NOT NULL UNIQUE,
	price numeric(10, 2) NOT NULL
);
CREATE TABLE job_parts (
	job  bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
	part integer NOT NULL REFERENCES parts,
	n    integer NOT NULL DEFAULT 1 CHECK (n > 0),
	PRIMARY KEY (job, part)
);

-- +goose Down
DROP TABLE job_parts, parts;
