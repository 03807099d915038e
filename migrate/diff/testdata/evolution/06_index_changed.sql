-- part: customer indexes
CREATE UNIQUE INDEX customers_email ON customers (email) WHERE email IS NOT NULL;
CREATE INDEX customers_active ON customers (lower(name) DESC) WHERE active;
