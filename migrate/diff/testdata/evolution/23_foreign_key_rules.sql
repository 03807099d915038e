-- part: addresses
CREATE TABLE addresses (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	customer_id bigint NOT NULL REFERENCES customers ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
	place address, short zip
);
COMMENT ON DOMAIN zip IS 'a code';
