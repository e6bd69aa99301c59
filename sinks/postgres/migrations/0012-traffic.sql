-- Requests that services told of: what the errors are a share of.
-- depends: 0011-projects

SET LOCAL search_path = seawall;

CREATE TABLE traffic (
    service     text NOT NULL,
    environment text NOT NULL,
    minute      timestamptz NOT NULL,
    requests    bigint NOT NULL,
    PRIMARY KEY (service, environment, minute)
);
CREATE INDEX traffic_minute ON traffic (minute);

CREATE VIEW analytics.traffic AS
    SELECT service, environment, minute, requests FROM seawall.traffic;
COMMENT ON VIEW analytics.traffic IS
    'One row a service, environment and minute: requests, as they were told of on the topic of traffic.';
COMMENT ON COLUMN analytics.traffic.service IS 'the service';
COMMENT ON COLUMN analytics.traffic.environment IS 'production, staging …';
COMMENT ON COLUMN analytics.traffic.minute IS 'its start, UTC';
COMMENT ON COLUMN analytics.traffic.requests IS 'requests in it';
