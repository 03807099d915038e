-- +goose NO TRANSACTION
-- +goose Up
DROP INDEX IF EXISTS jobs_worker;
CREATE INDEX CONCURRENTLY jobs_worker ON jobs (worker);

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS jobs_worker;
