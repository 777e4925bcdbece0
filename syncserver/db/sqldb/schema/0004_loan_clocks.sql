-- +goose Up

-- Two more clocks of a loan: the last day to fetch a refused copy, and since when a
-- sale by a number waits for its request. Both '' where they do not run.
ALTER TABLE loan ADD COLUMN fetch_by TEXT NOT NULL DEFAULT '';
ALTER TABLE loan ADD COLUMN waits_since TEXT NOT NULL DEFAULT '';

UPDATE loan SET fetch_by = coalesce(json_extract(CAST(raw AS TEXT), '$.fetch_by'), '') WHERE state = 'refused';
UPDATE loan SET waits_since = sold_on
 WHERE state IN ('out', 'left') AND number <> '' AND json_extract(CAST(raw AS TEXT), '$.waits')
   AND json_extract(CAST(raw AS TEXT), '$.request') IS NULL AND json_extract(CAST(raw AS TEXT), '$.block') IS NULL;

CREATE INDEX loan_state_fetch_by ON loan (district, state, fetch_by);
CREATE INDEX loan_waits_since ON loan (district, waits_since);
