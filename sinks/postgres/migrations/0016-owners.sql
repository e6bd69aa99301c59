-- Whose a group is: what its first error was enriched with. It is given once, and stays when rules about owners change.
-- depends: 0005-grouping

SET LOCAL search_path = seawall;

ALTER TABLE groups ADD COLUMN owner text, ADD COLUMN team text;

CREATE VIEW analytics.group_owners AS
    SELECT id AS group_id, owner, team FROM seawall.groups WHERE owner IS NOT NULL OR team IS NOT NULL;
COMMENT ON VIEW analytics.group_owners IS 'One row a group of which it is known whose it is.';
COMMENT ON COLUMN analytics.group_owners.group_id IS 'the group, see groups';
COMMENT ON COLUMN analytics.group_owners.owner IS 'who owns the code that failed, by CODEOWNERS or rules, when the group was made';
COMMENT ON COLUMN analytics.group_owners.team IS 'who runs the service, by the catalogue, when the group was made';
