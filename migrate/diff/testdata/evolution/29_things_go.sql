-- part: rooms
-- part: clash
-- part: customer indexes
-- part: comments
COMMENT ON TABLE customers IS 'buyers';
