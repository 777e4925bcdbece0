// Package bench measures the exchange between real counters and a real server, all
// on real SQLite files with synchronous=FULL and over HTTP on loopback: how long
// waiting ops take to become durable, a second PC to catch up, an op to come from
// PC to PC, and a clerk's act beside a large pull. The same ops written by bare
// SQLite transactions of the same settings, in the same run, say what the disk
// allows. Nothing here is a timed test: Run prints, and nobody fails.
package bench
