-- +goose Up

-- What the server made of the ops of our buckets, in its own signed sections as they
-- came: a server restored from a backup gets them back. until is the position up to
-- which the present history must be archived before a section may go; taken says
-- which epoch has it. No personal data.
CREATE TABLE witness (
  epoch   TEXT NOT NULL,
  bucket  TEXT NOT NULL,
  from_   INTEGER NOT NULL,
  to_     INTEGER NOT NULL,
  sig     TEXT NOT NULL,
  size    INTEGER NOT NULL, -- bytes as kept
  section BLOB NOT NULL,    -- zstd
  taken   TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (epoch, bucket, to_)
) STRICT;
