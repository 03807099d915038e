-- part: odds
CREATE RULE no_delete AS ON DELETE TO words DO INSTEAD NOTHING;
CREATE STATISTICS words_stats (dependencies) ON size, "select" FROM words;
ALTER TABLE orders DISABLE TRIGGER touch;
ALTER TABLE words SET (fillfactor = 70, autovacuum_enabled = false);
CREATE UNLOGGED TABLE scratchpad (id int);
