-- Which group an error joins, which groups are one, and what people make of them.
-- depends: 0004-analytics

SET LOCAL search_path = seawall;

-- Who owns a hash. An event has several: it joins the group that owns the first of them that is owned, and all its others
-- are that group's from then on. A hash stands for a service and an environment; once owned, it stays so.
CREATE TABLE group_hashes (
    hash       uuid PRIMARY KEY,
    group_id   uuid NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX group_hashes_group ON group_hashes (group_id);
INSERT INTO group_hashes (hash, group_id) SELECT id, id FROM groups;

-- Messages without a stack, with what differs in them replaced by `<*>`: a new message joins the group of one like it.
CREATE TABLE message_templates (
    group_id    uuid PRIMARY KEY,
    service     text NOT NULL,
    environment text NOT NULL,
    bucket      text NOT NULL,      -- what templates that may be alike have in common
    template    text NOT NULL,
    messages    integer NOT NULL DEFAULT 1,
    made_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX message_templates_bucket ON message_templates (service, environment, bucket, made_at);

-- Groups that people found to be one. Each keeps its own counts and occurrences, so that it can be taken out again at once:
-- `merged_into` is the group it was merged into, `root_id` the one that all of them are shown as.
ALTER TABLE groups
    ADD COLUMN merged_into uuid REFERENCES groups,
    ADD COLUMN root_id     uuid REFERENCES groups,
    ADD COLUMN members     integer NOT NULL DEFAULT 0,  -- groups whose root it is
    ADD CONSTRAINT merged_whole CHECK ((merged_into IS NULL) = (root_id IS NULL));
CREATE INDEX groups_root ON groups (root_id) WHERE root_id IS NOT NULL;

ALTER TABLE groups
    ADD COLUMN resolved_in jsonb,      -- in what release or commit it is fixed, where that is known
    ADD COLUMN ignored     jsonb,      -- until when, and what would end it
    ADD COLUMN assignee    text,
    ADD COLUMN version     integer NOT NULL DEFAULT 1;  -- of what people made of it: who saw an older one is told so

-- What people did to groups.
CREATE TABLE group_log (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_id uuid NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    actor    text NOT NULL,
    action   text NOT NULL,          -- merge, unmerge, back, and those of models.triage
    detail   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX group_log_group ON group_log (group_id, at);

-- A row a group as people see it: with what was merged into it.
CREATE VIEW shown_groups AS
    SELECT groups.id, groups.fingerprint, groups.grouping_version, groups.title, groups.culprit, groups.type, groups.service,
        groups.environment, greatest(groups.severity, merged.severity) AS severity, groups.status,
        least(groups.first_seen, merged.first_seen) AS first_seen, greatest(groups.last_seen, merged.last_seen) AS last_seen,
        groups.occurrences + coalesce(merged.occurrences, 0) AS occurrences,
        CASE WHEN groups.members = 0 THEN groups.users ELSE (
            SELECT count(DISTINCT user_key) FROM group_users
            WHERE group_id = groups.id OR group_id IN (SELECT id FROM groups AS one WHERE one.root_id = groups.id)
        ) END AS users,
        CASE WHEN merged.first_seen < groups.first_seen THEN merged.first_release ELSE groups.first_release END AS first_release,
        CASE WHEN merged.last_seen > groups.last_seen THEN coalesce(merged.last_release, groups.last_release)
            ELSE groups.last_release END AS last_release,
        CASE WHEN merged.last_seen > groups.last_seen THEN merged.last_event_id ELSE groups.last_event_id END AS last_event_id,
        groups.resolved_at, groups.resolved_in, groups.ignored, groups.assignee, groups.regressions, groups.members,
        groups.version
    FROM groups
    LEFT JOIN LATERAL (
        SELECT max(severity) AS severity, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
            sum(occurrences)::bigint AS occurrences,
            (array_agg(first_release ORDER BY first_seen))[1] AS first_release,
            (array_agg(last_release ORDER BY last_seen DESC) FILTER (WHERE last_release IS NOT NULL))[1] AS last_release,
            (array_agg(last_event_id ORDER BY last_seen DESC))[1] AS last_event_id
        FROM groups AS one WHERE one.root_id = groups.id
    ) AS merged ON groups.members > 0
    WHERE groups.root_id IS NULL;

-- The views for analysts, over groups as they are shown. Names, columns and meanings stay.
CREATE OR REPLACE VIEW analytics.groups AS
    SELECT id AS group_id, title, type, culprit, service, environment, severity, status::text AS status,
        occurrences AS errors, users, first_seen, last_seen, first_release, last_release, regressions, resolved_at,
        last_event_id, fingerprint
    FROM seawall.shown_groups;

CREATE OR REPLACE VIEW analytics.errors_by_minute AS
    SELECT stats.minute, shown.service, shown.environment, shown.id AS group_id, shown.title, shown.severity,
        nullif(stats.release, '') AS release, sum(stats.occurrences)::bigint AS errors
    FROM seawall.minute_stats AS stats
    JOIN seawall.groups AS own ON own.id = stats.group_id
    JOIN seawall.groups AS shown ON shown.id = coalesce(own.root_id, own.id)
    GROUP BY stats.minute, stats.release, shown.id;

CREATE OR REPLACE VIEW analytics.top_groups AS
    SELECT rank() OVER (ORDER BY sum(stats.occurrences) DESC) AS place, shown.id AS group_id, shown.title,
        shown.service, shown.environment, shown.severity, shown.status::text AS status,
        sum(stats.occurrences)::bigint AS errors,
        round(sum(stats.occurrences) / sum(sum(stats.occurrences)) OVER (), 4) AS share,
        (SELECT users FROM seawall.shown_groups WHERE shown_groups.id = shown.id) AS users,
        (SELECT first_seen FROM seawall.shown_groups WHERE shown_groups.id = shown.id) AS first_seen,
        (SELECT last_seen FROM seawall.shown_groups WHERE shown_groups.id = shown.id) AS last_seen
    FROM seawall.minute_stats AS stats
    JOIN seawall.groups AS own ON own.id = stats.group_id
    JOIN seawall.groups AS shown ON shown.id = coalesce(own.root_id, own.id)
    WHERE stats.minute >= now() - interval '24 hours'
    GROUP BY shown.id;

CREATE OR REPLACE VIEW analytics.error_rate_by_service_release AS
    SELECT stats.minute, own.service, own.environment, nullif(stats.release, '') AS release,
        sum(stats.occurrences)::bigint AS errors, count(DISTINCT coalesce(own.root_id, own.id)) AS groups,
        round(sum(stats.occurrences) / 60.0, 4) AS errors_per_second
    FROM seawall.minute_stats AS stats JOIN seawall.groups AS own ON own.id = stats.group_id
    GROUP BY 1, 2, 3, 4;

CREATE OR REPLACE VIEW analytics.occurrences AS
    SELECT occurred_at, received_at, event_id, coalesce(merged.root_id, occurrences.group_id) AS group_id,
        occurrences.service, occurrences.environment, occurrences.severity, occurrences.type, message, hostname, release,
        user_id, trace_id, topic, partition, "offset"
    FROM seawall.occurrences
    LEFT JOIN seawall.groups AS merged ON merged.id = occurrences.group_id AND merged.root_id IS NOT NULL;

CREATE OR REPLACE VIEW analytics.payloads AS
    SELECT occurred_at, event_id, coalesce(merged.root_id, occurrences.group_id) AS group_id, payload
    FROM seawall.occurrences
    LEFT JOIN seawall.groups AS merged ON merged.id = occurrences.group_id AND merged.root_id IS NOT NULL;

CREATE VIEW analytics.merged_groups AS
    SELECT id AS group_id, root_id AS shown_as, merged_into, title, service, environment, occurrences AS errors
    FROM seawall.groups WHERE root_id IS NOT NULL;
COMMENT ON VIEW analytics.merged_groups IS 'Groups that people merged into others; they are counted there.';
COMMENT ON COLUMN analytics.merged_groups.group_id IS 'the group that was merged';
COMMENT ON COLUMN analytics.merged_groups.shown_as IS 'the group that it is shown and counted as';
COMMENT ON COLUMN analytics.merged_groups.merged_into IS 'the group that it was merged into';
COMMENT ON COLUMN analytics.merged_groups.title IS 'what it was called by itself';
COMMENT ON COLUMN analytics.merged_groups.service IS 'the service that wrote it';
COMMENT ON COLUMN analytics.merged_groups.environment IS 'production, staging …';
COMMENT ON COLUMN analytics.merged_groups.errors IS 'its own share of the errors';
