-- part: functions
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
	NEW.placed_at := clock_timestamp();
	RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON orders FOR EACH ROW WHEN (NEW.total > 0) EXECUTE FUNCTION touch();
CREATE FUNCTION revenue(since date, OUT total numeric) LANGUAGE sql STABLE AS 'SELECT sum(total) FROM orders WHERE placed_at >= since';
