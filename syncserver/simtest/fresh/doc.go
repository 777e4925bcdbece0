// Package fresh measures what a new counter asks of itself, of the server and of a
// clerk's patience while it fetches a large catalogue: two programs, two files, a
// socket between them. It has a benchmark and nothing else.
//
//	go test ./syncserver/simtest/fresh -run xxx -bench . -benchtime 1x
package fresh
