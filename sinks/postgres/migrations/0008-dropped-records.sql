-- Which records filters dropped, so that they can be sent again once a rule is put right: the topic still has them.
-- depends: 0001-core

SET LOCAL search_path = seawall;

CREATE TABLE dropped_records (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic       text NOT NULL,
    partition   integer NOT NULL,
    generation  integer NOT NULL,
    rule        text NOT NULL,
    reason      text NOT NULL,
    offsets     int8multirange NOT NULL,  -- runs of a batch
    records     integer NOT NULL,         -- how many these are
    ordinals    smallint[],               -- which of their events were dropped; null: all of them
    at          timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz
);
CREATE INDEX dropped_records_rule ON dropped_records (rule, at);
CREATE INDEX dropped_records_place ON dropped_records (topic, partition, generation);
