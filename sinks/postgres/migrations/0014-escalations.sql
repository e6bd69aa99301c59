-- How far it has come with asking people about incidents that nobody has acknowledged.
-- depends: 0010-notifying

SET LOCAL search_path = seawall;

CREATE TABLE escalations (
    bundle_id   uuid NOT NULL,
    incident_id uuid NOT NULL,
    name        text NOT NULL,               -- the policy's
    policy      jsonb NOT NULL,              -- … as it was when this began
    give_back   integer,                     -- seconds after which its acknowledgements are taken for gone
    began_at    timestamptz NOT NULL,
    phase       text NOT NULL CHECK (phase IN ('asking', 'answered', 'unanswered', 'over')),
    run         integer NOT NULL,            -- how often it began
    round       integer NOT NULL,            -- from 1
    step        integer NOT NULL,            -- the next one, from 0
    due_at      timestamptz NOT NULL,        -- when that is to be taken
    turn        bigint NOT NULL,             -- where one of several is asked in turn
    asked       text[] NOT NULL,             -- the channels of all who were asked so far
    severity    text NOT NULL,
    worst       text NOT NULL,               -- severity in this run
    reminded_of timestamptz,                 -- the acknowledgement of which people were reminded
    next_at     timestamptz,                 -- when it is looked at again: with its bundle
    PRIMARY KEY (bundle_id, incident_id),
    FOREIGN KEY (bundle_id, incident_id) REFERENCES bundle_incidents ON DELETE CASCADE
);
CREATE INDEX escalations_incident ON escalations (incident_id);

CREATE TABLE escalation_turns (
    policy text PRIMARY KEY,
    turn   bigint NOT NULL                   -- incidents that came to it
);

CREATE VIEW analytics.escalations AS
    SELECT incident_id, name AS policy, began_at, phase, run, round, step, asked, next_at FROM seawall.escalations;
COMMENT ON VIEW analytics.escalations IS
    'One row an incident of a route with an escalation policy: how far it has come with asking people.';
COMMENT ON COLUMN analytics.escalations.incident_id IS 'the incident, see incidents';
COMMENT ON COLUMN analytics.escalations.policy IS 'the name of the policy';
COMMENT ON COLUMN analytics.escalations.began_at IS 'when the first one was to be asked';
COMMENT ON COLUMN analytics.escalations.phase IS
    'asking, answered (acknowledged), unanswered (all steps are taken), over (resolved or ignored)';
COMMENT ON COLUMN analytics.escalations.run IS 'how often it began: again after an acknowledgement was taken back';
COMMENT ON COLUMN analytics.escalations.round IS 'which round of steps it is, from 1';
COMMENT ON COLUMN analytics.escalations.step IS 'the next step, from 0';
COMMENT ON COLUMN analytics.escalations.asked IS 'the channels over which people were asked so far';
COMMENT ON COLUMN analytics.escalations.next_at IS 'when it is looked at again';
COMMENT ON COLUMN analytics.incident_history.kind IS
    'open, update, escalate, deescalate, resolve; remind, page, unanswered, remind_acknowledged; by people: acknowledge, unacknowledge, start, ignore, reopen, assign, comment';
