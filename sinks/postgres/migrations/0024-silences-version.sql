-- Whether silences have changed, in one row: they are looked at with every alert, and there may be hundreds.
-- depends: 0010-notifying

SET LOCAL search_path = seawall;

CREATE TABLE silences_version (
    version uuid NOT NULL DEFAULT gen_random_uuid(),  -- not a number: that of a restored database could come again
    one     boolean PRIMARY KEY DEFAULT true CHECK (one)
);
INSERT INTO silences_version DEFAULT VALUES;

CREATE FUNCTION silences_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = seawall, pg_temp AS $$
BEGIN
    UPDATE silences_version SET version = gen_random_uuid();
    RETURN NULL;
END
$$;
CREATE TRIGGER silences_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON silences
    FOR EACH STATEMENT EXECUTE FUNCTION silences_changed();
