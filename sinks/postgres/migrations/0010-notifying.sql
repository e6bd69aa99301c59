-- Who is told of what, and what is held back.
-- depends: 0009-triage

SET LOCAL search_path = seawall;

-- The order in which things happened to an incident, and what it may be matched by.
ALTER TABLE incident_log ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;
CREATE INDEX incident_log_number ON incident_log (incident_id, number);
ALTER TABLE incidents ADD COLUMN facts jsonb NOT NULL DEFAULT '{}', ADD COLUMN flaps integer NOT NULL DEFAULT 0;
CREATE INDEX incidents_facts ON incidents USING gin (facts jsonb_path_ops) WHERE status NOT IN ('resolved', 'ignored');
CREATE INDEX incidents_key ON incidents (alert_key, opened_at);

-- Incidents that are told of together: those that come to one route and are alike in what it groups by.
CREATE TABLE bundles (
    id         uuid PRIMARY KEY,             -- made from the route and what the incidents have in common
    route      text NOT NULL,
    labels     jsonb NOT NULL DEFAULT '{}',
    grouped    boolean NOT NULL,             -- there may be several incidents in it
    channels   text[] NOT NULL,
    policy     text,
    wait       integer NOT NULL DEFAULT 0,   -- seconds before the first message
    critical_wait integer NOT NULL DEFAULT 0,
    pause      integer NOT NULL DEFAULT 0,   -- seconds between two messages
    repeat     integer,                      -- seconds after which it is said again
    mute_times text[] NOT NULL DEFAULT '{}', -- names of times
    only_times text[] NOT NULL DEFAULT '{}',
    most       integer NOT NULL,             -- new incidents that are told of …
    most_per   integer NOT NULL,             -- … in so many seconds
    flushed_at timestamptz,                  -- when it last told something
    flush_at   timestamptz                   -- when it is looked at again: a job is deferred for then
);
CREATE TABLE bundle_incidents (
    bundle_id   uuid NOT NULL REFERENCES bundles,
    incident_id uuid NOT NULL REFERENCES incidents,
    message_id  uuid,                        -- the message that it is told of in
    channels    text[] NOT NULL,             -- those of the bundle that no other bundle tells of this incident
    joined_at   timestamptz NOT NULL,
    seen        bigint NOT NULL DEFAULT 0,   -- the number of the last step that was decided on
    said        bigint NOT NULL DEFAULT 0,   -- of the last one that was told though it was held back what came before
    first_told  timestamptz,
    last_told   timestamptz,
    done        boolean NOT NULL DEFAULT false,  -- it is over, and whoever knew of it knows
    PRIMARY KEY (bundle_id, incident_id)
);
CREATE INDEX bundle_incidents_incident ON bundle_incidents (incident_id);
CREATE INDEX bundle_incidents_told ON bundle_incidents (first_told) WHERE first_told IS NOT NULL;

-- Whoever was told of an incident by an earlier version is told how it goes on.
UPDATE incidents SET facts = jsonb_build_object('service', service, 'environment', environment, 'severity', severity,
    'title', title, 'rule', rule) WHERE status <> 'resolved';
INSERT INTO bundles (id, route, grouped, channels, most, most_per)
    SELECT incident_id, '', false, array_agg(DISTINCT channel), 30, 600
    FROM deliveries JOIN incidents ON incidents.id = incident_id WHERE incidents.status <> 'resolved'
    GROUP BY incident_id;
INSERT INTO bundle_incidents (bundle_id, incident_id, message_id, channels, joined_at, seen, first_told, last_told)
    SELECT id, id, id, channels, now(), (SELECT max(number) FROM incident_log WHERE incident_id = bundles.id), now(), now()
    FROM bundles;

ALTER TABLE deliveries ADD COLUMN message_id uuid, ADD COLUMN grouped boolean NOT NULL DEFAULT false;
UPDATE deliveries SET message_id = incident_id;
ALTER TABLE deliveries ALTER COLUMN message_id SET NOT NULL;
ALTER TABLE channel_messages DROP CONSTRAINT channel_messages_incident_id_fkey;
ALTER TABLE channel_messages RENAME COLUMN incident_id TO message_id;
CREATE INDEX deliveries_message ON deliveries (message_id);
CREATE INDEX bundle_incidents_message ON bundle_incidents (message_id);

-- What somebody does not want to hear of for a while.
CREATE TABLE silences (
    id         uuid PRIMARY KEY,
    matchers   jsonb NOT NULL,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    author     text NOT NULL,
    comment    text NOT NULL DEFAULT '',
    made_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX silences_ends ON silences (ends_at);

-- What people were not told of, and why.
CREATE TABLE held_back (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL,
    bundle_id     uuid NOT NULL,
    incident_id   uuid NOT NULL,
    transition_id text NOT NULL,
    kind          text NOT NULL,
    why           text NOT NULL,
    by            text NOT NULL,             -- the name of an inhibition, times or window; a silence's id
    source_id     uuid,                      -- the incident that inhibits it
    UNIQUE (bundle_id, transition_id, why, by)
);
CREATE INDEX held_back_at ON held_back (at);
CREATE INDEX held_back_by ON held_back (why, by, at);
CREATE INDEX held_back_source ON held_back (source_id) WHERE source_id IS NOT NULL;

-- One message that says what was held back, once what held it back is over.
CREATE TABLE summaries (
    id       uuid PRIMARY KEY,
    why      text NOT NULL,
    by       text NOT NULL,
    channel  text NOT NULL,                  -- that would have been told
    since    timestamptz NOT NULL,
    due_at   timestamptz NOT NULL,           -- a job is deferred for then
    told_at  timestamptz,
    lines    text[] NOT NULL DEFAULT '{}',   -- what it says
    title    text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX summaries_open ON summaries (why, by, channel) WHERE told_at IS NULL;
ALTER TABLE deliveries ADD COLUMN summary_id uuid UNIQUE REFERENCES summaries,
    ALTER COLUMN transition_id DROP NOT NULL, ALTER COLUMN incident_id DROP NOT NULL,
    ADD CHECK (num_nonnulls(transition_id, summary_id) = 1), ADD CHECK (num_nonnulls(incident_id, summary_id) = 1);

CREATE VIEW analytics.held_back AS
    SELECT held_back.at, held_back.incident_id, member.channels, held_back.kind, held_back.why, held_back.by,
        held_back.source_id
    FROM seawall.held_back JOIN seawall.bundle_incidents AS member USING (bundle_id, incident_id);
COMMENT ON VIEW analytics.held_back IS 'One row a change of an incident that people were not told of.';
COMMENT ON COLUMN analytics.held_back.at IS 'when it was decided';
COMMENT ON COLUMN analytics.held_back.incident_id IS 'the incident, see incidents';
COMMENT ON COLUMN analytics.held_back.channels IS 'the channels that would have been told';
COMMENT ON COLUMN analytics.held_back.kind IS 'the kind of change, see incident_history';
COMMENT ON COLUMN analytics.held_back.why IS
    'silence, inhibition, times, maintenance, ignored, flapping, flood (too many at once) or short (over before it was told)';
COMMENT ON COLUMN analytics.held_back.by IS 'which silence (its id), inhibition, times or window';
COMMENT ON COLUMN analytics.held_back.source_id IS 'the incident that inhibits it, see incidents';
