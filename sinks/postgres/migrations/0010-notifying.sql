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
    pause      integer NOT NULL DEFAULT 0,   -- seconds between two messages
    repeat     integer,                      -- seconds after which it is said again
    mute       text[] NOT NULL DEFAULT '{}', -- names of times
    only       text[] NOT NULL DEFAULT '{}',
    most       integer NOT NULL,             -- new incidents that are told of …
    most_per   integer NOT NULL,             -- … in so many seconds
    flushed_at timestamptz,                  -- when it last told something
    flush_at   timestamptz                   -- when it is looked at again: a job is deferred for then
);
CREATE TABLE bundle_incidents (
    bundle_id   uuid NOT NULL REFERENCES bundles,
    incident_id uuid NOT NULL REFERENCES incidents,
    wait        integer NOT NULL DEFAULT 0,  -- seconds before the first message
    seen        bigint NOT NULL DEFAULT 0,   -- the number of the last step that was decided on
    first_told  timestamptz,
    last_told   timestamptz,
    done        boolean NOT NULL DEFAULT false,  -- it is over, and whoever knew of it knows
    PRIMARY KEY (bundle_id, incident_id)
);
CREATE INDEX bundle_incidents_incident ON bundle_incidents (incident_id);
CREATE INDEX bundle_incidents_told ON bundle_incidents (first_told) WHERE first_told IS NOT NULL;

ALTER TABLE deliveries ADD COLUMN bundle_id uuid;
ALTER TABLE channel_messages ADD COLUMN bundle_id uuid;
UPDATE deliveries SET bundle_id = incident_id;
UPDATE channel_messages SET bundle_id = incident_id;
ALTER TABLE deliveries ALTER COLUMN bundle_id SET NOT NULL;
ALTER TABLE channel_messages ALTER COLUMN bundle_id SET NOT NULL, DROP CONSTRAINT channel_messages_pkey,
    DROP COLUMN incident_id, ADD PRIMARY KEY (bundle_id, channel);
CREATE INDEX deliveries_bundle ON deliveries (bundle_id);

CREATE TABLE silences (
    id         uuid PRIMARY KEY,
    matchers   jsonb NOT NULL,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    author     text NOT NULL,
    comment    text NOT NULL DEFAULT '',
    made_at    timestamptz NOT NULL DEFAULT now(),
    told_at    timestamptz                   -- when people were told what it had held back
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
    by            text NOT NULL,
    UNIQUE (bundle_id, transition_id, why, by)
);
CREATE INDEX held_back_at ON held_back (at);
CREATE INDEX held_back_by ON held_back (why, by);

CREATE VIEW analytics.held_back AS
    SELECT held_back.at, held_back.incident_id, bundles.channels, held_back.kind, held_back.why, held_back.by
    FROM seawall.held_back JOIN seawall.bundles ON bundles.id = held_back.bundle_id;
COMMENT ON VIEW analytics.held_back IS 'One row a change of an incident that people were not told of.';
COMMENT ON COLUMN analytics.held_back.at IS 'when it was decided';
COMMENT ON COLUMN analytics.held_back.incident_id IS 'the incident, see incidents';
COMMENT ON COLUMN analytics.held_back.channels IS 'the channels that would have been told';
COMMENT ON COLUMN analytics.held_back.kind IS 'the kind of change, see incident_history';
COMMENT ON COLUMN analytics.held_back.why IS
    'silence, inhibition, times, maintenance, ignored, flapping, flood (too many at once) or short (over before it was told)';
COMMENT ON COLUMN analytics.held_back.by IS 'which silence, inhibition, times or window';
