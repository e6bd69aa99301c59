-- How far Prometheus was asked for each threshold, and which of these questions fail.
-- depends: 0022-group-releases

SET LOCAL search_path = seawall;

CREATE TABLE prometheus_queries (
    rule          text PRIMARY KEY,
    query         text NOT NULL,
    asked_to      timestamptz NOT NULL,  -- the end of the last minute that is known
    failing_since timestamptz,           -- null: the last time it was answered
    problem       text,
    told_at       timestamptz            -- when people were told last that it fails
);
