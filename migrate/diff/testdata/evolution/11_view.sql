-- part: views
CREATE VIEW open_orders AS SELECT o.id, c.name, o.total, o.status FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status <> 'paid';
