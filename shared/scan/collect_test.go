package scan

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// hand feeds a collector as a person or a scanner would, and keeps what came out.
type hand struct {
	c   Collector
	now int64
	out []Burst
}

// keys sends each key pace ms after the one before.
func (h *hand) keys(text string, pace int64) {
	for _, r := range text {
		h.now += pace
		h.out = append(h.out, h.c.Feed(r, h.now)...)
	}
}

// wait lets time pass with a tick every 50 ms.
func (h *hand) wait(ms int64) {
	for end := h.now + ms; h.now < end; {
		h.now += 50
		h.out = append(h.out, h.c.Tick(h.now)...)
	}
}

// texts returns the texts so far; a cut one begins with "cut ".
func (h *hand) texts() []string {
	var texts []string
	for _, b := range h.out {
		if b.Cut {
			b.Text = "cut " + b.Text
		}
		texts = append(texts, b.Text)
	}
	return texts
}

func (h *hand) want(t *testing.T, want ...string) {
	t.Helper()
	if got := h.texts(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEnterAndTabEndACodeAtAnyPace(t *testing.T) {
	for _, pace := range []int64{0, 1, 5, 60, 99, 100, 101, 300, 2000} {
		for _, end := range []string{"\r", "\n", "\r\n", "\t"} {
			var h hand
			h.keys(bookA+end, pace)
			h.keys("0412"+end, pace)
			h.want(t, bookA, "0412")
		}
	}
}

func TestEnterWithNothingBeforeItDoesNothing(t *testing.T) {
	var h hand
	h.keys("\r\n\t \r", 5)
	h.want(t)
	if h.c.Text() != "" {
		t.Errorf("%q waits", h.c.Text())
	}
}

func TestScannerWithoutEnterIsHeardBySilence(t *testing.T) {
	for _, pace := range []int64{0, 5, 60, 99, 100, 101, 120, 250} {
		var h hand
		h.keys(bookA, pace)
		h.wait(1000)
		h.keys(bookB+"03810", pace)
		h.wait(1000)
		h.want(t, bookA, bookB+"03810")
	}
}

func TestSilenceLastsUntilItsLimit(t *testing.T) {
	for extra, want := range map[int64]int{-1: 0, 0: 1, 1: 1} {
		var h hand
		h.keys(bookA, 5)
		if got := h.c.Tick(h.now + SilenceMs + extra); len(got) != want {
			t.Errorf("%+d ms: %d bursts, want %d", extra, len(got), want)
		}
	}
}

func TestSilenceNeverEndsWhatNoCheckDigitProves(t *testing.T) {
	for _, text := range []string{"0412", "00412345", "8936434128", "9788936434121", "978893643412", "불편한 편의점"} {
		var h hand
		h.keys(text, 5)
		h.wait(5000)
		h.want(t)
		if h.c.Text() != text {
			t.Errorf("%q waits, want %q", h.c.Text(), text)
		}
	}
}

func TestSlowTypingWaitsForEnter(t *testing.T) {
	var h hand
	for i, r := range bookA {
		h.keys(string(r), []int64{150, 600, 300}[i%3])
	}
	h.wait(5000)
	h.want(t)
	h.keys("\r", 10)
	h.want(t, bookA)
	if h.out[0].Source != Typed {
		t.Errorf("source %s", h.out[0].Source)
	}
}

func TestLostEnterBetweenTwoCodesLosesNeither(t *testing.T) {
	var h hand
	h.keys(bookA+bookB+"\r", 1)
	h.keys(bookA+"03810"+"0500000000004122\r", 1)
	h.want(t, bookA, bookB, bookA+"03810", "0500000000004122")
}

func TestDelayInsideAScanDoesNotTearIt(t *testing.T) {
	var h hand
	h.keys(bookA[:5], 5)
	h.wait(800)
	h.keys(bookA[5:]+"\r", 5)
	h.keys(bookB[:6], 5)
	h.wait(800)
	h.keys(bookB[6:], 5)
	h.wait(800)
	h.want(t, bookA, bookB)
}

func TestScanOverHalfTypedTextKeepsBoth(t *testing.T) {
	for _, end := range []string{"\r", ""} {
		var h hand
		h.keys("04", 300)
		h.wait(500)
		h.keys(bookA+end, 5)
		h.wait(500)
		h.want(t, "cut 04", bookA)
	}
}

func TestScanAfterABrokenOneKeepsBoth(t *testing.T) {
	var h hand
	h.keys("97889364", 5)
	h.wait(2000)
	h.keys(bookB, 5)
	h.wait(500)
	h.want(t, "cut 97889364", bookB)
	if h.out[0].FirstMs != 5 || h.out[0].LastMs != 40 || h.out[1].LastMs-h.out[1].FirstMs != 60 {
		t.Errorf("times %+v", h.out)
	}
}

func TestPaceOfASlowScannerIsLearnt(t *testing.T) {
	var h hand
	h.keys(bookA+"\r", 130)
	if h.c.PaceMs != 130 {
		t.Errorf("pace %d", h.c.PaceMs)
	}
	h.keys("1234567\r", 130)
	if got := h.out[1].Source; got != Scanned {
		t.Errorf("after learning, %s", got)
	}
	h.keys(bookA+"\r", 150)
	if h.c.PaceMs != (3*130+150)/4 {
		t.Errorf("running mean %d", h.c.PaceMs)
	}
	h.keys(bookA+"\r", 5)
	if h.c.PaceMs != 5 {
		t.Errorf("a fast scanner is believed at once: %d", h.c.PaceMs)
	}
	h.keys("0412\r", 300)
	h.keys("9788936434121\r", 60)
	if h.c.PaceMs != 5 {
		t.Errorf("only a sure code teaches: %d", h.c.PaceMs)
	}
}

func TestNobodyTypesAScan(t *testing.T) {
	var h hand
	h.keys("0412\r", 5)
	h.keys("123456\r", 100)
	h.keys("123456\r", 101)
	for i, want := range []Source{Typed, Scanned, Typed} {
		if h.out[i].Source != want {
			t.Errorf("%q: %s, want %s", h.out[i].Text, h.out[i].Source, want)
		}
	}
}

func TestPastedBlockIsSeveralScans(t *testing.T) {
	var h hand
	h.keys("04", 200)
	h.out = append(h.out, h.c.Paste(bookA+"\n"+bookB+" 03810\n0412\n", h.now)...)
	h.want(t, "cut 04", bookA, bookB+" 03810", "0412")
	if h.out[1].Source != Pasted || h.c.Text() != "" {
		t.Errorf("%+v, %q waits", h.out[1], h.c.Text())
	}
}

func TestBackspaceAndClearTakeBack(t *testing.T) {
	var h hand
	h.keys("\b0413\b2\x7f2\r", 200)
	h.want(t, "0412")
	h.keys("97", 200)
	if got := h.c.Clear(); got != "97" || h.c.Text() != "" {
		t.Errorf("cleared %q, %q waits", got, h.c.Text())
	}
}

func TestStuckKeyEndsAtMaxRun(t *testing.T) {
	for extra, want := range map[int]int{-1: 0, 0: 0, 1: 1} {
		var h hand
		h.keys(strings.Repeat("7", MaxRun+extra), 30)
		if len(h.out) != want || want == 1 && (!h.out[0].Cut || len(h.out[0].Text) != MaxRun || h.c.Text() != "7") {
			t.Errorf("%+d: %d bursts", extra, len(h.out))
		}
	}
}

func TestClockThatGoesBackTearsNoScan(t *testing.T) {
	var c Collector
	var out []Burst
	for i, r := range bookA {
		at := int64(1000 + 5*i)
		if i > 6 {
			at -= 900
		}
		out = append(out, c.Feed(r, at)...)
	}
	out = append(out, c.Feed('\r', 0)...)
	if len(out) != 1 || out[0].Text != bookA || out[0].LastMs < out[0].FirstMs {
		t.Errorf("%+v", out)
	}
}

// TestCollectorDropsNothing: whatever is typed, scanned, delayed or ticked, every key but the separators comes out.
func TestCollectorDropsNothing(t *testing.T) {
	piece := rapid.SampledFrom([]string{bookA, bookB, bookA + "03810", "0500000000004122", "0412", "9", "97889", "x", "가"})
	rapid.Check(t, func(t *rapid.T) {
		var h hand
		var sent strings.Builder
		for range rapid.IntRange(0, 10).Draw(t, "n") {
			text := piece.Draw(t, "piece")
			sent.WriteString(text)
			h.keys(text, rapid.SampledFrom([]int64{0, 1, 20, 90, 150, 400}).Draw(t, "pace"))
			switch rapid.IntRange(0, 3).Draw(t, "then") {
			case 0:
				h.keys("\r", 5)
			case 1:
				h.wait(rapid.Int64Range(1, 1000).Draw(t, "wait"))
			}
		}
		h.keys("\r", 5)
		var got strings.Builder
		for _, b := range h.out {
			if b.Text == "" || b.LastMs < b.FirstMs {
				t.Fatalf("%+v", b)
			}
			got.WriteString(b.Text)
		}
		if got.String() != sent.String() {
			t.Fatalf("got %q, sent %q", got.String(), sent.String())
		}
	})
}

// TestEveryScanIsOneBurstWhateverThePace: scans with Enter come out as they went in, for any scanner and any pause between.
func TestEveryScanIsOneBurstWhateverThePace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h hand
		var want []string
		pace := rapid.Int64Range(0, MaxPaceMs-20).Draw(t, "pace")
		for range rapid.IntRange(1, 8).Draw(t, "n") {
			code := rapid.SampledFrom([]string{bookA, bookB + "03810", goods, "0500000000004122"}).Draw(t, "code")
			want = append(want, code)
			for _, r := range code {
				h.keys(string(r), pace+rapid.Int64Range(0, 20).Draw(t, "jitter"))
			}
			if rapid.Bool().Draw(t, "enter") {
				h.keys("\r", pace)
			} else {
				h.wait(1000)
			}
			h.wait(rapid.Int64Range(0, 300).Draw(t, "pause"))
		}
		if got := h.texts(); !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func FuzzCollector(f *testing.F) {
	f.Add(bookA+"\r"+bookB+"\r", uint16(5))
	f.Add("04"+bookA+"\b\t]E0", uint16(200))
	f.Fuzz(func(t *testing.T, text string, pace uint16) {
		var h hand
		h.keys(text, int64(pace))
		h.wait(1000)
		h.keys("\r", 1)
		if h.c.Text() != "" {
			t.Fatalf("%q waits after Enter", h.c.Text())
		}
		for _, b := range h.out {
			if b.Text == "" || Classify(b.Text).Kind == "" {
				t.Fatalf("%+v", b)
			}
		}
	})
}

func TestALetterTypedBeforeAScanIsNoPrefixOfIt(t *testing.T) {
	var h hand
	h.keys("gks", 150)
	h.now += 1000
	h.keys(bookA+"\r", 5)
	h.want(t, "cut gks", bookA)
	if last := h.out[len(h.out)-1]; last.Source != Scanned {
		t.Errorf("the scan is called %s", last.Source)
	}
}
