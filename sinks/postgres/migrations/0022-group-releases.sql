-- Which groups were seen in which releases: kept while an alert rule asks for it.
-- depends: 0016-owners

SET LOCAL search_path = seawall;

CREATE TABLE group_releases (
    group_id uuid NOT NULL,
    release  text NOT NULL,
    PRIMARY KEY (group_id, release)
);
