-- What was released when, and of which commits.
-- depends: 0005-grouping

SET LOCAL search_path = seawall;

CREATE SEQUENCE releases_revision;

CREATE TABLE releases (
    service     text NOT NULL,
    environment text NOT NULL DEFAULT '',  -- '': whatever environment
    release     text NOT NULL,
    commit      text,
    previous    text,
    at          timestamptz NOT NULL,      -- when it was first released
    url         text,
    author      text,
    commits     jsonb NOT NULL DEFAULT '[]',
    revision    bigint NOT NULL DEFAULT nextval('releases_revision'),  -- rises with every change: workers read what is new
    PRIMARY KEY (service, environment, release)
);
ALTER SEQUENCE releases_revision OWNED BY releases.revision;
CREATE INDEX releases_revision_index ON releases (revision);
CREATE INDEX releases_service_at ON releases (service, at);

-- Groups that wait for the release that holds their fix.
CREATE INDEX groups_fixed_by_commit ON groups (service)
    WHERE status = 'resolved' AND resolved_in ? 'commit' AND NOT resolved_in ? 'release';

CREATE VIEW analytics.releases AS
    SELECT service, nullif(environment, '') AS environment, release, at AS released_at, commit, previous AS previous_release,
        author, url, jsonb_array_length(commits) AS commit_count, commits
    FROM seawall.releases;
COMMENT ON VIEW analytics.releases IS
    'One row a release of a service, as it was made known on the topic of releases.';
COMMENT ON COLUMN analytics.releases.service IS 'the service';
COMMENT ON COLUMN analytics.releases.environment IS 'production, staging …; null: made known for all';
COMMENT ON COLUMN analytics.releases.release IS 'the release, as errors name it';
COMMENT ON COLUMN analytics.releases.released_at IS 'when it was first released';
COMMENT ON COLUMN analytics.releases.commit IS 'the commit that it was built from, where known';
COMMENT ON COLUMN analytics.releases.previous_release IS 'the release before it, where known';
COMMENT ON COLUMN analytics.releases.author IS 'who released it, where known';
COMMENT ON COLUMN analytics.releases.url IS 'where it is told of';
COMMENT ON COLUMN analytics.releases.commit_count IS 'how many commits are new in it';
COMMENT ON COLUMN analytics.releases.commits IS 'these, as JSON: id, subject, author, at (epoch seconds)';
