-- Why a reply ended, in the endpoint's own word. Of requests from before, it is not known.
ALTER TABLE event ADD COLUMN native_finish TEXT NOT NULL DEFAULT '';
