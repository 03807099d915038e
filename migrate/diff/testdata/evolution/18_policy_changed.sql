-- part: policies
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
CREATE POLICY active_only ON customers FOR SELECT USING (active OR EXISTS (SELECT FROM orders WHERE orders.customer_id = customers.id));
