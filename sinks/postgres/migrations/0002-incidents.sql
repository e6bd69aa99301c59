-- Incidents, their history, and what was sent about them.
-- depends: 0001-core

SET LOCAL search_path = seawall;

CREATE TYPE incident_status AS ENUM ('open', 'acknowledged', 'resolved');

CREATE TABLE incidents (
    id              uuid PRIMARY KEY,          -- made from the id of the alert that opened it
    alert_key       text NOT NULL,
    status          incident_status NOT NULL DEFAULT 'open',
    severity        severity NOT NULL,
    title           text NOT NULL,
    culprit         text,
    service         text NOT NULL,
    environment     text NOT NULL,
    group_id        uuid,                      -- null where a threshold over many groups opened it
    rule            text,
    reasons         text[] NOT NULL DEFAULT '{}',
    activity        jsonb NOT NULL DEFAULT '{}',
    opened_at       timestamptz NOT NULL,
    acknowledged_at timestamptz,
    resolved_at     timestamptz,
    updated_at      timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX incidents_live ON incidents (alert_key) WHERE status <> 'resolved';
CREATE INDEX incidents_group ON incidents (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX incidents_opened ON incidents (opened_at);

CREATE TABLE incident_log (
    transition_id text PRIMARY KEY,            -- deterministic: a repeated alert changes nothing
    incident_id   uuid NOT NULL REFERENCES incidents,
    kind          text NOT NULL,               -- open, update, escalate, deescalate, acknowledge, resolve
    at            timestamptz NOT NULL,
    severity      severity NOT NULL,
    reasons       text[] NOT NULL DEFAULT '{}',
    activity      jsonb NOT NULL DEFAULT '{}',
    actor         text NOT NULL DEFAULT 'seawall',
    event_id      uuid,
    trace_id      text
);
CREATE INDEX incident_log_incident ON incident_log (incident_id, at);

CREATE TYPE delivery_status AS ENUM ('pending', 'sending', 'sent', 'rejected', 'superseded');

CREATE TABLE deliveries (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transition_id text NOT NULL REFERENCES incident_log,
    incident_id   uuid NOT NULL REFERENCES incidents,
    channel       text NOT NULL,               -- kind and target, such as `slack:#payments` or `pagerduty:default`
    status        delivery_status NOT NULL DEFAULT 'pending',
    attempts      integer NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now(),
    attempted_at  timestamptz,
    finished_at   timestamptz,
    reply         text,                        -- what the vendor answered, or why it was refused
    UNIQUE (transition_id, channel)
);
CREATE INDEX deliveries_incident ON deliveries (incident_id);
CREATE INDEX deliveries_unfinished ON deliveries (id) WHERE status IN ('pending', 'sending');

-- The living message of an incident in a channel: what the vendor calls it.
CREATE TABLE channel_messages (
    incident_id uuid NOT NULL REFERENCES incidents,
    channel     text NOT NULL,
    ref         jsonb NOT NULL,
    PRIMARY KEY (incident_id, channel)
);
