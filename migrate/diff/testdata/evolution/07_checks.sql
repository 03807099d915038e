-- part: order checks
ALTER TABLE orders ADD COLUMN total numeric(10,2) NOT NULL DEFAULT 0;
ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total >= 0);
