-- +goose Up
CREATE TABLE dashboards (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO dashboards (title) VALUES ('Welcome');

-- +goose Down
DROP TABLE dashboards;
