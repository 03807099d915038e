-- +goose Up
CREATE SEQUENCE choices_id_seq
	AS bigint
	INCREMENT BY 1
	MINVALUE 1 MAXVALUE 9223372036854775807
	START WITH 1 CACHE 1 NO CYCLE;
CREATE SEQUENCE polls_id_seq
	AS bigint
	INCREMENT BY 1
	MINVALUE 1 MAXVALUE 9223372036854775807
	START WITH 1 CACHE 1 NO CYCLE;
CREATE SEQUENCE tags_id_seq
	AS bigint
	INCREMENT BY 1
	MINVALUE 1 MAXVALUE 9223372036854775807
	START WITH 1 CACHE 1 NO CYCLE;
CREATE SEQUENCE users_id_seq
	AS bigint
	INCREMENT BY 1
	MINVALUE 1 MAXVALUE 9223372036854775807
	START WITH 1 CACHE 1 NO CYCLE;
CREATE TABLE choices (
	id bigint DEFAULT nextval('choices_id_seq'::regclass) NOT NULL,
	poll_id bigint,
	text text
);
ALTER TABLE choices ADD CONSTRAINT choices_pkey PRIMARY KEY (id);
ALTER SEQUENCE choices_id_seq OWNED BY choices.id;
CREATE TABLE poll_tags (
	poll_id bigint NOT NULL,
	tag_id bigint NOT NULL
);
ALTER TABLE poll_tags ADD CONSTRAINT poll_tags_pkey PRIMARY KEY (poll_id, tag_id);
CREATE TABLE polls (
	id bigint DEFAULT nextval('polls_id_seq'::regclass) NOT NULL,
	question text NOT NULL,
	user_id bigint NOT NULL,
	created_at timestamp with time zone,
	deleted_at timestamp with time zone
);
ALTER TABLE polls ADD CONSTRAINT question_is_there CHECK((question <> ''::text));
ALTER TABLE polls ADD CONSTRAINT polls_pkey PRIMARY KEY (id);
CREATE INDEX idx_polls_deleted_at ON polls (deleted_at);
ALTER TABLE choices ADD CONSTRAINT fk_polls_choices FOREIGN KEY (poll_id) REFERENCES polls(id) ON DELETE CASCADE;
ALTER TABLE poll_tags ADD CONSTRAINT fk_poll_tags_poll FOREIGN KEY (poll_id) REFERENCES polls(id);
ALTER SEQUENCE polls_id_seq OWNED BY polls.id;
CREATE TABLE tags (
	id bigint DEFAULT nextval('tags_id_seq'::regclass) NOT NULL,
	name text NOT NULL
);
ALTER TABLE tags ADD CONSTRAINT tags_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX idx_tags_name ON tags (name);
ALTER TABLE poll_tags ADD CONSTRAINT fk_poll_tags_tag FOREIGN KEY (tag_id) REFERENCES tags(id);
ALTER SEQUENCE tags_id_seq OWNED BY tags.id;
CREATE TABLE users (
	id bigint DEFAULT nextval('users_id_seq'::regclass) NOT NULL,
	name text NOT NULL,
	plan_id bigint NOT NULL
);
ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX idx_users_name ON users (name);
ALTER TABLE polls ADD CONSTRAINT fk_users_polls FOREIGN KEY (user_id) REFERENCES users(id);
ALTER SEQUENCE users_id_seq OWNED BY users.id;
ALTER TABLE users ADD CONSTRAINT fk_users_plan FOREIGN KEY (plan_id) REFERENCES shared.plans(id);

-- +goose Down
ALTER TABLE choices DROP CONSTRAINT fk_polls_choices;
ALTER TABLE poll_tags DROP CONSTRAINT fk_poll_tags_poll;
ALTER TABLE poll_tags DROP CONSTRAINT fk_poll_tags_tag;
ALTER TABLE polls DROP CONSTRAINT fk_users_polls;
ALTER TABLE users DROP CONSTRAINT fk_users_plan;
-- hazard: DELETES_DATA: Deletes all rows in the table (and the table itself)
DROP TABLE choices;
-- hazard: DELETES_DATA: Deletes all rows in the table (and the table itself)
DROP TABLE poll_tags;
-- hazard: DELETES_DATA: Deletes all rows in the table (and the table itself)
DROP TABLE polls;
-- hazard: DELETES_DATA: Deletes all rows in the table (and the table itself)
DROP TABLE tags;
-- hazard: DELETES_DATA: Deletes all rows in the table (and the table itself)
DROP TABLE users;
