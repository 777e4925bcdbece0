package sound

import (
	"context"
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Flags of PlaySound: the sound is in memory, and no default sound if it fails.
const (
	sndMemory    = 0x4
	sndNoDefault = 0x2
)

// Playable says whether this computer plays sounds.
func Playable() bool { return true }

// playWAV plays from memory and returns when the tone is over.
// https://learn.microsoft.com/windows/win32/api/playsoundapi
func playWAV(_ context.Context, wav []byte) error {
	p := windows.NewLazySystemDLL("winmm.dll").NewProc("PlaySoundW")
	if err := p.Find(); err != nil {
		return err
	}
	if ok, _, _ := p.Call(uintptr(unsafe.Pointer(&wav[0])), 0, sndMemory|sndNoDefault); ok == 0 {
		return errors.New("PlaySound took nothing")
	}
	return nil
}
