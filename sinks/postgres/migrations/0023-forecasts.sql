-- What is expected at each hour of the week, for thresholds that ask for it.
-- depends: 0022-group-releases

SET LOCAL search_path = seawall;

CREATE TABLE forecasts (
    alert_key text PRIMARY KEY,   -- of the threshold and its group-by values
    rule      text NOT NULL,
    made_at   timestamptz NOT NULL,
    rates     real[] NOT NULL,      -- events an hour, Monday 00:00 UTC first
    weeks     smallint[] NOT NULL,  -- in how many weeks that hour was seen
    noise     real NOT NULL
);
CREATE INDEX forecasts_made ON forecasts (made_at);
