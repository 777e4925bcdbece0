package stamp

// keptSamples is how many exchanges the estimator remembers.
const keptSamples = 16

// roundingMs is how much two differences of whole milliseconds can disagree.
const roundingMs = 2

// sample is one measured exchange.
type sample struct {
	offset int64 // ms, server minus local
	rtt    int64 // ms
	at     int64 // local ms when the answer came
}

// Estimator measures how far this device's wall clock is from the server's:
// of the last 16 exchanges the one with the shortest round trip counts, since
// it leaves the least room for error. The zero value is ready. It is not for
// several goroutines at once.
type Estimator struct {
	kept [keptSamples]sample
	n    int // samples taken so far
}

// Sample takes in one exchange: sent at t0 and answered at t3 by the local wall
// clock, received at t1 and answered at t2 by the server's (all ms). It returns
// false and keeps nothing if these can't belong to one exchange (negative
// durations: a clock was set meanwhile).
func (e *Estimator) Sample(t0, t1, t2, t3 int64) bool {
	local, remote := sub(t3, t0), sub(t2, t1)
	if local < 0 || remote < 0 || remote > add(local, roundingMs) {
		return false
	}
	there, back := sub(t1, t0), sub(t2, t3)
	e.kept[e.n%keptSamples] = sample{offset: there/2 + back/2 + (there%2+back%2)/2, rtt: max(1, sub(local, remote)), at: t3}
	e.n++
	return true
}

// Best returns the offset (ms, server minus local), its round trip and the
// local time of its measurement; false if nothing was measured.
func (e *Estimator) Best() (offset, rtt, at int64, ok bool) {
	if e.n == 0 {
		return 0, 0, 0, false
	}
	count := min(e.n, keptSamples)
	best := e.kept[(e.n-1)%keptSamples]
	for i := 2; i <= count; i++ { // newest first, so that of equals the newest wins
		if s := e.kept[(e.n-i)%keptSamples]; s.rtt < best.rtt {
			best = s
		}
	}
	return best.offset, best.rtt, best.at, true
}

// Reset forgets all samples, as after a step of the local clock.
func (e *Estimator) Reset() { *e = Estimator{} }
