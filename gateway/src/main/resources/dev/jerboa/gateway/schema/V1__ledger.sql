-- One schema for SQLite and PostgreSQL. Times are microseconds since 1970 (UTC), hours and days are counted since 1970 (UTC),
-- money is in nano-dollars, truth values are 0 and 1. Text is never that of prompts or replies.

-- Who and what there was, and since when: a row is added when an entry changes, so that charts can say "as then" and "as now".
CREATE TABLE lab (
    id TEXT NOT NULL, valid_from BIGINT NOT NULL, name TEXT NOT NULL, country TEXT NOT NULL,
    PRIMARY KEY (id, valid_from));
CREATE TABLE model (
    id TEXT NOT NULL, valid_from BIGINT NOT NULL, lab TEXT NOT NULL, name TEXT NOT NULL, family TEXT NOT NULL,
    openness TEXT NOT NULL, licence TEXT NOT NULL, parameters BIGINT, active_parameters BIGINT, context BIGINT NOT NULL,
    tokenizer TEXT NOT NULL, reasoning INTEGER NOT NULL, tools INTEGER NOT NULL, released TEXT,
    PRIMARY KEY (id, valid_from));
CREATE TABLE provider (
    id TEXT NOT NULL, valid_from BIGINT NOT NULL, name TEXT NOT NULL, country TEXT NOT NULL, dialect TEXT NOT NULL,
    trains INTEGER NOT NULL, retains INTEGER NOT NULL,
    PRIMARY KEY (id, valid_from));
CREATE TABLE endpoint (
    id TEXT NOT NULL, valid_from BIGINT NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL, variant TEXT NOT NULL,
    quantization TEXT NOT NULL, context BIGINT NOT NULL, max_output BIGINT NOT NULL, price_version TEXT NOT NULL,
    PRIMARY KEY (id, valid_from));
-- What each version of an endpoint's prices says, so that history can be rated again.
CREATE TABLE price (
    version TEXT NOT NULL PRIMARY KEY, schedule TEXT NOT NULL);

-- One row a request, written once.
CREATE TABLE event (
    id TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, node TEXT NOT NULL, key TEXT NOT NULL, account TEXT NOT NULL,
    app TEXT NOT NULL, payer_country TEXT NOT NULL, dialect TEXT NOT NULL, requested_model TEXT NOT NULL,
    endpoint TEXT NOT NULL, model TEXT NOT NULL, provider TEXT NOT NULL, price_version TEXT NOT NULL, attempts TEXT NOT NULL,
    input BIGINT NOT NULL, cache_read BIGINT NOT NULL, cache_write BIGINT NOT NULL, cache_write_long BIGINT NOT NULL,
    output BIGINT NOT NULL, reasoning BIGINT NOT NULL, bytes_in BIGINT NOT NULL, bytes_out BIGINT NOT NULL,
    first_token_micros BIGINT NOT NULL, duration_micros BIGINT NOT NULL, status INTEGER NOT NULL, finish TEXT NOT NULL,
    streamed INTEGER NOT NULL, tool_calls INTEGER NOT NULL, cost_nanos BIGINT NOT NULL, upstream_cost_nanos BIGINT,
    quality TEXT NOT NULL, cancel_cause TEXT NOT NULL);
CREATE INDEX event_by_time ON event (at);
CREATE INDEX event_by_key ON event (key, at);

-- Sums by hour; every chart reads these, none reads events. Written in the transaction that writes the events.
CREATE TABLE rollup (
    hour BIGINT NOT NULL, endpoint TEXT NOT NULL, key TEXT NOT NULL, app TEXT NOT NULL, payer_country TEXT NOT NULL,
    requests BIGINT NOT NULL, failed BIGINT NOT NULL, fallbacks BIGINT NOT NULL, streamed BIGINT NOT NULL,
    input BIGINT NOT NULL, cache_read BIGINT NOT NULL, cache_write BIGINT NOT NULL, cache_write_long BIGINT NOT NULL,
    output BIGINT NOT NULL, reasoning BIGINT NOT NULL, bytes_in BIGINT NOT NULL, bytes_out BIGINT NOT NULL,
    cost_nanos BIGINT NOT NULL, upstream_cost_nanos BIGINT NOT NULL,
    uncached_nanos BIGINT NOT NULL, -- what it would have cost without a provider's cache
    dearest_nanos BIGINT NOT NULL,  -- what it would have cost in the week's dearest window
    tool_requests BIGINT NOT NULL, tool_calls BIGINT NOT NULL, reasoning_requests BIGINT NOT NULL,
    quality_provider BIGINT NOT NULL, quality_estimated BIGINT NOT NULL, quality_partial BIGINT NOT NULL,
    quality_missing BIGINT NOT NULL,
    duration_micros BIGINT NOT NULL, first_tokens BIGINT NOT NULL, first_token_micros BIGINT NOT NULL,
    PRIMARY KEY (hour, endpoint, key, app, payer_country));
-- How long things took: counts in buckets of a quarter of an octave; kinds are first_token, duration, per_token, overhead.
CREATE TABLE latency (
    hour BIGINT NOT NULL, endpoint TEXT NOT NULL, kind TEXT NOT NULL, bucket INTEGER NOT NULL, count BIGINT NOT NULL,
    PRIMARY KEY (hour, endpoint, kind, bucket));
-- How attempts ended, by endpoint.
CREATE TABLE attempt_outcome (
    hour BIGINT NOT NULL, endpoint TEXT NOT NULL, outcome TEXT NOT NULL, count BIGINT NOT NULL,
    PRIMARY KEY (hour, endpoint, outcome));

-- Pulls of models from a hub that ended and whose hash was right, by day.
CREATE TABLE pull (
    day BIGINT NOT NULL, repository TEXT NOT NULL, model TEXT NOT NULL, lab TEXT NOT NULL, quantization TEXT NOT NULL,
    pulls BIGINT NOT NULL, bytes BIGINT NOT NULL,
    PRIMARY KEY (day, repository, quantization));
-- Figures of others, beside one's own: never mixed with them, always shown with where they are from.
CREATE TABLE series (
    source TEXT NOT NULL, name TEXT NOT NULL, day BIGINT NOT NULL, dimension TEXT NOT NULL, amount DOUBLE PRECISION NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (source, name, day, dimension));

-- Whom keys belong to; an account may be part of another.
CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY, parent TEXT, name TEXT NOT NULL, payer_country TEXT NOT NULL, created BIGINT NOT NULL);
CREATE TABLE api_key (
    id TEXT NOT NULL PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL, scopes TEXT NOT NULL,
    models TEXT NOT NULL, app TEXT NOT NULL, requests_per_minute BIGINT, tokens_per_minute BIGINT, concurrent INTEGER,
    created BIGINT NOT NULL, expires BIGINT, disabled INTEGER NOT NULL);
-- A limit of money on a key or an account, for a period (hour, day, week, month, total), in UTC.
CREATE TABLE budget (
    id TEXT NOT NULL PRIMARY KEY, owner_kind TEXT NOT NULL, owner TEXT NOT NULL, limit_nanos BIGINT NOT NULL,
    period TEXT NOT NULL);
CREATE TABLE budget_period (
    budget TEXT NOT NULL, period_start BIGINT NOT NULL, spent_nanos BIGINT NOT NULL, leased_nanos BIGINT NOT NULL,
    PRIMARY KEY (budget, period_start));
-- A slice of a budget that a node may spend by itself.
CREATE TABLE lease (
    id TEXT NOT NULL PRIMARY KEY, budget TEXT NOT NULL, period_start BIGINT NOT NULL, node TEXT NOT NULL,
    nanos BIGINT NOT NULL, spent_nanos BIGINT NOT NULL, expires BIGINT NOT NULL);
