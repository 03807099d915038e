-- +goose Up
CREATE TABLE plans (
	id bigint NOT NULL,
	name text NOT NULL
);
ALTER TABLE plans ADD CONSTRAINT plans_pkey PRIMARY KEY (id);
ALTER TABLE plans ADD CONSTRAINT uni_plans_name UNIQUE (name);

-- +goose Down
-- hazard: DELETES_DATA: Deletes all rows in the table (and the table itself)
DROP TABLE plans;
