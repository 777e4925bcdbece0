-- +goose Up

-- What an officer looks through: ops that were put aside, and those that wait.
CREATE INDEX op_aside ON op (district, position) WHERE verdict IN ('held', 'quarantined');
