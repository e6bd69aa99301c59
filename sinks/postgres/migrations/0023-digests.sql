-- Deliveries that are collected, to be told in one mail: a digest is a summary.
-- depends: 0022-group-releases

SET LOCAL search_path = seawall;

ALTER TABLE deliveries ADD COLUMN digest_id uuid REFERENCES summaries;
CREATE INDEX deliveries_digest ON deliveries (digest_id) WHERE digest_id IS NOT NULL;
