-- How many requests were put to nobody, by hour, key and reason: a row for all of these together, so that a flood of them is a row too.
-- The key is empty where none came that is known, and so are the keys of whoever tries texts at random.
CREATE TABLE refusal (
    hour BIGINT NOT NULL, key TEXT NOT NULL, reason TEXT NOT NULL, count BIGINT NOT NULL,
    PRIMARY KEY (hour, key, reason));
