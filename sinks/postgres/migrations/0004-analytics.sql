-- What analysts may rely on: these views keep their names, columns and meaning; the tables below may change.
-- depends: 0002-incidents

CREATE SCHEMA IF NOT EXISTS analytics;
COMMENT ON SCHEMA analytics IS 'Stable views over errors, incidents and deliveries; see docs/analysts.md';

CREATE VIEW analytics.groups AS
    SELECT id AS group_id, title, type, culprit, service, environment, severity, status::text AS status,
        occurrences AS errors, users, first_seen, last_seen, first_release, last_release, regressions, resolved_at,
        last_event_id, fingerprint
    FROM seawall.groups;
COMMENT ON VIEW analytics.groups IS
    'One row a group: errors of one kind, in one service and environment.';
COMMENT ON COLUMN analytics.groups.group_id IS 'the group, the same for ever';
COMMENT ON COLUMN analytics.groups.title IS 'what it is: the type and the first line of the message';
COMMENT ON COLUMN analytics.groups.type IS 'the exception''s type, where one is known';
COMMENT ON COLUMN analytics.groups.culprit IS 'the function, route or job that failed, where known';
COMMENT ON COLUMN analytics.groups.service IS 'the service that wrote it';
COMMENT ON COLUMN analytics.groups.environment IS 'production, staging …';
COMMENT ON COLUMN analytics.groups.severity IS
    'the worst of its errors: debug, info, warning, error, critical, in this order';
COMMENT ON COLUMN analytics.groups.status IS 'new, acknowledged, in_progress, resolved or ignored';
COMMENT ON COLUMN analytics.groups.errors IS 'all errors ever counted, also those whose rows have expired';
COMMENT ON COLUMN analytics.groups.users IS 'distinct users ever seen with it';
COMMENT ON COLUMN analytics.groups.first_seen IS 'when the first one happened';
COMMENT ON COLUMN analytics.groups.last_seen IS 'when the latest one happened';
COMMENT ON COLUMN analytics.groups.first_release IS 'release of the first one';
COMMENT ON COLUMN analytics.groups.last_release IS 'release of the latest one that named a release';
COMMENT ON COLUMN analytics.groups.regressions IS 'how often it came back after it was resolved';
COMMENT ON COLUMN analytics.groups.resolved_at IS 'when it was resolved; null where it is not';
COMMENT ON COLUMN analytics.groups.last_event_id IS 'event id of the latest one, see occurrences and payloads';
COMMENT ON COLUMN analytics.groups.fingerprint IS
    'what the group was made from; the same error has the same one in every service';

CREATE VIEW analytics.errors_by_minute AS
    SELECT stats.minute, groups.service, groups.environment, stats.group_id, groups.title, groups.severity,
        nullif(stats.release, '') AS release, stats.occurrences::bigint AS errors
    FROM seawall.minute_stats AS stats JOIN seawall.groups ON groups.id = stats.group_id;
COMMENT ON VIEW analytics.errors_by_minute IS
    'Errors counted by minute, group and release. Every error counts, however many there were.';
COMMENT ON COLUMN analytics.errors_by_minute.minute IS 'start of the minute in which they happened';
COMMENT ON COLUMN analytics.errors_by_minute.service IS 'the service that wrote them';
COMMENT ON COLUMN analytics.errors_by_minute.environment IS 'production, staging …';
COMMENT ON COLUMN analytics.errors_by_minute.group_id IS 'their group, see groups';
COMMENT ON COLUMN analytics.errors_by_minute.title IS 'the group''s title';
COMMENT ON COLUMN analytics.errors_by_minute.severity IS 'the group''s severity';
COMMENT ON COLUMN analytics.errors_by_minute.release IS 'the release they named; null where they named none';
COMMENT ON COLUMN analytics.errors_by_minute.errors IS 'number of errors';

CREATE VIEW analytics.errors_by_hour AS
    SELECT date_trunc('hour', minute, 'UTC') AS hour, service, environment, group_id, title, severity, release,
        sum(errors)::bigint AS errors
    FROM analytics.errors_by_minute
    GROUP BY 1, 2, 3, 4, 5, 6, 7;
COMMENT ON VIEW analytics.errors_by_hour IS
    'Errors counted by hour (UTC), group and release.';
COMMENT ON COLUMN analytics.errors_by_hour.hour IS 'start of the hour in which they happened, UTC';
COMMENT ON COLUMN analytics.errors_by_hour.service IS 'the service that wrote them';
COMMENT ON COLUMN analytics.errors_by_hour.environment IS 'production, staging …';
COMMENT ON COLUMN analytics.errors_by_hour.group_id IS 'their group, see groups';
COMMENT ON COLUMN analytics.errors_by_hour.title IS 'the group''s title';
COMMENT ON COLUMN analytics.errors_by_hour.severity IS 'the group''s severity';
COMMENT ON COLUMN analytics.errors_by_hour.release IS 'the release they named; null where they named none';
COMMENT ON COLUMN analytics.errors_by_hour.errors IS 'number of errors';

CREATE VIEW analytics.errors_by_day AS
    SELECT date_trunc('day', minute, 'UTC') AS day, service, environment, group_id, title, severity, release,
        sum(errors)::bigint AS errors
    FROM analytics.errors_by_minute
    GROUP BY 1, 2, 3, 4, 5, 6, 7;
COMMENT ON VIEW analytics.errors_by_day IS
    'Errors counted by day (UTC), group and release.';
COMMENT ON COLUMN analytics.errors_by_day.day IS 'start of the day in which they happened, UTC';
COMMENT ON COLUMN analytics.errors_by_day.service IS 'the service that wrote them';
COMMENT ON COLUMN analytics.errors_by_day.environment IS 'production, staging …';
COMMENT ON COLUMN analytics.errors_by_day.group_id IS 'their group, see groups';
COMMENT ON COLUMN analytics.errors_by_day.title IS 'the group''s title';
COMMENT ON COLUMN analytics.errors_by_day.severity IS 'the group''s severity';
COMMENT ON COLUMN analytics.errors_by_day.release IS 'the release they named; null where they named none';
COMMENT ON COLUMN analytics.errors_by_day.errors IS 'number of errors';

CREATE VIEW analytics.top_groups AS
    SELECT rank() OVER (ORDER BY sum(stats.occurrences) DESC) AS place, groups.id AS group_id, groups.title,
        groups.service, groups.environment, groups.severity, groups.status::text AS status,
        sum(stats.occurrences)::bigint AS errors,
        round(sum(stats.occurrences) / sum(sum(stats.occurrences)) OVER (), 4) AS share,
        groups.users, groups.first_seen, groups.last_seen
    FROM seawall.minute_stats AS stats JOIN seawall.groups ON groups.id = stats.group_id
    WHERE stats.minute >= now() - interval '24 hours'
    GROUP BY groups.id;
COMMENT ON VIEW analytics.top_groups IS
    'Groups with errors in the last 24 hours, the most frequent first by place.';
COMMENT ON COLUMN analytics.top_groups.place IS '1 for the most frequent; equal ones share a place';
COMMENT ON COLUMN analytics.top_groups.group_id IS 'the group, see groups';
COMMENT ON COLUMN analytics.top_groups.title IS 'the group''s title';
COMMENT ON COLUMN analytics.top_groups.service IS 'the service that wrote them';
COMMENT ON COLUMN analytics.top_groups.environment IS 'production, staging …';
COMMENT ON COLUMN analytics.top_groups.severity IS 'the group''s severity';
COMMENT ON COLUMN analytics.top_groups.status IS 'the group''s status';
COMMENT ON COLUMN analytics.top_groups.errors IS 'errors in the last 24 hours';
COMMENT ON COLUMN analytics.top_groups.share IS 'their part of all errors in the last 24 hours, 0 to 1';
COMMENT ON COLUMN analytics.top_groups.users IS 'distinct users ever seen with the group';
COMMENT ON COLUMN analytics.top_groups.first_seen IS 'when the group''s first error happened';
COMMENT ON COLUMN analytics.top_groups.last_seen IS 'when its latest one happened';

CREATE VIEW analytics.error_rate_by_service_release AS
    SELECT stats.minute, groups.service, groups.environment, nullif(stats.release, '') AS release,
        sum(stats.occurrences)::bigint AS errors, count(DISTINCT stats.group_id) AS groups,
        round(sum(stats.occurrences) / 60.0, 4) AS errors_per_second
    FROM seawall.minute_stats AS stats JOIN seawall.groups ON groups.id = stats.group_id
    GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW analytics.error_rate_by_service_release IS
    'How fast each service and release fails, by minute.';
COMMENT ON COLUMN analytics.error_rate_by_service_release.minute IS 'start of the minute';
COMMENT ON COLUMN analytics.error_rate_by_service_release.service IS 'the service';
COMMENT ON COLUMN analytics.error_rate_by_service_release.environment IS 'production, staging …';
COMMENT ON COLUMN analytics.error_rate_by_service_release.release IS 'the release; null where errors named none';
COMMENT ON COLUMN analytics.error_rate_by_service_release.errors IS 'number of errors in the minute';
COMMENT ON COLUMN analytics.error_rate_by_service_release.groups IS 'number of different groups among them';
COMMENT ON COLUMN analytics.error_rate_by_service_release.errors_per_second IS 'the mean rate over the minute';

CREATE VIEW analytics.hourly_error_rate_by_service_release AS
    SELECT date_trunc('hour', minute, 'UTC') AS hour, service, environment, release, sum(errors)::bigint AS errors,
        round(sum(errors) / 60.0, 4) AS errors_per_minute, max(errors) AS peak_per_minute,
        count(*) AS minutes_with_errors
    FROM analytics.error_rate_by_service_release
    GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW analytics.hourly_error_rate_by_service_release IS
    'How fast each service and release fails, by hour (UTC).';
COMMENT ON COLUMN analytics.hourly_error_rate_by_service_release.hour IS 'start of the hour, UTC';
COMMENT ON COLUMN analytics.hourly_error_rate_by_service_release.service IS 'the service';
COMMENT ON COLUMN analytics.hourly_error_rate_by_service_release.environment IS 'production, staging …';
COMMENT ON COLUMN analytics.hourly_error_rate_by_service_release.release IS 'the release; null where errors named none';
COMMENT ON COLUMN analytics.hourly_error_rate_by_service_release.errors IS 'number of errors in the hour';
COMMENT ON COLUMN analytics.hourly_error_rate_by_service_release.errors_per_minute IS 'the mean rate over the hour';
COMMENT ON COLUMN analytics.hourly_error_rate_by_service_release.peak_per_minute IS 'errors in its worst minute';
COMMENT ON COLUMN analytics.hourly_error_rate_by_service_release.minutes_with_errors IS
    'minutes of the hour with at least one error';

CREATE VIEW analytics.occurrences AS
    SELECT occurred_at, received_at, event_id, group_id, service, environment, severity, type, message, hostname, release,
        user_id, trace_id, topic, partition, "offset"
    FROM seawall.occurrences;
COMMENT ON VIEW analytics.occurrences IS
    'One row an error, as long as it is kept; what was sent with it is in payloads. Name a range of occurred_at: only those days are read.';
COMMENT ON COLUMN analytics.occurrences.occurred_at IS
    'when it happened, by the producer''s clock where that is believable';
COMMENT ON COLUMN analytics.occurrences.received_at IS 'when it reached Kafka';
COMMENT ON COLUMN analytics.occurrences.event_id IS 'the event, see payloads';
COMMENT ON COLUMN analytics.occurrences.group_id IS 'its group, see groups';
COMMENT ON COLUMN analytics.occurrences.service IS 'the service that wrote it';
COMMENT ON COLUMN analytics.occurrences.environment IS 'production, staging …';
COMMENT ON COLUMN analytics.occurrences.severity IS 'how bad: debug, info, warning, error, critical, in this order';
COMMENT ON COLUMN analytics.occurrences.type IS 'the exception''s type';
COMMENT ON COLUMN analytics.occurrences.message IS 'the message, masked';
COMMENT ON COLUMN analytics.occurrences.hostname IS 'the host it happened on';
COMMENT ON COLUMN analytics.occurrences.release IS 'the service''s release';
COMMENT ON COLUMN analytics.occurrences.user_id IS 'the user it happened to, masked';
COMMENT ON COLUMN analytics.occurrences.trace_id IS 'the trace it belongs to: the same in every service that took part';
COMMENT ON COLUMN analytics.occurrences.topic IS 'where the record lies in Kafka: topic';
COMMENT ON COLUMN analytics.occurrences.partition IS 'where the record lies in Kafka: partition';
COMMENT ON COLUMN analytics.occurrences."offset" IS 'where the record lies in Kafka: offset';

CREATE VIEW analytics.payloads AS
    SELECT occurred_at, event_id, group_id, payload FROM seawall.occurrences;
COMMENT ON VIEW analytics.payloads IS
    'The whole error as JSON, masked: stack traces, request, tags, extra. Large: name an event_id or a narrow range of occurred_at.';
COMMENT ON COLUMN analytics.payloads.occurred_at IS 'when it happened';
COMMENT ON COLUMN analytics.payloads.event_id IS 'the event, see occurrences';
COMMENT ON COLUMN analytics.payloads.group_id IS 'its group, see groups';
COMMENT ON COLUMN analytics.payloads.payload IS
    'the masked event; its fields are those of docs/schema/error-event.schema.json';

CREATE VIEW analytics.incidents AS
    SELECT incidents.id AS incident_id, incidents.status::text AS status, incidents.severity, incidents.title,
        incidents.culprit, incidents.service, incidents.environment, incidents.group_id, incidents.rule,
        incidents.reasons, incidents.opened_at, incidents.acknowledged_at, incidents.resolved_at,
        incidents.acknowledged_at - incidents.opened_at AS time_to_acknowledge,
        incidents.resolved_at - incidents.opened_at AS time_to_resolve, incidents.updated_at, incidents.alert_key
    FROM seawall.incidents;
COMMENT ON VIEW analytics.incidents IS
    'One row an incident: something people were told about.';
COMMENT ON COLUMN analytics.incidents.incident_id IS 'the incident';
COMMENT ON COLUMN analytics.incidents.status IS 'open, acknowledged or resolved';
COMMENT ON COLUMN analytics.incidents.severity IS 'how bad it is now; after it was resolved, how bad it was last';
COMMENT ON COLUMN analytics.incidents.title IS 'what it is about';
COMMENT ON COLUMN analytics.incidents.culprit IS 'the function, route or job that failed, where known';
COMMENT ON COLUMN analytics.incidents.service IS 'the service';
COMMENT ON COLUMN analytics.incidents.environment IS 'production, staging …';
COMMENT ON COLUMN analytics.incidents.group_id IS
    'the group it is about; null where a threshold over several groups opened it';
COMMENT ON COLUMN analytics.incidents.rule IS 'the rule that opened it, where one did';
COMMENT ON COLUMN analytics.incidents.reasons IS 'why it has its severity';
COMMENT ON COLUMN analytics.incidents.opened_at IS 'when it was opened';
COMMENT ON COLUMN analytics.incidents.acknowledged_at IS 'when somebody took it on; null where nobody has';
COMMENT ON COLUMN analytics.incidents.resolved_at IS 'when it was resolved; null while it is live';
COMMENT ON COLUMN analytics.incidents.time_to_acknowledge IS 'from opened to acknowledged; null where nobody has';
COMMENT ON COLUMN analytics.incidents.time_to_resolve IS 'from opened to resolved; null while it is live';
COMMENT ON COLUMN analytics.incidents.updated_at IS 'when it last changed';
COMMENT ON COLUMN analytics.incidents.alert_key IS 'what it is one incident for: at most one is live for a key';

CREATE VIEW analytics.incident_history AS
    SELECT transition_id, incident_id, at, kind, severity, reasons, actor, event_id, trace_id FROM seawall.incident_log;
COMMENT ON VIEW analytics.incident_history IS
    'One row a change of an incident.';
COMMENT ON COLUMN analytics.incident_history.transition_id IS 'the change';
COMMENT ON COLUMN analytics.incident_history.incident_id IS 'the incident, see incidents';
COMMENT ON COLUMN analytics.incident_history.at IS 'when';
COMMENT ON COLUMN analytics.incident_history.kind IS 'open, update, escalate, deescalate, acknowledge or resolve';
COMMENT ON COLUMN analytics.incident_history.severity IS 'the incident''s severity from then on';
COMMENT ON COLUMN analytics.incident_history.reasons IS 'why';
COMMENT ON COLUMN analytics.incident_history.actor IS 'who: seawall, or a person';
COMMENT ON COLUMN analytics.incident_history.event_id IS 'an error that shows it, where there is one';
COMMENT ON COLUMN analytics.incident_history.trace_id IS 'that error''s trace';

CREATE VIEW analytics.deliveries AS
    SELECT deliveries.id AS delivery_id, deliveries.incident_id, deliveries.transition_id, log.kind,
        deliveries.channel, deliveries.status::text AS status, deliveries.attempts, deliveries.created_at,
        deliveries.attempted_at, deliveries.finished_at,
        deliveries.finished_at - deliveries.created_at AS time_to_deliver, deliveries.reply
    FROM seawall.deliveries JOIN seawall.incident_log AS log USING (transition_id);
COMMENT ON VIEW analytics.deliveries IS
    'One row a message to a channel about a change of an incident.';
COMMENT ON COLUMN analytics.deliveries.delivery_id IS 'the delivery';
COMMENT ON COLUMN analytics.deliveries.incident_id IS 'the incident, see incidents';
COMMENT ON COLUMN analytics.deliveries.transition_id IS 'the change it tells of, see incident_history';
COMMENT ON COLUMN analytics.deliveries.kind IS 'the kind of that change';
COMMENT ON COLUMN analytics.deliveries.channel IS 'where to: kind and target, such as slack:#payments';
COMMENT ON COLUMN analytics.deliveries.status IS 'pending, sending, sent, rejected or superseded';
COMMENT ON COLUMN analytics.deliveries.attempts IS 'how often it was tried';
COMMENT ON COLUMN analytics.deliveries.created_at IS 'when it was decided on';
COMMENT ON COLUMN analytics.deliveries.attempted_at IS 'when it was tried; where it is in doubt, the first such try';
COMMENT ON COLUMN analytics.deliveries.finished_at IS 'when it was accepted, refused or superseded';
COMMENT ON COLUMN analytics.deliveries.time_to_deliver IS 'from decided to finished';
COMMENT ON COLUMN analytics.deliveries.reply IS 'what the vendor answered, or why it was refused';

CREATE VIEW analytics.drops AS
    SELECT day, reason, nullif(rule, '') AS rule, nullif(service, '') AS service, records FROM seawall.drop_stats;
COMMENT ON VIEW analytics.drops IS
    'Records passed over on purpose, counted by day (UTC).';
COMMENT ON COLUMN analytics.drops.day IS 'the day on which they were read, UTC';
COMMENT ON COLUMN analytics.drops.reason IS 'duplicate: a producer''s retry; below_level: not an error';
COMMENT ON COLUMN analytics.drops.rule IS 'the rule that decided, where one did';
COMMENT ON COLUMN analytics.drops.service IS 'the service, where known';
COMMENT ON COLUMN analytics.drops.records IS 'number of records';

CREATE VIEW analytics.dead_letters AS
    SELECT received_at, reason, detail, size, topic, partition, "offset", dead_partition, dead_offset, replays,
        replayed_at
    FROM seawall.dead_letters;
COMMENT ON VIEW analytics.dead_letters IS
    'One row a record that could not be read; the record itself lies in the dead-letter topic.';
COMMENT ON COLUMN analytics.dead_letters.received_at IS 'when it reached Kafka';
COMMENT ON COLUMN analytics.dead_letters.reason IS 'why it could not be read';
COMMENT ON COLUMN analytics.dead_letters.detail IS 'more about why';
COMMENT ON COLUMN analytics.dead_letters.size IS 'its size, bytes';
COMMENT ON COLUMN analytics.dead_letters.topic IS 'where it came from: topic';
COMMENT ON COLUMN analytics.dead_letters.partition IS 'where it came from: partition';
COMMENT ON COLUMN analytics.dead_letters."offset" IS 'where it came from: offset';
COMMENT ON COLUMN analytics.dead_letters.dead_partition IS 'where it lies now: partition of the dead-letter topic';
COMMENT ON COLUMN analytics.dead_letters.dead_offset IS 'where it lies now: offset in it';
COMMENT ON COLUMN analytics.dead_letters.replays IS 'how often it was sent again';
COMMENT ON COLUMN analytics.dead_letters.replayed_at IS 'when it was last sent again';
