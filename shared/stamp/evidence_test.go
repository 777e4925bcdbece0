package stamp

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	hour   = int64(time.Hour / time.Millisecond)
	year   = 365 * 24 * hour
	truth  = int64(1_772_442_000_000) // 2026-03-02 09:00 UTC
	ninety = 90 * 24 * hour
)

func TestIntervalOfAMeasuredClock(t *testing.T) {
	for _, c := range []struct {
		name     string
		evidence Evidence
		want     Interval
	}{
		{"exact", Evidence{Wall: truth}, Interval{truth, truth}},
		{"half the round trip each way", Evidence{Wall: truth, RTT: 100}, Interval{truth - 50, truth + 50}},
		{"an odd round trip rounds up", Evidence{Wall: truth, RTT: 101}, Interval{truth - 51, truth + 51}},
		{"500 ppm of the age", Evidence{Wall: truth, OffsetAge: 1_999}, Interval{truth - 1, truth + 1}},
		{"an odd age rounds up", Evidence{Wall: truth, OffsetAge: 2_000}, Interval{truth - 2, truth + 2}},
		{"ninety days make 65 minutes", Evidence{Wall: truth, OffsetAge: ninety}, Interval{truth - 3_889_945, truth + 3_889_945}},
		{"ten years fast", Evidence{Wall: truth + 10*year, Offset: -10 * year, RTT: 20}, Interval{truth - 10, truth + 10}},
		{"ten years slow", Evidence{Wall: truth - 10*year, Offset: 10 * year, RTT: 20}, Interval{truth - 10, truth + 10}},
	} {
		if got := IntervalOf(c.evidence, truth+2*hour, truth-2*hour); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestIntervalOfAnUnknownClockRunsFromFloorToReceived(t *testing.T) {
	floor, received := truth-30*24*hour, truth+hour
	for name, e := range map[string]Evidence{
		"never measured":                    {Wall: truth, OffsetAge: NeverMeasured},
		"set since the measurement":         {Wall: truth, Stepped: true},
		"dead battery, 1970":                {Wall: 0, Offset: 12, RTT: 20},
		"dead battery, 2000":                {Wall: 946_684_800_000, Offset: 12, RTT: 20},
		"a year ahead, unnoticed":           {Wall: truth + year, Offset: 12, RTT: 20},
		"a year back, unnoticed":            {Wall: truth - year, Offset: 12, RTT: 20},
		"nonsense round trip":               {Wall: truth, RTT: -1},
		"nonsense age":                      {Wall: truth, OffsetAge: math.MinInt64},
		"numbers at the end of their range": {Wall: math.MaxInt64, Offset: math.MaxInt64, RTT: 1},
		"numbers at the other end":          {Wall: math.MinInt64, Offset: math.MinInt64, RTT: 1},
		"doubt as long as all time":         {Wall: truth, OffsetAge: math.MaxInt64, RTT: math.MaxInt64},
		"just past the tolerance of 2 s":    {Wall: received + StepMs + 1},
		"just before the tolerance of 2 s":  {Wall: floor - StepMs - 1},
	} {
		if got, want := IntervalOf(e, received, floor), (Interval{floor, received}); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestIntervalIsCutToItsBounds(t *testing.T) {
	floor, received := truth-hour, truth
	for _, c := range []struct {
		name string
		e    Evidence
		want Interval
	}{
		{"a little after received", Evidence{Wall: received + StepMs}, Interval{received, received}},
		{"a little before the floor", Evidence{Wall: floor - StepMs}, Interval{floor, floor}},
		{"doubt reaches past received", Evidence{Wall: received - 10, RTT: 100}, Interval{received - 60, received}},
		{"doubt reaches below the floor", Evidence{Wall: floor + 10, RTT: 100}, Interval{floor, floor + 60}},
	} {
		if got := IntervalOf(c.e, received, floor); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	if got, want := IntervalOf(Evidence{Wall: truth}, truth, truth+hour), (Interval{truth, truth}); got != want {
		t.Errorf("floor after received: got %+v, want %+v", got, want)
	}
}

func TestIntervalIsAlwaysInOrderAndInBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		any64 := rapid.OneOf(rapid.Int64(), rapid.Int64Range(truth-year, truth+year), rapid.Int64Range(-3, 3))
		e := Evidence{
			Wall: any64.Draw(t, "wall"), Offset: any64.Draw(t, "offset"), OffsetAge: any64.Draw(t, "age"),
			RTT: any64.Draw(t, "rtt"), Stepped: rapid.Bool().Draw(t, "stepped"),
		}
		received, floor := any64.Draw(t, "received"), any64.Draw(t, "floor")
		got := IntervalOf(e, received, floor)
		if got.Lo > got.Hi || got.Hi > received || got.Lo < min(floor, received) || got.Width() < 0 {
			t.Fatalf("%+v from %+v, received %d, floor %d", got, e, received, floor)
		}
	})
}

func TestIntervalHoldsTheTruthForEveryHonestClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wrong := rapid.Int64Range(-20*year, 20*year).Draw(t, "wrong by")
		out := rapid.Int64Range(0, 5000).Draw(t, "request takes")
		back := rapid.Int64Range(0, 5000).Draw(t, "answer takes")
		age := rapid.Int64Range(0, ninety).Draw(t, "age")
		ppm := rapid.Int64Range(-500, 500).Draw(t, "drift")

		var est Estimator
		sent := truth + wrong
		if !est.Sample(sent, truth+out, truth+out+3, sent+out+3+back) {
			t.Fatal("an honest exchange was refused")
		}
		offset, rtt, _, _ := est.Best()
		at := truth + out + 3 + back + age
		e := Evidence{Wall: at + wrong + age*ppm/1_000_000, Offset: offset, OffsetAge: age, RTT: rtt}
		got := IntervalOf(e, at+hour, truth)
		if at < got.Lo-1 || at > got.Hi+1 { // whole milliseconds
			t.Fatalf("%d is not in %+v (%+v)", at, got, e)
		}
	})
}

func TestEvidenceInJSONIsCompactAndNeverPerfectByOmission(t *testing.T) {
	for _, c := range []struct {
		e    Evidence
		want string
	}{
		{Evidence{Wall: 5, OffsetAge: NeverMeasured}, `{"w":5}`},
		{Evidence{Wall: 5}, `{"w":5,"a":0}`},
		{
			Evidence{Wall: 5, Mono: 6, Boot: "x", HLC: HLC{7, 1}, Offset: -8, OffsetAge: 9, RTT: 10, Stepped: true},
			`{"w":5,"m":6,"b":"x","h":[7,1],"o":-8,"a":9,"r":10,"s":true}`,
		},
	} {
		data, err := json.Marshal(c.e)
		if err != nil || string(data) != c.want {
			t.Errorf("got %s %v, want %s", data, err, c.want)
		}
		var back Evidence
		if err := json.Unmarshal(data, &back); err != nil || back != c.e {
			t.Errorf("got %+v %v, want %+v", back, err, c.e)
		}
	}
	var empty Evidence
	if err := json.Unmarshal([]byte(`{}`), &empty); err != nil || empty.OffsetAge != NeverMeasured {
		t.Errorf("missing evidence: got %+v, %v", empty, err)
	}
	if err := json.Unmarshal([]byte(`{"w":5,"a":-7,"o":3}`), &empty); err != nil || empty.OffsetAge != NeverMeasured || empty.Offset != 0 {
		t.Errorf("negative age: got %+v, %v", empty, err)
	}
}
