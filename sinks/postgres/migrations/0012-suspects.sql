-- The commits that groups most likely came with, looked for where a clone of the service's repository is at hand.
-- depends: 0006-releases

SET LOCAL search_path = seawall;

ALTER TABLE groups
    ADD COLUMN suspect         jsonb,
    ADD COLUMN suspected_for   integer,     -- how often it had come back when it was looked for
    ADD COLUMN suspected_until timestamptz; -- till then somebody is at it

-- None of its columns changes with a batch, so that counting stays within a page.
CREATE INDEX groups_unsuspected ON groups (service) WHERE status = 'new' AND suspected_for IS DISTINCT FROM regressions;

CREATE VIEW analytics.suspects AS
    SELECT id AS group_id, suspect ->> 'commit' AS commit, suspect ->> 'subject' AS subject, suspect ->> 'author' AS author,
        to_timestamp((suspect ->> 'at')::double precision) AS written_at, suspect ->> 'how' AS how,
        suspect ->> 'file' AS file, (suspect ->> 'line')::integer AS line
    FROM seawall.groups WHERE suspect IS NOT NULL;
COMMENT ON VIEW analytics.suspects IS
    'One row a group of which a commit is suspected to have brought it.';
COMMENT ON COLUMN analytics.suspects.group_id IS 'the group, see groups';
COMMENT ON COLUMN analytics.suspects.commit IS 'the commit';
COMMENT ON COLUMN analytics.suspects.subject IS 'the first line of its message';
COMMENT ON COLUMN analytics.suspects.author IS 'who wrote it: a name';
COMMENT ON COLUMN analytics.suspects.written_at IS 'when it was written';
COMMENT ON COLUMN analytics.suspects.how IS
    'line: it changed the failing line in the release that failed; file: the file; before: the line, in an earlier release';
COMMENT ON COLUMN analytics.suspects.file IS 'the failing file, as a path in the repository';
COMMENT ON COLUMN analytics.suspects.line IS 'the failing line';
