-- Keys that we make ourselves and that every worker must share.
-- depends: 0001-core

SET LOCAL search_path = seawall;

CREATE TABLE secrets_store (
    name    text PRIMARY KEY,
    value   bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
REVOKE ALL ON secrets_store FROM PUBLIC;
