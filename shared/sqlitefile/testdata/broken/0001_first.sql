-- +goose Up
PRAGMA application_id = 1112560451;
CREATE TABLE loan (
  id INTEGER PRIMARY KEY,
  paid INTEGER NOT NULL CHECK (paid >= 0) -- won
) STRICT;
