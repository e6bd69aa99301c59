-- What people make of incidents.
-- depends: 0005-grouping

SET LOCAL search_path = seawall;

ALTER TYPE incident_status RENAME VALUE 'open' TO 'new';
ALTER TYPE incident_status ADD VALUE 'in_progress' AFTER 'acknowledged';
ALTER TYPE incident_status ADD VALUE 'ignored';

ALTER TABLE incidents ADD COLUMN assignee text;
ALTER TABLE incidents ALTER COLUMN status SET DEFAULT 'new';

COMMENT ON COLUMN analytics.incidents.status IS 'new, acknowledged, in_progress, resolved or ignored';
COMMENT ON COLUMN analytics.incident_history.kind IS
    'open, update, escalate, deescalate, resolve; by people: acknowledge, unacknowledge, start, ignore, reopen, assign, comment';
