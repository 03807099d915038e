-- part: more types
CREATE DOMAIN zip AS text NOT NULL DEFAULT '-' CONSTRAINT zip_short CHECK (length(VALUE) <= 12);
CREATE TYPE address AS (street text, zip text);
CREATE TYPE timespan AS RANGE (subtype = time);
-- part: rooms
CREATE TABLE rooms (room int4range, during timespan, EXCLUDE USING gist (room WITH &&, during WITH &&));
