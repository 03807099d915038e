-- part: policies
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY active_only ON customers FOR SELECT USING (active);
CREATE POLICY writers ON customers AS RESTRICTIVE FOR INSERT WITH CHECK (name <> '');
