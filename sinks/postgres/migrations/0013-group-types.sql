-- Whether an error's type is new in an environment.
-- depends: 0012-traffic

SET LOCAL search_path = seawall;

CREATE INDEX groups_type ON groups (environment, type);
