-- +goose Up
CREATE TABLE plans (
	id       integer PRIMARY KEY,
	name     text NOT NULL UNIQUE,
	vehicles integer NOT NULL CHECK (vehicles > 0)
);
INSERT INTO plans VALUES (1, 'free', 5), (2, 'garage', 500);

-- +goose Down
DROP TABLE plans;
