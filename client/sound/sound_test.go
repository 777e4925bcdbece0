package sound

import (
	"context"
	"encoding/binary"
	"math"
	"testing"
	"time"
)

// bursts counts the stretches of a tone that are heard, with the pitch of each by
// its crossings of zero.
func bursts(s []int16) (pitches []float64) {
	const gap = Rate * 20 / 1000
	start, quiet := -1, 0
	flush := func(end int) {
		crossings := 0
		for i := start + 1; i < end; i++ {
			if s[i-1] < 0 && s[i] >= 0 {
				crossings++
			}
		}
		pitches = append(pitches, float64(crossings)*Rate/float64(end-start))
		start = -1
	}
	for i, v := range s {
		if math.Abs(float64(v)) > 50 {
			if start < 0 {
				start = i
			}
			quiet = 0
		} else if quiet++; start >= 0 && quiet > gap {
			flush(i - quiet)
		}
	}
	if start >= 0 {
		flush(len(s))
	}
	return pitches
}

func TestTonesDifferByCountAndPitch(t *testing.T) {
	for tone, want := range map[Tone][]float64{Done: {880}, Look: {660, 660}, Not: {220, 220, 220}, New: {523, 784}, Tick: {1760}} {
		got := bursts(tone.Samples(1))
		if len(got) != len(want) {
			t.Errorf("%s: %d bursts at %v, want %v", tone, len(got), got, want)
			continue
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 0.12*want[i] {
				t.Errorf("%s: burst %d at %.0f Hz, want %.0f", tone, i, got[i], want[i])
			}
		}
	}
}

func TestVolumeScalesAndNothingClipsOrClicks(t *testing.T) {
	for _, tone := range Tones() {
		peak := func(volume float64) (top int) {
			s := tone.Samples(volume)
			if s[0] != 0 || s[len(s)-1] != 0 {
				t.Errorf("%s begins at %d and ends at %d: a click", tone, s[0], s[len(s)-1])
			}
			for _, v := range s {
				top = max(top, int(math.Abs(float64(v))))
			}
			return top
		}
		if full, half := peak(1), peak(0.5); full > math.MaxInt16 || half*2 > full+4 || half*2 < full-4 {
			t.Errorf("%s: %d at full, %d at half", tone, full, half)
		}
		if peak(0) != 0 || peak(2) != peak(1) {
			t.Errorf("%s: volume is not held to 0..1", tone)
		}
	}
}

func TestAWAVSaysHowLongItIs(t *testing.T) {
	wav := Done.WAV(1)
	if string(wav[:4]) != "RIFF" || string(wav[8:16]) != "WAVEfmt " || int(binary.LittleEndian.Uint32(wav[4:])) != len(wav)-8 ||
		int(binary.LittleEndian.Uint32(wav[40:])) != len(wav)-44 {
		t.Errorf("% x", wav[:44])
	}
}

func TestAPlayerNeverHoldsAScanUpAndPlaysTheNewest(t *testing.T) {
	played, block := make(chan []byte), make(chan struct{})
	p := newPlayer(1, func(_ context.Context, wav []byte) error { played <- wav; <-block; return nil })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go p.Run(ctx)
	p.Play(Done)
	<-played // and it is stuck
	for range 1000 {
		p.Play(Not)
	}
	p.Play(Look)
	close(block)
	select {
	case wav := <-played:
		if len(wav) != len(Look.WAV(1)) {
			t.Error("what came last is not what is played next")
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing more is played")
	}
}

func TestAMutedPlayerPlaysNothing(t *testing.T) {
	played := 0
	p := newPlayer(0, func(context.Context, []byte) error { played++; return nil })
	p.one(t.Context(), Done)
	if played != 0 {
		t.Error("a muted tone was played")
	}
	p.SetVolume(0.5)
	p.one(t.Context(), Done)
	p.one(t.Context(), "unknown")
	if played != 1 {
		t.Errorf("%d tones played, want 1", played)
	}
}
