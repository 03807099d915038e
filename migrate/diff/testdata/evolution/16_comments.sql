-- part: comments
COMMENT ON TABLE customers IS 'who buys; it''s "them"';
COMMENT ON COLUMN customers.name IS 'as on the bill';
COMMENT ON VIEW open_orders IS 'not paid';
COMMENT ON MATERIALIZED VIEW totals IS 'refreshed at night';
COMMENT ON TYPE status IS 'of an order';
COMMENT ON FUNCTION touch() IS 'when it changed';
COMMENT ON CONSTRAINT total_positive ON orders IS 'we do not pay';
COMMENT ON INDEX customers_email IS 'one each';
