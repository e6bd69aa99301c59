-- The job's own role and database, made once, when the data volume is empty. The role is no superuser; it may make the
-- analysts' role, which the migrations do.
\set ON_ERROR_STOP on
\getenv password SEAWALL_DATABASE_PASSWORD
CREATE ROLE seawall LOGIN CREATEROLE PASSWORD :'password';
ALTER ROLE seawall SET search_path = seawall, public;
CREATE DATABASE seawall OWNER seawall;
