-- The core: groups, occurrences, what was counted, what was read.
-- depends:

CREATE SCHEMA IF NOT EXISTS seawall;
SET LOCAL search_path = seawall;

CREATE TYPE severity AS ENUM ('debug', 'info', 'warning', 'error', 'critical');
CREATE TYPE group_status AS ENUM ('new', 'acknowledged', 'in_progress', 'resolved', 'ignored');

CREATE TABLE groups (
    id               uuid PRIMARY KEY,
    fingerprint      text NOT NULL,
    grouping_version integer NOT NULL DEFAULT 1,
    title            text NOT NULL,
    culprit          text,
    type             text,
    service          text NOT NULL,
    environment      text NOT NULL,
    severity         severity NOT NULL,
    status           group_status NOT NULL DEFAULT 'new',
    first_seen       timestamptz NOT NULL,
    last_seen        timestamptz NOT NULL,
    occurrences      bigint NOT NULL DEFAULT 0,
    users            bigint NOT NULL DEFAULT 0,
    first_release    text,
    last_release     text,
    last_event_id    uuid,
    resolved_at      timestamptz,
    regressions      integer NOT NULL DEFAULT 0
) WITH (fillfactor = 70);  -- room for in-page updates: the counters change with every batch
CREATE INDEX groups_service ON groups (service, environment);
CREATE INDEX groups_fingerprint ON groups (fingerprint);

CREATE TABLE group_users (
    group_id uuid NOT NULL,
    user_key bytea NOT NULL,  -- a keyed hash of the user id
    PRIMARY KEY (group_id, user_key)
);

-- Every occurrence is a row. Partitioned by the day it happened, in UTC; partitions are made ahead and on demand.
CREATE TABLE occurrences (
    occurred_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    event_id      uuid NOT NULL,
    group_id      uuid NOT NULL,
    service       text NOT NULL,
    environment   text NOT NULL,
    severity      severity NOT NULL,
    type          text,
    message       text NOT NULL,
    hostname      text,
    release       text,
    user_id       text,
    trace_id      text,
    topic         text NOT NULL,
    partition     integer NOT NULL,
    generation    integer NOT NULL,
    "offset"      bigint NOT NULL,
    ordinal       smallint NOT NULL,  -- which of the record's events, from 0
    payload       json NOT NULL
) PARTITION BY RANGE (occurred_at);
-- Payloads are most of the work of storing: lz4 is cheap, but a server may be built without it, and pglz takes longer
-- than all the rest together. Either way they lie apart, so that queries on the other columns read little.
DO $$
BEGIN
    ALTER TABLE occurrences ALTER COLUMN payload SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    ALTER TABLE occurrences ALTER COLUMN payload SET STORAGE EXTERNAL;
    RAISE NOTICE 'this server has no lz4: payloads are stored uncompressed';
END
$$;
CREATE INDEX occurrences_group ON occurrences (group_id, occurred_at DESC);
CREATE INDEX occurrences_event ON occurrences (event_id);
CREATE INDEX occurrences_trace ON occurrences (trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX occurrences_time ON occurrences USING brin (occurred_at);

CREATE TABLE minute_stats (
    minute      timestamptz NOT NULL,
    group_id    uuid NOT NULL,
    release     text NOT NULL DEFAULT '',
    occurrences integer NOT NULL,
    PRIMARY KEY (minute, group_id, release)
) PARTITION BY RANGE (minute);

-- What was passed over on purpose, exactly.
CREATE TABLE drop_stats (
    day     date NOT NULL,
    reason  text NOT NULL,
    rule    text NOT NULL DEFAULT '',
    service text NOT NULL DEFAULT '',
    records bigint NOT NULL,
    PRIMARY KEY (day, reason, rule, service)
);

-- Ids given by producers, kept for the dedupe horizon: a repeated one is a producer's retry. An id belongs to the record
-- that claimed it first, for good, before the batch is stored: so every attempt to store the batch decides alike.
CREATE TABLE event_ids (
    event_id  uuid PRIMARY KEY,
    owner     uuid NOT NULL,  -- a hash of the record's place
    stored_at timestamptz NOT NULL
);
CREATE INDEX event_ids_stored ON event_ids USING brin (stored_at);

-- Where each source partition has been read to. The position moves in the transaction that stores the batch.
CREATE TABLE source_offsets (
    topic          text NOT NULL,
    partition      integer NOT NULL,
    generation     integer NOT NULL DEFAULT 0,  -- grows when the topic was deleted and made anew
    next_offset    bigint NOT NULL,
    last_timestamp bigint,                      -- of the record before it, milliseconds
    last_crc       bigint,                      -- and its CRC-32: tells a new topic from the old one
    updated_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition)
);

-- An index over the dead-letter topic, which holds the records themselves.
CREATE TABLE dead_letters (
    topic          text NOT NULL,      -- where the record came from
    partition      integer NOT NULL,
    generation     integer NOT NULL,
    "offset"       bigint NOT NULL,
    reason         text NOT NULL,
    detail         text NOT NULL,
    size           integer NOT NULL,   -- bytes
    received_at    timestamptz NOT NULL,
    dead_partition integer NOT NULL,   -- where it lies now
    dead_offset    bigint NOT NULL,
    replayed_at    timestamptz,
    replays        integer NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition, generation, "offset")
);
CREATE INDEX dead_letters_received ON dead_letters (received_at);

-- Who is running: each process writes itself here every few seconds.
CREATE TABLE processes (
    id       text PRIMARY KEY,         -- role, host and pid
    role     text NOT NULL,
    host     text NOT NULL,
    pid      integer NOT NULL,
    since    timestamptz NOT NULL,
    seen_at  timestamptz NOT NULL,
    info     jsonb NOT NULL DEFAULT '{}'
);
