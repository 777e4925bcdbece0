package sound

import (
	"encoding/binary"
	"math"
	"time"
)

// Rate is samples a second of the tones: 16 bits, one channel.
const Rate = 22050

// Tone is one of the counter's sounds, by the name that the screens use.
type Tone string

// The tones.
const (
	Done Tone = "done"
	Look Tone = "look"
	Not  Tone = "not"
	New  Tone = "new"
	Tick Tone = "tick"
)

// Tones lists them in the order in which settings let them be heard.
func Tones() []Tone { return []Tone{Done, Look, Not, New, Tick} }

// beep is a stretch of one pitch; hertz 0 is silence.
type beep struct {
	hertz float64
	long  time.Duration
}

// beeps of a tone. Source: the design's notes on the counter, 3.3.
func (t Tone) beeps() []beep {
	const ms = time.Millisecond
	switch t {
	case Done:
		return []beep{{880, 80 * ms}}
	case Look:
		return []beep{{660, 80 * ms}, {0, 60 * ms}, {660, 80 * ms}}
	case Not:
		return []beep{{220, 120 * ms}, {0, 60 * ms}, {220, 120 * ms}, {0, 60 * ms}, {220, 120 * ms}}
	case New:
		return []beep{{523, 120 * ms}, {0, 30 * ms}, {784, 160 * ms}}
	case Tick:
		return []beep{{1760, 15 * ms}}
	}
	return nil
}

// Samples returns the tone at a volume from 0 to 1. Each beep fades in and out over
// 4 ms: an edge would click.
func (t Tone) Samples(volume float64) []int16 {
	volume = min(max(volume, 0), 1)
	if t == Tick {
		volume *= 0.4
	}
	fade := Rate * 4 / 1000
	var out []int16
	for _, b := range t.beeps() {
		n := int(b.long * Rate / time.Second)
		for i := range n {
			at := 2 * math.Pi * b.hertz * float64(i) / Rate
			// A third of the octave above makes a low tone heard on small loudspeakers.
			wave := (math.Sin(at) + math.Sin(2*at)/3) / 1.34
			edge := min(1, float64(i)/float64(fade), float64(n-1-i)/float64(fade))
			out = append(out, int16(math.MaxInt16*volume*edge*wave))
		}
	}
	return out
}

// WAV returns the tone as a file of that format: 44 bytes of head, then samples.
// Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM,
// Microsoft, 1991).
func (t Tone) WAV(volume float64) []byte {
	samples := t.Samples(volume)
	long := uint32(2 * len(samples))
	out := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, 36+long)...)
	out = append(out, "WAVEfmt "...)
	out = binary.LittleEndian.AppendUint32(out, 16)
	out = binary.LittleEndian.AppendUint16(out, 1) // PCM
	out = binary.LittleEndian.AppendUint16(out, 1) // one channel
	out = binary.LittleEndian.AppendUint32(out, Rate)
	out = binary.LittleEndian.AppendUint32(out, Rate*2)
	out = binary.LittleEndian.AppendUint16(out, 2)
	out = binary.LittleEndian.AppendUint16(out, 16)
	out = append(out, "data"...)
	out = binary.LittleEndian.AppendUint32(out, long)
	for _, s := range samples {
		out = binary.LittleEndian.AppendUint16(out, uint16(s))
	}
	return out
}
