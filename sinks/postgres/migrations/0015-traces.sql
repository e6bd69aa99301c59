-- Incidents of one trace, told of as one: which follows which, and what led to them all.
-- depends: 0010-notifying

SET LOCAL search_path = seawall;

CREATE TABLE incident_links (
    follower_id uuid PRIMARY KEY REFERENCES incidents,
    leader_id   uuid NOT NULL REFERENCES incidents,  -- whose message is of all of them; it follows none itself
    trace_id    text NOT NULL,                       -- a trace in which both failed
    linked_at   timestamptz NOT NULL,
    split_at    timestamptz,                         -- somebody found that they are two
    split_by    text
);
CREATE INDEX incident_links_leader ON incident_links (leader_id) WHERE split_at IS NULL;

CREATE TABLE incident_causes (
    incident_id uuid PRIMARY KEY REFERENCES incidents,  -- the leader
    group_id    uuid NOT NULL,
    service     text NOT NULL,
    title       text NOT NULL,
    why         text NOT NULL,
    found_at    timestamptz NOT NULL
);

CREATE VIEW analytics.incident_links AS
    SELECT link.follower_id AS incident_id, link.leader_id, link.trace_id, link.linked_at, cause.service AS cause_service,
        cause.title AS cause_title, cause.why AS cause_why
    FROM seawall.incident_links AS link LEFT JOIN seawall.incident_causes AS cause ON cause.incident_id = link.leader_id
    WHERE link.split_at IS NULL;
COMMENT ON VIEW analytics.incident_links IS
    'One row an incident that follows another one of the same trace, and is told of with that.';
COMMENT ON COLUMN analytics.incident_links.incident_id IS 'the incident that follows, see incidents';
COMMENT ON COLUMN analytics.incident_links.leader_id IS 'the incident whose message is of both, see incidents';
COMMENT ON COLUMN analytics.incident_links.trace_id IS 'a trace in which both failed';
COMMENT ON COLUMN analytics.incident_links.linked_at IS 'when that was found';
COMMENT ON COLUMN analytics.incident_links.cause_service IS 'the service in which the cause of all of them lies';
COMMENT ON COLUMN analytics.incident_links.cause_title IS 'the error there';
COMMENT ON COLUMN analytics.incident_links.cause_why IS 'how that is known';
