-- +goose Up
-- Everything is keyed by district, so that one file serves many and PostgreSQL can
-- shard by it. Times are UTC milliseconds (…_at, received, lo, hi), days are civil
-- days of the district as text (…_on, …_by, due), money is whole won.

-- How far each district's ledger got. Its row is locked first by everybody who writes.
CREATE TABLE head (
    district TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL, -- of the last op; gapless from 1
    epoch    TEXT NOT NULL     -- names the unbroken history
) STRICT, WITHOUT ROWID;

-- Every op as it was written, and what the server added.
CREATE TABLE op (
    district  TEXT NOT NULL,
    position  INTEGER NOT NULL,
    raw       BLOB NOT NULL,    -- as written by its author; never re-encoded
    hash      BLOB NOT NULL,    -- SHA-256 of raw
    run       TEXT NOT NULL,
    wseq      INTEGER NOT NULL, -- number within the run, from 1
    act       TEXT NOT NULL,    -- act key; '' if the op can't be read
    kind      TEXT NOT NULL,
    device    TEXT NOT NULL,    -- '' for the server's own
    store     TEXT NOT NULL,
    lo        INTEGER NOT NULL, -- the interval in which it was done
    hi        INTEGER NOT NULL,
    received  INTEGER NOT NULL,
    card      TEXT NOT NULL,    -- pseudonym of the resident whose card was attached
    subject   TEXT NOT NULL,    -- table/id of the row that it is about
    verdict   TEXT NOT NULL,
    reason    TEXT NOT NULL,    -- JSON of payback.Reason, '' for none
    winner    TEXT NOT NULL,    -- JSON of payback.OpRef, '' for none
    case_id   TEXT NOT NULL,
    wait      TEXT NOT NULL,    -- held: table/id that it waits for
    final     INTEGER NOT NULL, -- position at which a held op got its last verdict; 0 = its own
    PRIMARY KEY (district, position)
) STRICT;
CREATE UNIQUE INDEX op_run ON op (district, run, wseq);
CREATE INDEX op_act ON op (district, act);
CREATE INDEX op_subject ON op (district, subject);
CREATE INDEX op_wait ON op (district, wait) WHERE wait <> '';

-- How far each run of each writer got.
CREATE TABLE run (
    district   TEXT NOT NULL,
    run        TEXT NOT NULL,
    device     TEXT NOT NULL,
    public_key TEXT NOT NULL,
    after_run  TEXT NOT NULL, -- the run before, '' for none
    after_wseq INTEGER NOT NULL,
    after_hash BLOB NOT NULL,
    wseq       INTEGER NOT NULL,
    hash       BLOB NOT NULL,
    tip        TEXT NOT NULL, -- JSON of the latest signed tip
    archived   INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (district, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_device ON run (district, device, last_seen);

-- Each bucket's state, and its chain at each position that changed it.
CREATE TABLE bucket (
    district TEXT NOT NULL,
    name     TEXT NOT NULL,
    position INTEGER NOT NULL,
    chain    BLOB NOT NULL,
    digest   TEXT NOT NULL, -- sum of the hashes of the rows as sent
    PRIMARY KEY (district, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE bucket_chain (
    district TEXT NOT NULL,
    name     TEXT NOT NULL,
    position INTEGER NOT NULL,
    chain    BLOB NOT NULL,
    PRIMARY KEY (district, name, position)
) STRICT, WITHOUT ROWID;

-- Rows that are no longer in a bucket: deleted, or moved to another store.
CREATE TABLE gone (
    district TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    tbl      TEXT NOT NULL,
    id       TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (district, bucket, tbl, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX gone_feed ON gone (district, bucket, position);

-- What a title is found by: bigram and initial-consonant keys of name and author.
CREATE TABLE title_key (
    district TEXT NOT NULL,
    key      TEXT NOT NULL,
    isbn     TEXT NOT NULL,
    PRIMARY KEY (district, key, isbn)
) STRICT, WITHOUT ROWID;

-- The domain's rows. raw is the row as sent; the columns after it are derived from
-- it for finding (package sqldb, spec.go) and checked against it by verify.
CREATE TABLE district (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX district_feed ON district (district, bucket, position);

CREATE TABLE policy (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_feed ON policy (district, bucket, position);

CREATE TABLE title (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    name TEXT NOT NULL,
    class TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX title_feed ON title (district, bucket, position);
CREATE INDEX title_class ON title (district, class);

CREATE TABLE library (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX library_feed ON library (district, bucket, position);

CREATE TABLE store (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    name TEXT NOT NULL,
    paused INTEGER NOT NULL,
    successor TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX store_feed ON store (district, bucket, position);

CREATE TABLE stock (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    store TEXT NOT NULL,
    isbn TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX stock_feed ON stock (district, bucket, position);
CREATE INDEX stock_isbn ON stock (district, isbn);

CREATE TABLE request (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    state TEXT NOT NULL,
    store TEXT NOT NULL,
    resident TEXT NOT NULL,
    isbn TEXT NOT NULL,
    number TEXT NOT NULL,
    placed_at INTEGER NOT NULL,
    placed_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    ask_on TEXT NOT NULL,
    asked INTEGER NOT NULL,
    library TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_feed ON request (district, bucket, position);
CREATE INDEX request_state_ends_on ON request (district, state, ends_on);
CREATE INDEX request_state_ask_on ON request (district, state, ask_on);
CREATE INDEX request_store_state_placed_at ON request (district, store, state, placed_at);
CREATE INDEX request_resident_placed_at ON request (district, resident, placed_at);
CREATE INDEX request_isbn_state ON request (district, isbn, state);
CREATE INDEX request_placed_on ON request (district, placed_on);

CREATE TABLE loan (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    state TEXT NOT NULL,
    store TEXT NOT NULL,
    resident TEXT NOT NULL,
    isbn TEXT NOT NULL,
    number TEXT NOT NULL,
    due TEXT NOT NULL,
    sold_at INTEGER NOT NULL,
    sold_on TEXT NOT NULL,
    decide_by TEXT NOT NULL,
    library TEXT NOT NULL,
    ended_at INTEGER NOT NULL,
    holder TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX loan_feed ON loan (district, bucket, position);
CREATE INDEX loan_state_due ON loan (district, state, due);
CREATE INDEX loan_state_decide_by ON loan (district, state, decide_by);
CREATE INDEX loan_store_state_due ON loan (district, store, state, due);
CREATE INDEX loan_resident_sold_at ON loan (district, resident, sold_at);
CREATE INDEX loan_isbn_state ON loan (district, isbn, state);
CREATE INDEX loan_sold_on ON loan (district, sold_on);
CREATE INDEX loan_holder ON loan (district, holder);

CREATE TABLE refund (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    state TEXT NOT NULL,
    store TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    paid_at INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX refund_feed ON refund (district, bucket, position);
CREATE INDEX refund_state_due_at ON refund (district, state, due_at);
CREATE INDEX refund_store_state ON refund (district, store, state);

CREATE TABLE incident (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    store TEXT NOT NULL,
    loan TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_feed ON incident (district, bucket, position);
CREATE INDEX incident_store ON incident (district, store);

CREATE TABLE copy (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    state TEXT NOT NULL,
    store TEXT NOT NULL,
    library TEXT NOT NULL,
    isbn TEXT NOT NULL,
    transfer TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX copy_feed ON copy (district, bucket, position);
CREATE INDEX copy_library_state ON copy (district, library, state);
CREATE INDEX copy_transfer ON copy (district, transfer);
CREATE INDEX copy_store_state ON copy (district, store, state);
CREATE INDEX copy_isbn_state ON copy (district, isbn, state);

CREATE TABLE transfer (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    state TEXT NOT NULL,
    store TEXT NOT NULL,
    library TEXT NOT NULL,
    late_on TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX transfer_feed ON transfer (district, bucket, position);
CREATE INDEX transfer_library_state ON transfer (district, library, state);
CREATE INDEX transfer_store_state ON transfer (district, store, state);
CREATE INDEX transfer_state_late_on ON transfer (district, state, late_on);

CREATE TABLE line (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    state TEXT NOT NULL,
    store TEXT NOT NULL,
    library TEXT NOT NULL,
    owed_on TEXT NOT NULL,
    amount INTEGER NOT NULL,
    cause TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX line_feed ON line (district, bucket, position);
CREATE INDEX line_state_owed_on ON line (district, state, owed_on);
CREATE INDEX line_store_state_owed_on ON line (district, store, state, owed_on);

CREATE TABLE case_ (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    state TEXT NOT NULL,
    store TEXT NOT NULL,
    kind TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case__feed ON case_ (district, bucket, position);
CREATE INDEX case__state_opened_at ON case_ (district, state, opened_at);
CREATE INDEX case__store_state ON case_ (district, store, state);

CREATE TABLE device (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    state TEXT NOT NULL,
    store TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_feed ON device (district, bucket, position);
CREATE INDEX device_store ON device (district, store);

CREATE TABLE clerk (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    store TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX clerk_feed ON clerk (district, bucket, position);
CREATE INDEX clerk_store ON clerk (district, store);

CREATE TABLE verdict (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    store TEXT NOT NULL,
    verdict TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdict_feed ON verdict (district, bucket, position);
CREATE INDEX verdict_store_verdict ON verdict (district, store, verdict);

CREATE TABLE resident (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    blocked INTEGER NOT NULL,
    card_tag TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX resident_card_tag ON resident (district, card_tag);

CREATE TABLE reservation (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    state TEXT NOT NULL,
    resident TEXT NOT NULL,
    isbn TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reservation_state_ends_on ON reservation (district, state, ends_on);
CREATE INDEX reservation_resident_state ON reservation (district, resident, state);
CREATE INDEX reservation_isbn_state ON reservation (district, isbn, state);

CREATE TABLE quota (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    isbn TEXT NOT NULL,
    waiting INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX quota_waiting ON quota (district, waiting);

CREATE TABLE slot (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    isbn TEXT NOT NULL,
    n INTEGER NOT NULL,
    cap INTEGER NOT NULL,
    state TEXT NOT NULL,
    case_id TEXT NOT NULL,
    PRIMARY KEY (district, id),
    CHECK (n <= cap OR case_id <> '') -- a slot beyond the cap needs a case
) STRICT, WITHOUT ROWID;
CREATE INDEX slot_isbn_state ON slot (district, isbn, state);

CREATE TABLE tally (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    resident TEXT NOT NULL,
    period TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE budget (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    year TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE claim (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    resident TEXT NOT NULL,
    isbn TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE pickup (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    store TEXT NOT NULL,
    number TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE numbers (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    store TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE reveal (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    resident TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reveal_resident_at ON reveal (district, resident, at);

CREATE TABLE enrol_code (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    bucket   TEXT NOT NULL,
    position INTEGER NOT NULL,
    raw      BLOB NOT NULL,
    store TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX enrol_code_store ON enrol_code (district, store);

