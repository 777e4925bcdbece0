package sound

import (
	"context"
	"sync"
)

// Player plays tones in the background. A computer without a loudspeaker makes it
// silent, and nothing else: no act waits for a sound.
type Player struct {
	ask  chan Tone
	play func(ctx context.Context, wav []byte) error

	mu     sync.Mutex // protects volume and wavs
	volume float64
	wavs   map[Tone][]byte
}

// NewPlayer returns a player that plays while Run runs, at a volume from 0 to 1.
// Made once, so that a scan only hands a name over.
func NewPlayer(volume float64) *Player { return newPlayer(volume, playWAV) }

func newPlayer(volume float64, play func(context.Context, []byte) error) *Player {
	p := &Player{ask: make(chan Tone, 1), play: play}
	p.SetVolume(volume)
	return p
}

// SetVolume sets the volume from 0 (silent) to 1.
func (p *Player) SetVolume(volume float64) {
	wavs := map[Tone][]byte{}
	for _, t := range Tones() {
		wavs[t] = t.WAV(volume)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.volume, p.wavs = volume, wavs
}

// Play plays a tone soon and returns at once. One that still waits is replaced: the
// newest scan is the one that the clerk is waiting for.
func (p *Player) Play(t Tone) {
	for {
		select {
		case p.ask <- t:
			return
		default:
		}
		select {
		case <-p.ask:
		default:
		}
	}
}

// Run plays until ctx ends.
func (p *Player) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-p.ask:
			p.one(ctx, t)
		}
	}
}

func (p *Player) one(ctx context.Context, t Tone) {
	p.mu.Lock()
	wav, silent := p.wavs[t], p.volume <= 0
	p.mu.Unlock()
	if len(wav) > 0 && !silent {
		_ = p.play(ctx, wav) // a counter without a loudspeaker works on
	}
}
