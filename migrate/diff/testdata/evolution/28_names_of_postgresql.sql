-- part: clash
CREATE FUNCTION lower(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x - 1';
CREATE TABLE pg_names (id int PRIMARY KEY, low int CHECK (low > 0));
