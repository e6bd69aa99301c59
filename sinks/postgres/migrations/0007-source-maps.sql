-- Source maps of minified JavaScript, by which stacks are told as they were written.
-- depends: 0005-grouping

SET LOCAL search_path = seawall;

CREATE TABLE source_maps (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    debug_id    uuid,                       -- as bundlers write it into a file and its map
    service     text NOT NULL DEFAULT '',   -- '': of whatever service
    release     text NOT NULL DEFAULT '',
    dist        text NOT NULL DEFAULT '',
    url         text NOT NULL,              -- of the minified file; `~` stands for any scheme and host
    minified    bytea,                      -- zstd; by it the names of functions are found
    source_map  bytea NOT NULL,             -- zstd
    size        bigint NOT NULL,            -- of both, bytes before compression
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (service, release, dist, url, debug_id)
);
ALTER TABLE source_maps ALTER COLUMN minified SET STORAGE EXTERNAL, ALTER COLUMN source_map SET STORAGE EXTERNAL;
CREATE INDEX source_maps_debug_id ON source_maps (debug_id) WHERE debug_id IS NOT NULL;
CREATE INDEX source_maps_uploaded ON source_maps (uploaded_at);
