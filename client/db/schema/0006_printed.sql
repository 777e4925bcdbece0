-- +goose Up

-- How often a paper of one thing went to a printer, so that a copy says that it is
-- one. Of a slip that nobody asks for again in 120 days nothing is kept.
CREATE TABLE printed (
  paper TEXT PRIMARY KEY,  -- kind/id of what it is of
  n     INTEGER NOT NULL,
  at    INTEGER NOT NULL   -- the last time, UTC ms by this PC
) STRICT, WITHOUT ROWID;
CREATE INDEX printed_at ON printed (at);
