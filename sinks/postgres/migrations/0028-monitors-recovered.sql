-- The error that a failing monitor told last, when it was over, and whether a secret key tells of the job.
-- depends: 0020-monitors

SET LOCAL search_path = seawall;

ALTER TABLE monitors
    ADD COLUMN error_id uuid,  -- event id of the last failure that became an error
    ADD COLUMN recovered_at timestamptz,  -- until the error's group is resolved
    ADD COLUMN secret boolean NOT NULL DEFAULT false;
CREATE INDEX monitors_recovered ON monitors (recovered_at) WHERE recovered_at IS NOT NULL;
