-- +goose Up

-- The ops of the batch that ended there which touched the bucket, as package sqldb
-- writes them: what counters keep as witnesses is found by it.
ALTER TABLE bucket_chain ADD COLUMN ops BLOB NOT NULL DEFAULT x'';

-- 1 = the window is open in which counters bring back what a restored backup lacks;
-- 2 = it is over and some of what they brought waits in told; 0 = neither.
ALTER TABLE head ADD COLUMN refill INTEGER NOT NULL DEFAULT 0;

-- When the window was closed, and the highest position of the history before that
-- anybody was told of.
ALTER TABLE epoch ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE epoch ADD COLUMN told INTEGER NOT NULL DEFAULT 0;

-- What counters brought and is not in the ledger yet. entry is the witness entry as
-- the server wrote it, raw the op's bytes, NULL while nobody brought them.
CREATE TABLE told (
    district TEXT NOT NULL,
    run      TEXT NOT NULL,
    wseq     INTEGER NOT NULL,
    epoch    TEXT NOT NULL,    -- the history that the position is of
    position INTEGER NOT NULL, -- where it comes in the order
    entry    BLOB NOT NULL,
    raw      BLOB,
    PRIMARY KEY (district, run, wseq)
) STRICT;
CREATE INDEX told_position ON told (district, position);

-- Ops that came back: where they are now, where they were. kept 1 = the verdict is
-- the one told, and nothing else of it is in the rows.
CREATE TABLE refilled (
    district TEXT NOT NULL,
    position INTEGER NOT NULL,
    epoch    TEXT NOT NULL,
    old      INTEGER NOT NULL,
    kept     INTEGER NOT NULL,
    PRIMARY KEY (district, position)
) STRICT, WITHOUT ROWID;

-- Positions of an ended history of which nobody brought the op.
CREATE TABLE lost (
    district TEXT NOT NULL,
    epoch    TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (district, epoch, position)
) STRICT, WITHOUT ROWID;

-- The PCs that have brought all that they hold.
CREATE TABLE refill_done (
    district TEXT NOT NULL,
    epoch    TEXT NOT NULL, -- the new one
    device   TEXT NOT NULL,
    PRIMARY KEY (district, epoch, device)
) STRICT, WITHOUT ROWID;
