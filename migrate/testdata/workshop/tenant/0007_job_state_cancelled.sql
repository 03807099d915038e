-- A new enum value may be used once it is committed, so by the next file.
-- +goose Up
ALTER TYPE job_state ADD VALUE 'cancelled';
