package stamp

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestHybridTimeNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := HLC{}
		for range rapid.IntRange(1, 50).Draw(t, "acts") {
			before := h
			now := rapid.Int64Range(-5, 5).Draw(t, "now")
			if rapid.Bool().Draw(t, "merge") {
				remote := HLC{Ms: rapid.Int64Range(-5, 2*MaxLead).Draw(t, "remote"), Count: rapid.Uint16().Draw(t, "count")}
				next, taken := h.Merge(remote, now)
				if h = next; taken && h.Compare(remote) <= 0 {
					t.Fatalf("%v is not after the remote %v", h, remote)
				}
			} else {
				h = h.Tick(now)
			}
			if h.Compare(before) <= 0 || h.Ms < now {
				t.Fatalf("%v after %v at %d", h, before, now)
			}
		}
	})
}

func TestRemoteTimeIsTakenOnlyBelowADayAhead(t *testing.T) {
	const now = 1_000_000
	for lead, want := range map[int64]bool{MaxLead - 1: true, MaxLead: false, MaxLead + 1: false, math.MaxInt64 - now: false} {
		got, taken := HLC{}.Merge(HLC{Ms: now + lead}, now)
		if taken != want {
			t.Errorf("lead %d: taken %v, want %v", lead, taken, want)
		}
		if !taken && got != (HLC{Ms: now}) {
			t.Errorf("lead %d: got %v", lead, got)
		}
	}
}

func TestAFullCountGoesToTheNextMillisecond(t *testing.T) {
	if got, want := (HLC{Ms: 7, Count: math.MaxUint16}).Tick(7), (HLC{Ms: 8}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := (HLC{Ms: 7, Count: math.MaxUint16 - 1}).Tick(7), (HLC{Ms: 7, Count: math.MaxUint16}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestHybridTimeInJSON(t *testing.T) {
	data, err := json.Marshal(HLC{Ms: 1772442000123, Count: 4})
	if err != nil || string(data) != "[1772442000123,4]" {
		t.Errorf("got %s, %v", data, err)
	}
	var h HLC
	if err := json.Unmarshal(data, &h); err != nil || h != (HLC{Ms: 1772442000123, Count: 4}) {
		t.Errorf("got %v, %v", h, err)
	}
	for _, bad := range []string{`[1]`, `[1,2,3]`, `[1,65536]`, `[1,-1]`, `[1.5,0]`, `{}`, `"x"`, `[9223372036854775808,0]`} {
		if err := json.Unmarshal([]byte(bad), &h); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
