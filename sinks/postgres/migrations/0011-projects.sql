-- Who may send to the gateway: projects, and the keys of each.
-- depends: 0009-triage

SET LOCAL search_path = seawall;

CREATE TABLE projects (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- Sentry's SDKs want a number in their DSN
    name text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' AND name !~ '^[0-9]+$'),
    events_per_minute integer CHECK (events_per_minute > 0), -- NULL: no limit
    events_per_day bigint CHECK (events_per_day > 0),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE project_keys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    label text NOT NULL DEFAULT '',
    public_key text UNIQUE, -- may be read by anybody: it stands in web pages
    secret_hash bytea UNIQUE CHECK (length(secret_hash) = 32), -- SHA-256; the key itself is shown once
    ending text NOT NULL, -- its last characters, by which people know it again
    environment text, -- of errors that name none
    origins text[] NOT NULL DEFAULT '{}', -- of the web pages that may send with it
    events_per_minute integer CHECK (events_per_minute > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz, -- replaced by another from then on
    revoked_at timestamptz,
    CHECK ((public_key IS NULL) <> (secret_hash IS NULL)),
    CHECK (public_key IS NOT NULL OR origins = '{}')
);

CREATE INDEX ON project_keys (project_id);

CREATE FUNCTION announce_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('seawall_keys', '');
    RETURN NULL;
END $$;

CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON projects
    FOR EACH STATEMENT EXECUTE FUNCTION announce_keys();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON project_keys
    FOR EACH STATEMENT EXECUTE FUNCTION announce_keys();
