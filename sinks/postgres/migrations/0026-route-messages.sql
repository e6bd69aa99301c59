-- How many first messages each route has sent lately: asked for with every new incident, while thousands may be told.
-- depends: 0025-bundles-pending

SET LOCAL search_path = seawall;

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
