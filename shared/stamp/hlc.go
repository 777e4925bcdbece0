package stamp

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// MaxLead is how far ahead of this device's time a remote hybrid time may be
// and still be taken over. Beyond it the other clock is wrong, and ops are
// ordered by their numbers alone.
const MaxLead = 24 * 60 * 60 * 1000 // ms

// HLC is a hybrid logical time: wall time that never goes back on one device,
// and that is later than everything the device had seen. Its zero value is
// before every other. In JSON it is [ms,count].
type HLC struct {
	Ms    int64  // ms since 1970 UTC
	Count uint16 // orders readings of one millisecond
}

// Tick returns the hybrid time of a new act at wall time now (ms): the next
// one after h, and not before now.
func (h HLC) Tick(now int64) HLC {
	switch {
	case now > h.Ms:
		return HLC{Ms: now}
	case h.Count < math.MaxUint16:
		return HLC{Ms: h.Ms, Count: h.Count + 1}
	default:
		return HLC{Ms: add(h.Ms, 1)}
	}
}

// Merge returns the hybrid time after remote was seen at now (ms): the next
// one after both. Now is the wall time plus the measured offset where one is
// known. A remote time of now + [MaxLead] or later is not taken over: Merge
// then ticks and returns false.
func (h HLC) Merge(remote HLC, now int64) (HLC, bool) {
	if remote.Ms >= add(now, MaxLead) {
		return h.Tick(now), false
	}
	if remote.Compare(h) > 0 {
		h = remote
	}
	return h.Tick(now), true
}

// Compare returns -1, 0 or 1 as h is before, equal to or after o.
func (h HLC) Compare(o HLC) int {
	return cmp.Or(cmp.Compare(h.Ms, o.Ms), cmp.Compare(h.Count, o.Count))
}

// MarshalJSON returns [ms,count].
func (h HLC) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "[%d,%d]", h.Ms, h.Count), nil
}

// UnmarshalJSON reads [ms,count] with exactly these two whole numbers, the
// count from 0 to 65535.
func (h *HLC) UnmarshalJSON(data []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return fmt.Errorf("hybrid time: %w", err)
	}
	if len(parts) != 2 {
		return errors.New("hybrid time: want [ms,count]")
	}
	var n HLC
	if err := json.Unmarshal(parts[0], &n.Ms); err != nil {
		return fmt.Errorf("hybrid time: %w", err)
	}
	if err := json.Unmarshal(parts[1], &n.Count); err != nil {
		return fmt.Errorf("hybrid time: %w", err)
	}
	*h = n
	return nil
}

// add returns a+b, held at the ends of int64: these numbers come from other
// people's clocks and must not wrap round.
func add(a, b int64) int64 {
	switch {
	case b > 0 && a > math.MaxInt64-b:
		return math.MaxInt64
	case b < 0 && a < math.MinInt64-b:
		return math.MinInt64
	}
	return a + b
}

// sub returns a-b, held at the ends of int64.
func sub(a, b int64) int64 {
	if b == math.MinInt64 {
		return add(add(a, math.MaxInt64), 1)
	}
	return add(a, -b)
}
