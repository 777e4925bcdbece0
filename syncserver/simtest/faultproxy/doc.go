// Package faultproxy holds a test of real counters and a real server over real
// sockets, with a proxy between them that does to bytes what bad networks do. What
// it does comes from one seed; when threads run and packets go does not, so that a
// seed repeats a run's faults and not its every step. The simulator beside it
// repeats all. It has tests and nothing else.
//
//	make proxy SEEDS=100
package faultproxy
