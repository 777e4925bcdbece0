-- +goose Up
CREATE TABLE refund (
  loan INTEGER PRIMARY KEY REFERENCES loan (id),
  amount INTEGER NOT NULL -- won
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER refund_is_final BEFORE UPDATE ON refund
BEGIN
  SELECT RAISE(ABORT, 'a refund is paid once');
END;
-- +goose StatementEnd
