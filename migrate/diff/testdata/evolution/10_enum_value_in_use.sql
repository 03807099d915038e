-- part: types
CREATE TYPE status AS ENUM ('draft', 'open', 'shipped', 'paid');
-- part: order status
ALTER TABLE orders ADD COLUMN status status NOT NULL DEFAULT 'draft';
CREATE INDEX orders_open ON orders (customer_id) WHERE status IN ('open', 'shipped');
