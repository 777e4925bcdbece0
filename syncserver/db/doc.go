// Package db is the contract between the server and its database. Package
// dbtest is the contract as tests; sqldb has the queries, sqlite opens the
// embedded file (PostgreSQL comes beside it).
//
// The ledger's rows are stored as they are sent (raw), beside the columns that
// are derived from them for finding. Everything is keyed by district.
package db
