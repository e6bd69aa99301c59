-- What people say of errors that they ran into.
-- depends: 0020-monitors

SET LOCAL search_path = seawall;

-- The group is not kept here: the event may come later than what is said of it, and groups are merged and taken apart.
CREATE TABLE feedback (
    id          uuid PRIMARY KEY,
    project     text NOT NULL,
    environment text,
    event_id    uuid,
    comments    text NOT NULL,
    name        text,
    email       text,
    url         text,
    at          timestamptz NOT NULL
);
CREATE INDEX feedback_event ON feedback (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX feedback_at ON feedback (at);

CREATE VIEW analytics.feedback AS
    SELECT feedback.id AS feedback_id, feedback.at, feedback.project, feedback.environment, feedback.event_id,
        event.group_id, feedback.comments, feedback.name, feedback.email, feedback.url
    FROM seawall.feedback
    LEFT JOIN LATERAL (
        SELECT group_id FROM analytics.occurrences WHERE occurrences.event_id = feedback.event_id LIMIT 1
    ) AS event ON true;
COMMENT ON VIEW analytics.feedback IS 'One row a word that somebody said of an error, masked.';
COMMENT ON COLUMN analytics.feedback.feedback_id IS 'its id';
COMMENT ON COLUMN analytics.feedback.at IS 'when it was said';
COMMENT ON COLUMN analytics.feedback.project IS 'the project that it was sent to';
COMMENT ON COLUMN analytics.feedback.environment IS 'production, staging …; null: not told';
COMMENT ON COLUMN analytics.feedback.event_id IS 'the error, see occurrences; null: none in particular';
COMMENT ON COLUMN analytics.feedback.group_id IS 'its group, see groups; null: the error is not stored, or not yet';
COMMENT ON COLUMN analytics.feedback.comments IS 'what was said';
COMMENT ON COLUMN analytics.feedback.name IS 'by whom';
COMMENT ON COLUMN analytics.feedback.email IS 'their address';
COMMENT ON COLUMN analytics.feedback.url IS 'the page that they were on';
