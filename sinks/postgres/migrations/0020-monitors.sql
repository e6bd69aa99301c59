-- Jobs that run by a schedule and check in, their runs; ids of traffic that is counted once.
-- depends: 0016-owners

SET LOCAL search_path = seawall;

CREATE TABLE monitors (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project            text NOT NULL,
    slug               text NOT NULL,
    environment        text NOT NULL,
    schedule_kind      text CHECK (schedule_kind IN ('crontab', 'interval')),
    schedule           text,  -- five fields, or a number
    schedule_unit      text,  -- of an interval
    timezone           text NOT NULL DEFAULT 'UTC',
    margin             double precision NOT NULL DEFAULT 60,    -- seconds
    max_runtime        double precision NOT NULL DEFAULT 1800,  -- seconds
    failure_threshold  integer NOT NULL DEFAULT 1,
    recovery_threshold integer NOT NULL DEFAULT 1,
    next_due           timestamptz,
    look_at            timestamptz,  -- when something may have been missed next
    failures           integer NOT NULL DEFAULT 0,
    successes          integer NOT NULL DEFAULT 0,
    failing            boolean NOT NULL DEFAULT false,
    last_at            timestamptz,
    last_status        text,
    created_at         timestamptz NOT NULL DEFAULT now(),
    UNIQUE (project, slug, environment)
);
CREATE INDEX monitors_look ON monitors (look_at) WHERE look_at IS NOT NULL;

CREATE TABLE check_ins (
    monitor_id  bigint NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    check_in_id uuid NOT NULL,
    status      text NOT NULL CHECK (status IN ('in_progress', 'ok', 'error', 'timeout')),
    started_at  timestamptz NOT NULL,
    timeout_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    duration    double precision,  -- seconds
    release     text,
    trace_id    text,
    PRIMARY KEY (monitor_id, check_in_id)
);
CREATE INDEX check_ins_running ON check_ins (monitor_id, timeout_at) WHERE status = 'in_progress';
CREATE INDEX check_ins_started ON check_ins (started_at);

CREATE TABLE traffic_ids (
    id        uuid PRIMARY KEY,
    stored_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX traffic_ids_stored ON traffic_ids USING brin (stored_at);

CREATE VIEW analytics.monitors AS
    SELECT id AS monitor_id, project, slug, environment,
        CASE schedule_kind WHEN 'crontab' THEN schedule WHEN 'interval' THEN format('every %s %s', schedule, schedule_unit) END
            AS schedule,
        timezone, margin, max_runtime, failing, failures, last_status, last_at, next_due
    FROM seawall.monitors;
COMMENT ON VIEW analytics.monitors IS 'One row a job that checks in, and environment.';
COMMENT ON COLUMN analytics.monitors.monitor_id IS 'its number';
COMMENT ON COLUMN analytics.monitors.project IS 'whose job it is';
COMMENT ON COLUMN analytics.monitors.slug IS 'its name';
COMMENT ON COLUMN analytics.monitors.environment IS 'production, staging …';
COMMENT ON COLUMN analytics.monitors.schedule IS 'a crontab expression, or an interval; null: none was told';
COMMENT ON COLUMN analytics.monitors.timezone IS 'of the schedule';
COMMENT ON COLUMN analytics.monitors.margin IS 'seconds by which a check-in may be late';
COMMENT ON COLUMN analytics.monitors.max_runtime IS 'seconds that a run may take';
COMMENT ON COLUMN analytics.monitors.failing IS 'whether its failures are errors now';
COMMENT ON COLUMN analytics.monitors.failures IS 'failures in a row';
COMMENT ON COLUMN analytics.monitors.last_status IS 'in_progress, ok, error, timeout or missed';
COMMENT ON COLUMN analytics.monitors.last_at IS 'when it checked in last';
COMMENT ON COLUMN analytics.monitors.next_due IS 'when it is expected next; null: whenever';

CREATE VIEW analytics.check_ins AS
    SELECT monitor_id, check_in_id, status, started_at, ended_at, duration, release, trace_id FROM seawall.check_ins;
COMMENT ON VIEW analytics.check_ins IS 'One row a run of a job that checked in.';
COMMENT ON COLUMN analytics.check_ins.monitor_id IS 'the job, see monitors';
COMMENT ON COLUMN analytics.check_ins.check_in_id IS 'the run';
COMMENT ON COLUMN analytics.check_ins.status IS 'in_progress, ok, error or timeout';
COMMENT ON COLUMN analytics.check_ins.started_at IS 'when it began';
COMMENT ON COLUMN analytics.check_ins.ended_at IS 'when it ended';
COMMENT ON COLUMN analytics.check_ins.duration IS 'seconds';
COMMENT ON COLUMN analytics.check_ins.release IS 'of what ran';
COMMENT ON COLUMN analytics.check_ins.trace_id IS 'its trace';
