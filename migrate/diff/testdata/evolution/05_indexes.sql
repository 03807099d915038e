-- part: customer indexes
CREATE UNIQUE INDEX customers_email ON customers (email);
CREATE INDEX customers_active ON customers (name) WHERE active;
