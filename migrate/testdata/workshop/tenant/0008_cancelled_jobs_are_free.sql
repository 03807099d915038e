-- +goose Up
ALTER TABLE jobs ADD CONSTRAINT jobs_cancelled_free CHECK (state <> 'cancelled' OR hours = 0);

-- +goose Down
ALTER TABLE jobs DROP CONSTRAINT jobs_cancelled_free;
