-- +goose Up

-- Packets of other PCs' ops, imported here to be passed on to the server: pushes as
-- their author packed and signed them. state: waiting, refused (reason says why; the
-- next import of the same file tries it again).
CREATE TABLE relay (
  n      INTEGER PRIMARY KEY AUTOINCREMENT,
  id     TEXT NOT NULL UNIQUE, -- SHA-256 of the packet, base64url
  author TEXT NOT NULL,        -- device
  run    TEXT NOT NULL,
  first  INTEGER NOT NULL,     -- wseq of the first op and of the last
  last   INTEGER NOT NULL,
  packet BLOB NOT NULL,
  added  INTEGER NOT NULL,     -- UTC ms by this PC
  state  TEXT NOT NULL,
  reason TEXT NOT NULL         -- JSON
) STRICT;
