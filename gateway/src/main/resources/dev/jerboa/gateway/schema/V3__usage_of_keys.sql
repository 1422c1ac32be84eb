-- What a key used, over any time: asked for with every look at a key, and where a budget begins in the middle of its period.
CREATE INDEX rollup_by_key ON rollup (key, hour);
-- When a key was deleted. Its row stays, so that what it used stays its account's.
ALTER TABLE api_key ADD COLUMN deleted BIGINT;
