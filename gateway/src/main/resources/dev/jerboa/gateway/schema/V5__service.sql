-- At which service tier a request was processed, how often the provider's own tools were used, what of these has no price, and what the
-- request is about. Of requests from before, nothing was told.
ALTER TABLE event ADD COLUMN service_tier TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN web_searches BIGINT NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN web_fetches BIGINT NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN file_searches BIGINT NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN unpriced TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN category TEXT NOT NULL DEFAULT '';
-- What requests of a key are about where they do not say.
ALTER TABLE api_key ADD COLUMN category TEXT NOT NULL DEFAULT '';
