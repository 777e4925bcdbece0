-- +goose Up
ALTER TABLE loan ADD COLUMN due_on TEXT; -- civil date
