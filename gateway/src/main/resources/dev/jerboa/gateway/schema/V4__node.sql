-- Which process has a node's name, and since when nothing was heard of it. A process that ends takes its row away, one that is killed does not.
CREATE TABLE node (
    name TEXT NOT NULL PRIMARY KEY,
    journal TEXT NOT NULL, -- says which journal folder it writes: who has that again is its next process
    boot TEXT NOT NULL,    -- says which process it is
    place TEXT NOT NULL,   -- in words, for messages
    seen BIGINT NOT NULL); -- by the store's clock
