-- When a group was last seen in a release: what has not been for long is forgotten.
-- depends: 0022-group-releases

SET LOCAL search_path = seawall;

ALTER TABLE group_releases ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now();  -- to a day
CREATE INDEX group_releases_seen ON group_releases (seen_at);
