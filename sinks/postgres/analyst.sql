-- The role that analysts log in with: it reads the views of schema analytics, and nothing else.
-- Run at every migration, so that it covers new views, and a role that was made by hand since. It is given a password
-- by whoever runs the database; without one nobody can log in with it.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'seawall_analyst') THEN
        CREATE ROLE seawall_analyst LOGIN;
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'the role seawall_analyst is missing and cannot be made without CREATEROLE: see docs/analysts.md';
    WHEN duplicate_object OR unique_violation THEN
        NULL;  -- another database of this server was migrated at the same moment
END
$$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'seawall_analyst') THEN
        REVOKE ALL ON SCHEMA seawall FROM seawall_analyst;
        GRANT USAGE ON SCHEMA analytics TO seawall_analyst;
        GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO seawall_analyst;
    END IF;
END
$$;

DO $$
DECLARE
    setting text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'seawall_analyst') THEN
        FOREACH setting IN ARRAY ARRAY[
            'search_path = analytics',
            'statement_timeout = ''30s''',
            'idle_in_transaction_session_timeout = ''60s''',
            'default_transaction_read_only = on',
            'timezone = ''UTC'''
        ] LOOP
            EXECUTE format('ALTER ROLE seawall_analyst IN DATABASE %I SET %s', current_database(), setting);
        END LOOP;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'the settings of role seawall_analyst cannot be changed by this role: see docs/analysts.md';
END
$$;
