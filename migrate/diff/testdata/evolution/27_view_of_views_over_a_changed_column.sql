-- part: order checks
ALTER TABLE orders ADD COLUMN total numeric(14,4) NOT NULL DEFAULT 0;
ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total >= 0 AND total < 1000000);
-- part: views
CREATE VIEW open_orders AS SELECT o.id, c.name, o.total, o.status FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status <> 'paid';
CREATE VIEW large_orders WITH (security_invoker = true) AS SELECT * FROM open_orders WHERE total > 100;
