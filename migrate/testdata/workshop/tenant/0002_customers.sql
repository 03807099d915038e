-- +goose Up
CREATE TABLE customers (
	id      bigserial PRIMARY KEY,
	name    text NOT NULL CHECK (length(name) > 0),
	country char(2) REFERENCES countries (code)
);
CREATE INDEX customers_name ON customers (name);

CREATE TABLE vehicles (
	id       bigserial PRIMARY KEY,
	customer bigint NOT NULL REFERENCES customers,
	plate    text NOT NULL UNIQUE
);

-- +goose Down
DROP TABLE vehicles, customers;
