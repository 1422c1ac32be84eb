-- Sums by day beside those by hour, for charts of months and years. A day before rollup_day_end has been summed: its rows in each of the
-- two tables here are together what its rows in rollup are together, at any moment. Normally that is a row with the day's first hour for
-- each endpoint, key, app and country, and for each endpoint. Where a sum would be more than 64 bits hold, the rows of its hours are here
-- as they are.
CREATE TABLE rollup_day (
    hour BIGINT NOT NULL, endpoint TEXT NOT NULL, key TEXT NOT NULL, app TEXT NOT NULL, payer_country TEXT NOT NULL,
    requests BIGINT NOT NULL, failed BIGINT NOT NULL, fallbacks BIGINT NOT NULL, streamed BIGINT NOT NULL,
    input BIGINT NOT NULL, cache_read BIGINT NOT NULL, cache_write BIGINT NOT NULL, cache_write_long BIGINT NOT NULL,
    output BIGINT NOT NULL, reasoning BIGINT NOT NULL, bytes_in BIGINT NOT NULL, bytes_out BIGINT NOT NULL,
    cost_nanos BIGINT NOT NULL, upstream_cost_nanos BIGINT NOT NULL,
    uncached_nanos BIGINT NOT NULL,
    dearest_nanos BIGINT NOT NULL,
    tool_requests BIGINT NOT NULL, tool_calls BIGINT NOT NULL, reasoning_requests BIGINT NOT NULL,
    quality_provider BIGINT NOT NULL, quality_estimated BIGINT NOT NULL, quality_partial BIGINT NOT NULL,
    quality_missing BIGINT NOT NULL,
    duration_micros BIGINT NOT NULL, first_tokens BIGINT NOT NULL, first_token_micros BIGINT NOT NULL,
    PRIMARY KEY (hour, endpoint, key, app, payer_country));
CREATE INDEX rollup_day_by_key ON rollup_day (key, hour);
-- The same for each endpoint, with empty keys, apps and countries: few rows, however many keys there are, for what tells nothing else apart.
CREATE TABLE rollup_day_endpoint (
    hour BIGINT NOT NULL, endpoint TEXT NOT NULL, key TEXT NOT NULL, app TEXT NOT NULL, payer_country TEXT NOT NULL,
    requests BIGINT NOT NULL, failed BIGINT NOT NULL, fallbacks BIGINT NOT NULL, streamed BIGINT NOT NULL,
    input BIGINT NOT NULL, cache_read BIGINT NOT NULL, cache_write BIGINT NOT NULL, cache_write_long BIGINT NOT NULL,
    output BIGINT NOT NULL, reasoning BIGINT NOT NULL, bytes_in BIGINT NOT NULL, bytes_out BIGINT NOT NULL,
    cost_nanos BIGINT NOT NULL, upstream_cost_nanos BIGINT NOT NULL,
    uncached_nanos BIGINT NOT NULL,
    dearest_nanos BIGINT NOT NULL,
    tool_requests BIGINT NOT NULL, tool_calls BIGINT NOT NULL, reasoning_requests BIGINT NOT NULL,
    quality_provider BIGINT NOT NULL, quality_estimated BIGINT NOT NULL, quality_partial BIGINT NOT NULL,
    quality_missing BIGINT NOT NULL,
    duration_micros BIGINT NOT NULL, first_tokens BIGINT NOT NULL, first_token_micros BIGINT NOT NULL,
    PRIMARY KEY (hour, endpoint, key, app, payer_country));
-- The hour at which the first day begins that has not been summed: one row. At first it is before all sums that there are, which gateways
-- sum day by day in the background, so that this step takes no longer in a large store.
CREATE TABLE rollup_day_end (hour BIGINT NOT NULL);
INSERT INTO rollup_day_end SELECT COALESCE((MIN(hour) - 23) / 24 * 24, 0) FROM rollup;
