-- +goose Up

-- A person's name, phone and card number, sealed under a key of their own, which is
-- wrapped under the server's master key: without the wrapped key the rest is noise.
CREATE TABLE person (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    wrapped  BLOB NOT NULL,
    sealed   BLOB NOT NULL,
    card_tag TEXT NOT NULL,
    PRIMARY KEY (district, id)
) STRICT;
CREATE UNIQUE INDEX person_card ON person (district, card_tag) WHERE card_tag <> '';

CREATE TABLE account (
    district TEXT NOT NULL,
    name     TEXT NOT NULL,
    role     TEXT NOT NULL,
    id       TEXT NOT NULL,
    password TEXT NOT NULL,
    store    TEXT NOT NULL,
    library  TEXT NOT NULL,
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (district, name)
) STRICT;

CREATE TABLE secret (
    district   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    tries      INTEGER NOT NULL,
    PRIMARY KEY (district, kind, name)
) STRICT;
CREATE INDEX secret_expires ON secret (expires_ms);

CREATE TABLE session (
    token      TEXT NOT NULL PRIMARY KEY,
    data       BLOB NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX session_expires ON session (expires_ms);

CREATE TABLE message (
    district     TEXT NOT NULL,
    id           TEXT NOT NULL,
    recipient    TEXT NOT NULL,
    key          TEXT NOT NULL,
    args         TEXT NOT NULL,
    request      TEXT NOT NULL,
    store        TEXT NOT NULL,
    made_ms      INTEGER NOT NULL,
    not_until_ms INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    tries        INTEGER NOT NULL,
    error        TEXT NOT NULL,
    sent_ms      INTEGER NOT NULL,
    PRIMARY KEY (district, id)
) STRICT;
CREATE INDEX message_due ON message (district, state, not_until_ms);
CREATE INDEX message_made ON message (district, state, made_ms);
CREATE INDEX message_recipient ON message (district, recipient, made_ms);

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
