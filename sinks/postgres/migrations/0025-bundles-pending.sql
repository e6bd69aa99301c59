-- Which incidents of a bundle it has to decide on: the others, of which there may be thousands, need not be read.
-- depends: 0010-notifying

SET LOCAL search_path = seawall;

ALTER TABLE bundle_incidents ADD COLUMN pending boolean NOT NULL DEFAULT true;
