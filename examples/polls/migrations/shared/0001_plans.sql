-- +goose Up
CREATE TABLE plans (
    code      text PRIMARY KEY,
    name      text NOT NULL,
    max_polls integer
);

INSERT INTO plans (code, name, max_polls) VALUES
    ('free', 'Free', 10),
    ('team', 'Team', 1000),
    ('unlimited', 'Unlimited', NULL);

-- +goose Down
DROP TABLE plans;
