-- +goose Up
CREATE TABLE notes (
	id   bigserial PRIMARY KEY,
	job  bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
	body text NOT NULL
);
CREATE TABLE tags (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE vehicle_tags (
	vehicle bigint NOT NULL REFERENCES vehicles ON DELETE CASCADE,
	tag     integer NOT NULL REFERENCES tags,
	PRIMARY KEY (vehicle, tag)
);
-- +goose StatementBegin
CREATE FUNCTION note_done() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO notes (job, body) VALUES (NEW.id, 'done after ' || NEW.hours || ' hours; well done');
	RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER jobs_done AFTER UPDATE OF state ON jobs
	FOR EACH ROW WHEN (NEW.state = 'done') EXECUTE FUNCTION note_done();

-- +goose Down
DROP TRIGGER jobs_done ON jobs;
DROP FUNCTION note_done;
DROP TABLE vehicle_tags, tags, notes;
