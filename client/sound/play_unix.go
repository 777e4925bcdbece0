//go:build unix

package sound

import (
	"bytes"
	"context"
	"os/exec"
	"time"
)

// players are the programs that play a WAV from their input: PulseAudio's, ALSA's,
// PipeWire's. The first that is installed is used.
var players = [][]string{{"paplay", "--client-name=BookPayback"}, {"aplay", "-q", "-"}, {"pw-cat", "-p", "-"}}

// Playable says whether this computer has a program that plays sounds.
func Playable() bool {
	for _, p := range players {
		if _, err := exec.LookPath(p[0]); err == nil {
			return true
		}
	}
	return false
}

const longest = 2 * time.Second

func playWAV(ctx context.Context, wav []byte) (err error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	err = exec.ErrNotFound
	for _, p := range players {
		path, missing := exec.LookPath(p[0])
		if missing != nil {
			continue
		}
		c := exec.CommandContext(ctx, path, p[1:]...)
		c.Stdin = bytes.NewReader(wav)
		if err = c.Run(); err == nil {
			return nil
		}
	}
	return err
}
