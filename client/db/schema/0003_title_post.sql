-- +goose Up

-- What many titles at once are found by: of each key the titles that have it, six
-- bytes a number, rising, in blocks of which each fill of the index makes one. A title
-- that has lost a key is not taken out: what a search finds is checked anyway.
CREATE TABLE title_post (
  key   TEXT NOT NULL,
  block INTEGER NOT NULL,
  isbns BLOB NOT NULL,
  PRIMARY KEY (key, block)
) STRICT, WITHOUT ROWID;

-- Titles that came many at once and are not among the keys yet.
CREATE TABLE title_new (
  isbn INTEGER PRIMARY KEY -- thirteen digits
) STRICT;
