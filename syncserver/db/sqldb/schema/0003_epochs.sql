-- +goose Up

-- Ops up to here are in a verified backup.
ALTER TABLE head ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;

-- When the server was restored from a backup: the history that ended, the one that
-- began, and the last op that both have.
CREATE TABLE epoch (
    district TEXT NOT NULL,
    epoch    TEXT NOT NULL,
    before   TEXT NOT NULL,
    position INTEGER NOT NULL,
    hash     BLOB NOT NULL,
    began    INTEGER NOT NULL, -- UTC ms
    PRIMARY KEY (district, epoch)
) STRICT;
