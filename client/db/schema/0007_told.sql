-- +goose Up

-- The server's signed replies to pushes, as they came, until its own sections say the
-- same of the ops or these are archived: a server restored from a backup gets them
-- back with its answers. taken says which epoch has it. No personal data.
CREATE TABLE told (
  n        INTEGER PRIMARY KEY AUTOINCREMENT,
  epoch    TEXT NOT NULL,
  run      TEXT NOT NULL,
  first    INTEGER NOT NULL, -- wseq of the first op that it speaks of and of the last
  last     INTEGER NOT NULL,
  position INTEGER NOT NULL, -- highest in it
  nonce    TEXT NOT NULL,    -- of the request
  sig      TEXT NOT NULL,
  body     BLOB NOT NULL,
  taken    TEXT NOT NULL DEFAULT ''
) STRICT;
