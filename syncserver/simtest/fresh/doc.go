// Package fresh measures what a new counter asks of itself, of the server and of a
// clerk's patience while it fetches a large catalogue: two programs, two files, a
// socket between them. Its tests let real counters of one store meet a real server:
// away for months, copied or restored, and with the right to pay in one hand or another.
//
//	go test ./syncserver/simtest/fresh -run xxx -bench . -benchtime 1x
package fresh
