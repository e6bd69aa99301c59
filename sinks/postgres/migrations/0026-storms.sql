-- What is asked for with every new incident, while thousands come.
-- depends: 0025-bundles-pending

SET LOCAL search_path = seawall;

-- How many first messages each route has sent lately.
CREATE TABLE route_messages (
    route    text NOT NULL,
    at       timestamptz NOT NULL,
    messages integer NOT NULL
);
CREATE INDEX route_messages_at ON route_messages (route, at) INCLUDE (messages);

INSERT INTO route_messages (route, at, messages)
    SELECT route, first_told, count(DISTINCT (bundle_id, message_id))
    FROM bundle_incidents JOIN bundles ON bundles.id = bundle_id
    WHERE first_told > now() - interval '1 day'  -- no route counts for longer
    GROUP BY route, first_told;
DROP INDEX bundle_incidents_told;

-- A route that has room for more is kept from others until the transaction ends, and counted again; in a storm there is
-- none, and nobody waits. The routes must be in order, so that transactions do not wait for each other in a circle.
CREATE FUNCTION told_lately(routes text[], seconds integer[], most integer[], now timestamptz)
    RETURNS TABLE (name text, told integer) LANGUAGE plpgsql SET search_path = seawall, pg_temp AS $$
BEGIN
    FOR place IN 1 .. cardinality(routes) LOOP
        name := routes[place];
        FOR attempt IN 1 .. 2 LOOP
            SELECT coalesce(sum(messages), 0) INTO told FROM route_messages
                WHERE route = name AND at > now - make_interval(secs => seconds[place]);
            EXIT WHEN told >= most[place];
            PERFORM pg_advisory_xact_lock(hashtextextended('route ' || name, 0));
        END LOOP;
        RETURN NEXT;
    END LOOP;
END
$$;

-- Of a bundle's incidents, of which there may be thousands: those to decide on, and those to remind of.
CREATE INDEX bundle_incidents_pending ON bundle_incidents (bundle_id) WHERE pending AND NOT done;
CREATE INDEX bundle_incidents_last_told ON bundle_incidents (bundle_id, last_told)
    WHERE NOT done AND first_told IS NOT NULL;

-- What a summary is about: written by whoever holds an incident back, while the summary is kept from being told.
CREATE TABLE summary_incidents (
    summary_id  uuid NOT NULL REFERENCES summaries,
    incident_id uuid NOT NULL REFERENCES incidents,
    PRIMARY KEY (summary_id, incident_id)
);
CREATE INDEX summary_incidents_incident ON summary_incidents (incident_id);
INSERT INTO summary_incidents (summary_id, incident_id)
    SELECT DISTINCT summaries.id, held_back.incident_id
    FROM summaries JOIN held_back USING (why, by)
        JOIN bundle_incidents AS member USING (bundle_id, incident_id)
    WHERE told_at IS NULL AND held_back.at >= since AND channel = ANY (member.channels);
