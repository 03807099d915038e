-- part: orders
CREATE TABLE orders (
	id serial PRIMARY KEY,
	customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	placed_at timestamptz NOT NULL DEFAULT now()
);
