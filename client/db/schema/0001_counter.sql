-- +goose Up

-- Settings and what must not be forgotten, each as JSON: enrolment, watch, sync.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- One stretch of a program holding this folder. The newest is the one that ops
-- are written to. wseq and hash are of its last op, 0 and empty before the first;
-- after_… name the last op of the run before; fork is the first wseq that the
-- server holds with other bytes, NULL for none.
CREATE TABLE run (
  n          INTEGER PRIMARY KEY AUTOINCREMENT,
  run        TEXT NOT NULL UNIQUE,
  began      INTEGER NOT NULL, -- UTC ms by this PC
  wseq       INTEGER NOT NULL DEFAULT 0,
  hash       BLOB NOT NULL DEFAULT x'',
  after_run  TEXT NOT NULL DEFAULT '',
  after_wseq INTEGER NOT NULL DEFAULT 0,
  after_hash BLOB NOT NULL DEFAULT x'',
  fork       INTEGER
) STRICT;

-- Ops written here, kept until they are archived and long after. seq is the order in
-- which this PC did them, over all its runs. position is the server's, NULL until it
-- is known. local_… is what this PC made of the op when it was written; verdict and
-- what follows is the server's answer.
CREATE TABLE outbox (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  run           TEXT NOT NULL,
  wseq          INTEGER NOT NULL,
  raw           BLOB NOT NULL,
  hash          BLOB NOT NULL,
  kind          TEXT NOT NULL,
  subject       TEXT NOT NULL,    -- table/id
  at            INTEGER NOT NULL, -- earliest instant, UTC ms
  actor         TEXT NOT NULL,    -- pseudonym
  local_verdict TEXT NOT NULL,
  local_reason  TEXT NOT NULL,    -- JSON
  provisional   INTEGER NOT NULL,
  acked         INTEGER NOT NULL DEFAULT 0,
  archived      INTEGER NOT NULL DEFAULT 0,
  stuck         INTEGER NOT NULL DEFAULT 0, -- behind a fork: never sent again by itself
  position      INTEGER,
  verdict       TEXT NOT NULL DEFAULT '',
  reason        TEXT NOT NULL DEFAULT '{}', -- JSON
  winner        TEXT NOT NULL DEFAULT '{}', -- JSON
  case_id       TEXT NOT NULL DEFAULT '',
  UNIQUE (run, wseq)
) STRICT;
CREATE INDEX outbox_waiting ON outbox (seq) WHERE acked = 0 AND stuck = 0;
CREATE INDEX outbox_position ON outbox (position);
CREATE INDEX outbox_at ON outbox (at);
CREATE INDEX outbox_subject ON outbox (subject);
CREATE INDEX outbox_odd ON outbox (at) WHERE verdict NOT IN ('', 'applied', 'duplicate');

-- What travels beside an op; deleted when the server has it.
CREATE TABLE attachment (
  id   TEXT PRIMARY KEY,
  run  TEXT NOT NULL,
  wseq INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE INDEX attachment_op ON attachment (run, wseq);

-- How far each bucket has come. gen marks the rows of the present fetch: while
-- refetch is 1 rows of an older gen are still to be replaced or dropped.
CREATE TABLE bucket (
  name    TEXT PRIMARY KEY,
  cursor  INTEGER NOT NULL DEFAULT 0, -- last position taken in
  shown   INTEGER NOT NULL DEFAULT 0, -- highest cursor there was: a new fetch keeps what is there
  chain   TEXT NOT NULL DEFAULT '',   -- at the cursor, if that was the bucket's head
  digest  TEXT NOT NULL,              -- of the rows of gen, as sent
  gen     INTEGER NOT NULL DEFAULT 1,
  refetch INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Names (masked) and last four digits: in no chain and no digest, dropped when
-- nothing of theirs is open here.
CREATE TABLE people (
  resident TEXT PRIMARY KEY,
  name     TEXT NOT NULL,
  last4    TEXT NOT NULL
) STRICT;
CREATE INDEX people_last4 ON people (last4);

-- What titles are found by: hangul.Keys of name and author. overlay 1 for titles
-- changed by this PC's own ops.
CREATE TABLE title_key (
  key     TEXT NOT NULL,
  isbn    INTEGER NOT NULL, -- thirteen digits
  overlay INTEGER NOT NULL,
  PRIMARY KEY (key, isbn, overlay)
) STRICT, WITHOUT ROWID;

-- Rows of tables that this program does not know: they count in the digest.
CREATE TABLE c_other (
  bucket   TEXT NOT NULL,
  tbl      TEXT NOT NULL,
  id       TEXT NOT NULL,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL,
  PRIMARY KEY (bucket, tbl, id)
) STRICT;

-- For each table of the domain: c_… as the server sent it, o_… as this PC's ops leave
-- it (raw NULL = deleted), and the view of both. The columns after gen are read
-- from raw, as the code's specs say.

CREATE TABLE c_district (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL
) STRICT;
CREATE TABLE o_district (
  id  TEXT PRIMARY KEY,
  raw BLOB
) STRICT;
CREATE VIEW district AS
SELECT id, raw FROM o_district WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw FROM c_district AS c WHERE NOT EXISTS (SELECT 1 FROM o_district AS o WHERE o.id = c.id);

CREATE TABLE c_policy (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL
) STRICT;
CREATE TABLE o_policy (
  id  TEXT PRIMARY KEY,
  raw BLOB
) STRICT;
CREATE VIEW policy AS
SELECT id, raw FROM o_policy WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw FROM c_policy AS c WHERE NOT EXISTS (SELECT 1 FROM o_policy AS o WHERE o.id = c.id);

CREATE TABLE c_title (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL
) STRICT;
CREATE TABLE o_title (
  id  TEXT PRIMARY KEY,
  raw BLOB
) STRICT;
CREATE VIEW title AS
SELECT id, raw FROM o_title WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw FROM c_title AS c WHERE NOT EXISTS (SELECT 1 FROM o_title AS o WHERE o.id = c.id);

CREATE TABLE c_library (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL
) STRICT;
CREATE TABLE o_library (
  id  TEXT PRIMARY KEY,
  raw BLOB
) STRICT;
CREATE VIEW library AS
SELECT id, raw FROM o_library WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw FROM c_library AS c WHERE NOT EXISTS (SELECT 1 FROM o_library AS o WHERE o.id = c.id);

CREATE TABLE c_store (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL
) STRICT;
CREATE TABLE o_store (
  id  TEXT PRIMARY KEY,
  raw BLOB
) STRICT;
CREATE VIEW store AS
SELECT id, raw FROM o_store WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw FROM c_store AS c WHERE NOT EXISTS (SELECT 1 FROM o_store AS o WHERE o.id = c.id);

CREATE TABLE c_stock (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL,
  isbn TEXT NOT NULL
) STRICT;
CREATE TABLE o_stock (
  id  TEXT PRIMARY KEY,
  raw BLOB,
  isbn TEXT
) STRICT;
CREATE INDEX c_stock_isbn ON c_stock (isbn);
CREATE INDEX o_stock_isbn ON o_stock (isbn);
CREATE VIEW stock AS
SELECT id, raw, isbn FROM o_stock WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw, isbn FROM c_stock AS c WHERE NOT EXISTS (SELECT 1 FROM o_stock AS o WHERE o.id = c.id);

CREATE TABLE c_request (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL,
  state TEXT NOT NULL,
  isbn TEXT NOT NULL,
  number TEXT NOT NULL, -- pick-up number
  card_tag TEXT NOT NULL,
  resident TEXT NOT NULL,
  placed_at INTEGER NOT NULL -- UTC ms
) STRICT;
CREATE TABLE o_request (
  id  TEXT PRIMARY KEY,
  raw BLOB,
  state TEXT,
  isbn TEXT,
  number TEXT,
  card_tag TEXT,
  resident TEXT,
  placed_at INTEGER
) STRICT;
CREATE INDEX c_request_state ON c_request (state, placed_at);
CREATE INDEX o_request_state ON o_request (state, placed_at);
CREATE INDEX c_request_isbn ON c_request (isbn);
CREATE INDEX o_request_isbn ON o_request (isbn);
CREATE INDEX c_request_number ON c_request (number);
CREATE INDEX o_request_number ON o_request (number);
CREATE INDEX c_request_card_tag ON c_request (card_tag);
CREATE INDEX o_request_card_tag ON o_request (card_tag);
CREATE INDEX c_request_resident ON c_request (resident, state);
CREATE INDEX o_request_resident ON o_request (resident, state);
CREATE VIEW request AS
SELECT id, raw, state, isbn, number, card_tag, resident, placed_at FROM o_request WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw, state, isbn, number, card_tag, resident, placed_at FROM c_request AS c WHERE NOT EXISTS (SELECT 1 FROM o_request AS o WHERE o.id = c.id);

CREATE TABLE c_loan (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL,
  state TEXT NOT NULL,
  isbn TEXT NOT NULL,
  number TEXT NOT NULL, -- pick-up number
  card_tag TEXT NOT NULL,
  resident TEXT NOT NULL,
  request TEXT NOT NULL,
  due TEXT NOT NULL -- day
) STRICT;
CREATE TABLE o_loan (
  id  TEXT PRIMARY KEY,
  raw BLOB,
  state TEXT,
  isbn TEXT,
  number TEXT,
  card_tag TEXT,
  resident TEXT,
  request TEXT,
  due TEXT
) STRICT;
CREATE INDEX c_loan_state ON c_loan (state, due);
CREATE INDEX o_loan_state ON o_loan (state, due);
CREATE INDEX c_loan_isbn ON c_loan (isbn);
CREATE INDEX o_loan_isbn ON o_loan (isbn);
CREATE INDEX c_loan_number ON c_loan (number);
CREATE INDEX o_loan_number ON o_loan (number);
CREATE INDEX c_loan_card_tag ON c_loan (card_tag);
CREATE INDEX o_loan_card_tag ON o_loan (card_tag);
CREATE INDEX c_loan_resident ON c_loan (resident, state);
CREATE INDEX o_loan_resident ON o_loan (resident, state);
CREATE INDEX c_loan_request ON c_loan (request);
CREATE INDEX o_loan_request ON o_loan (request);
CREATE VIEW loan AS
SELECT id, raw, state, isbn, number, card_tag, resident, request, due FROM o_loan WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw, state, isbn, number, card_tag, resident, request, due FROM c_loan AS c WHERE NOT EXISTS (SELECT 1 FROM o_loan AS o WHERE o.id = c.id);

CREATE TABLE c_refund (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL,
  state TEXT NOT NULL,
  due_at INTEGER NOT NULL -- UTC ms
) STRICT;
CREATE TABLE o_refund (
  id  TEXT PRIMARY KEY,
  raw BLOB,
  state TEXT,
  due_at INTEGER
) STRICT;
CREATE INDEX c_refund_state ON c_refund (state, due_at);
CREATE INDEX o_refund_state ON o_refund (state, due_at);
CREATE VIEW refund AS
SELECT id, raw, state, due_at FROM o_refund WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw, state, due_at FROM c_refund AS c WHERE NOT EXISTS (SELECT 1 FROM o_refund AS o WHERE o.id = c.id);

CREATE TABLE c_incident (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL,
  loan TEXT NOT NULL
) STRICT;
CREATE TABLE o_incident (
  id  TEXT PRIMARY KEY,
  raw BLOB,
  loan TEXT
) STRICT;
CREATE INDEX c_incident_loan ON c_incident (loan);
CREATE INDEX o_incident_loan ON o_incident (loan);
CREATE VIEW incident AS
SELECT id, raw, loan FROM o_incident WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw, loan FROM c_incident AS c WHERE NOT EXISTS (SELECT 1 FROM o_incident AS o WHERE o.id = c.id);

CREATE TABLE c_copy (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL,
  state TEXT NOT NULL,
  transfer TEXT NOT NULL
) STRICT;
CREATE TABLE o_copy (
  id  TEXT PRIMARY KEY,
  raw BLOB,
  state TEXT,
  transfer TEXT
) STRICT;
CREATE INDEX c_copy_state ON c_copy (state);
CREATE INDEX o_copy_state ON o_copy (state);
CREATE INDEX c_copy_transfer ON c_copy (transfer);
CREATE INDEX o_copy_transfer ON o_copy (transfer);
CREATE VIEW copy AS
SELECT id, raw, state, transfer FROM o_copy WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw, state, transfer FROM c_copy AS c WHERE NOT EXISTS (SELECT 1 FROM o_copy AS o WHERE o.id = c.id);

CREATE TABLE c_transfer (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL,
  state TEXT NOT NULL,
  serial INTEGER NOT NULL
) STRICT;
CREATE TABLE o_transfer (
  id  TEXT PRIMARY KEY,
  raw BLOB,
  state TEXT,
  serial INTEGER
) STRICT;
CREATE INDEX c_transfer_state ON c_transfer (state, serial);
CREATE INDEX o_transfer_state ON o_transfer (state, serial);
CREATE INDEX c_transfer_serial ON c_transfer (serial);
CREATE INDEX o_transfer_serial ON o_transfer (serial);
CREATE VIEW transfer AS
SELECT id, raw, state, serial FROM o_transfer WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw, state, serial FROM c_transfer AS c WHERE NOT EXISTS (SELECT 1 FROM o_transfer AS o WHERE o.id = c.id);

CREATE TABLE c_line (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL,
  state TEXT NOT NULL,
  owed_on TEXT NOT NULL -- day
) STRICT;
CREATE TABLE o_line (
  id  TEXT PRIMARY KEY,
  raw BLOB,
  state TEXT,
  owed_on TEXT
) STRICT;
CREATE INDEX c_line_state ON c_line (state, owed_on);
CREATE INDEX o_line_state ON o_line (state, owed_on);
CREATE VIEW line AS
SELECT id, raw, state, owed_on FROM o_line WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw, state, owed_on FROM c_line AS c WHERE NOT EXISTS (SELECT 1 FROM o_line AS o WHERE o.id = c.id);

CREATE TABLE c_case_ (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL,
  state TEXT NOT NULL,
  opened_at INTEGER NOT NULL -- UTC ms
) STRICT;
CREATE TABLE o_case_ (
  id  TEXT PRIMARY KEY,
  raw BLOB,
  state TEXT,
  opened_at INTEGER
) STRICT;
CREATE INDEX c_case_state ON c_case_ (state, opened_at);
CREATE INDEX o_case_state ON o_case_ (state, opened_at);
CREATE VIEW case_ AS
SELECT id, raw, state, opened_at FROM o_case_ WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw, state, opened_at FROM c_case_ AS c WHERE NOT EXISTS (SELECT 1 FROM o_case_ AS o WHERE o.id = c.id);

CREATE TABLE c_device (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL
) STRICT;
CREATE TABLE o_device (
  id  TEXT PRIMARY KEY,
  raw BLOB
) STRICT;
CREATE VIEW device AS
SELECT id, raw FROM o_device WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw FROM c_device AS c WHERE NOT EXISTS (SELECT 1 FROM o_device AS o WHERE o.id = c.id);

CREATE TABLE c_clerk (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL
) STRICT;
CREATE TABLE o_clerk (
  id  TEXT PRIMARY KEY,
  raw BLOB
) STRICT;
CREATE VIEW clerk AS
SELECT id, raw FROM o_clerk WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw FROM c_clerk AS c WHERE NOT EXISTS (SELECT 1 FROM o_clerk AS o WHERE o.id = c.id);

CREATE TABLE c_verdict (
  id       TEXT PRIMARY KEY,
  raw      BLOB NOT NULL,
  position INTEGER NOT NULL,
  gen      INTEGER NOT NULL,
  at INTEGER NOT NULL, -- UTC ms
  subject TEXT NOT NULL -- table/id
) STRICT;
CREATE TABLE o_verdict (
  id  TEXT PRIMARY KEY,
  raw BLOB,
  at INTEGER,
  subject TEXT
) STRICT;
CREATE INDEX c_verdict_at ON c_verdict (at);
CREATE INDEX o_verdict_at ON o_verdict (at);
CREATE INDEX c_verdict_subject ON c_verdict (subject);
CREATE INDEX o_verdict_subject ON o_verdict (subject);
CREATE VIEW verdict AS
SELECT id, raw, at, subject FROM o_verdict WHERE raw IS NOT NULL
UNION ALL
SELECT id, raw, at, subject FROM c_verdict AS c WHERE NOT EXISTS (SELECT 1 FROM o_verdict AS o WHERE o.id = c.id);
