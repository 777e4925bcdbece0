package stamp

import (
	"encoding/json"
	"fmt"
)

// NeverMeasured is the OffsetAge of a device that never measured its offset.
const NeverMeasured = -1

// StepMs is the difference (ms) between wall and monotonic clock, or between
// an estimate and the bounds known from elsewhere, from which a clock counts as
// having been set by hand.
const StepMs = 2000

// driftDivisor is 500 ppm: a clock strays at most 1 ms in 2,000 ms from its last
// measurement, the most that NTP (RFC 5905, 7.1) corrects in a clock that works;
// and one that is slow counts these as 1,999. Ninety days make 65 minutes.
const driftDivisor = 1_999

// Evidence is what a device knew about the time when it recorded an op. It is
// written once into the op and never changed. Set OffsetAge to
// [NeverMeasured] where no offset is known; zero means "measured just now".
type Evidence struct {
	Wall      int64  // ms since 1970 UTC, as the device believed
	Mono      int64  // ms since the program's start
	Boot      string // names the stretch in which Mono can be compared
	HLC       HLC
	Offset    int64 // ms, server minus local, as last measured
	OffsetAge int64 // ms since that measurement, or NeverMeasured
	RTT       int64 // ms, round trip of that measurement
	Stepped   bool  // the wall clock was set since that measurement
	Unsure    bool  // the program was off since that measurement: nobody saw whether the clock was set
}

// wireEvidence is the JSON form. A missing "a" means that the offset was never
// measured, so that missing evidence is never mistaken for perfect evidence.
type wireEvidence struct {
	Wall    int64  `json:"w"`
	Mono    int64  `json:"m,omitempty"`
	Boot    string `json:"b,omitempty"`
	HLC     HLC    `json:"h,omitzero"`
	Offset  int64  `json:"o,omitempty"`
	Age     *int64 `json:"a,omitempty"`
	RTT     int64  `json:"r,omitempty"`
	Stepped bool   `json:"s,omitempty"`
	Unsure  bool   `json:"u,omitempty"`
}

// MarshalJSON returns the compact form: w wall, m mono, b boot, h hybrid time,
// o offset, a its age, r round trip, s stepped, u unsure; empty ones are left out.
func (e Evidence) MarshalJSON() ([]byte, error) {
	w := wireEvidence{Wall: e.Wall, Mono: e.Mono, Boot: e.Boot, HLC: e.HLC, Stepped: e.Stepped, Unsure: e.Unsure}
	if e.OffsetAge >= 0 {
		w.Offset, w.Age, w.RTT = e.Offset, &e.OffsetAge, e.RTT
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads the compact form. Any numbers are accepted: evidence
// that makes no sense gives a wide interval, not an error.
func (e *Evidence) UnmarshalJSON(data []byte) error {
	var w wireEvidence
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("evidence of time: %w", err)
	}
	*e = Evidence{Wall: w.Wall, Mono: w.Mono, Boot: w.Boot, HLC: w.HLC, OffsetAge: NeverMeasured, Stepped: w.Stepped, Unsure: w.Unsure}
	if w.Age != nil && *w.Age >= 0 {
		e.Offset, e.OffsetAge, e.RTT = w.Offset, *w.Age, w.RTT
	}
	return nil
}

// Interval is the stretch of true time in which something happened, both ends
// included: ms since 1970 UTC, Lo <= Hi.
type Interval struct {
	Lo int64 `json:"lo"`
	Hi int64 `json:"hi"`
}

// Width returns Hi - Lo in ms.
func (i Interval) Width() int64 { return sub(i.Hi, i.Lo) }

// IntervalOf returns when an op with evidence e happened, given when the
// server received it and the floor: the writer's last contact with the server
// before it, or its previous op if that is later (all ms, true time).
//
// A measured clock gives wall + offset, give or take half the round trip and
// 500 ppm of the measurement's age. A clock that was never measured, or was
// set since, gives everything from floor to received; so does one whose answer
// lies more than [StepMs] outside these bounds, since then it was set without
// our noticing. The result never leaves floor to received, hence a device can
// move its op only inside that window. A floor after received counts as
// received.
func IntervalOf(e Evidence, received, floor int64) Interval {
	floor = min(floor, received)
	wide := Interval{Lo: floor, Hi: received}
	if e.OffsetAge < 0 || e.RTT < 0 || e.Stepped {
		return wide
	}
	doubt := add(half(e.RTT), roundUp(e.OffsetAge, driftDivisor))
	at := add(e.Wall, e.Offset)
	lo, hi := sub(at, doubt), add(at, doubt)
	if hi < sub(floor, StepMs) || lo > add(received, StepMs) {
		return wide
	}
	return Interval{Lo: clamp(lo, floor, received), Hi: clamp(hi, floor, received)}
}

// Check is the offset that a device has measured since its program's start, as it
// tells it when it sends ops. The zero value says that it told none.
type Check struct {
	Offset int64 `json:"o"` // ms, server minus device
	RTT    int64 `json:"r"` // ms, round trip of the measurement, at least 1
}

// IntervalChecked is IntervalOf for an op that is sent with a check. An op that was
// recorded after the program had been off may have been dated by a clock that was set
// meanwhile, which nothing on the device shows. Where the offset by which it was dated
// and the check differ by more than both measurements and the drift between them
// explain and [StepMs], the clock was set, and when is not known: everything from
// floor to received. Where they agree, the drift may still hide a smaller step: the
// interval holds the answers by either. Without a check such an op can't be dated any
// better than by one whose clock was set.
//
// One thing stays unseen: a clock that was set while the program was off, and set
// right again before anything was measured.
func IntervalChecked(e Evidence, check Check, received, floor int64) Interval {
	if !e.Unsure || e.Stepped || e.OffsetAge < 0 || e.RTT < 0 {
		return IntervalOf(e, received, floor)
	}
	floor = min(floor, received)
	wide := Interval{Lo: floor, Hi: received}
	since := max(0, sub(received, add(sub(e.Wall, e.OffsetAge), e.Offset)))
	doubt := add(half(check.RTT), roundUp(since, driftDivisor))
	apart := sub(check.Offset, e.Offset)
	if may := add(add(doubt, half(e.RTT)), StepMs); check.RTT <= 0 || apart > may || apart < -may {
		return wide
	}
	then := IntervalOf(e, received, floor)
	at := add(e.Wall, check.Offset)
	lo, hi := sub(at, doubt), add(at, doubt)
	if then == wide || hi < sub(floor, StepMs) || lo > add(received, StepMs) {
		return wide
	}
	return Interval{Lo: min(then.Lo, clamp(lo, floor, received)), Hi: max(then.Hi, clamp(hi, floor, received))}
}

// half returns n/2 rounded up.
func half(n int64) int64 { return n/2 + n%2 }

// roundUp returns n/d rounded up, for n >= 0.
func roundUp(n, d int64) int64 {
	if n%d == 0 {
		return n / d
	}
	return n/d + 1
}

func clamp(n, lo, hi int64) int64 { return min(max(n, lo), hi) }
