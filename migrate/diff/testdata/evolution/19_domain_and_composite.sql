-- part: more types
CREATE DOMAIN zip AS text NOT NULL DEFAULT '' CONSTRAINT zip_short CHECK (length(VALUE) <= 10);
CREATE TYPE address AS (street text, zip text);
-- part: addresses
CREATE TABLE addresses (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), customer_id bigint REFERENCES customers, place address, short zip);
COMMENT ON DOMAIN zip IS 'a code';
