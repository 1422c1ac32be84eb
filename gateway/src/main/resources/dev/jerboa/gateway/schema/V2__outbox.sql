-- Events that are stored and not yet known to have arrived elsewhere, by the node that served them, which sends them.
CREATE TABLE outbox (
    node TEXT NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (node, id));
