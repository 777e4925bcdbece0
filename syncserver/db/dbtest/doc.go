// Package dbtest is the contract of package db as tests: each engine runs them
// over a fresh database, so that they all mean the same.
package dbtest
