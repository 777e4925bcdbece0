package syncproto

import (
	"bytes"
	"encoding/json"
	"testing"
)

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"v":1,"kind":"count","run":"r","wseq":1,"at":{"w":1,"h":[7,1],"a":0},"role":"clerk","body":{"a":"<&>"}}`))
	f.Add([]byte(`{"v":1,"kind":"k","run":"r","wseq":1,"after":{"run":"q","wseq":1,"hash":""},"at":{}}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := Decode(raw)
		if err != nil {
			return
		}
		// Written anew by this version an op still says the same.
		once, err := e.Encode(12 * MaxServerOp)
		if err != nil {
			t.Fatalf("read, but can't be written: %v", err)
		}
		back, err := Decode(once)
		if err != nil {
			t.Fatalf("written, but can't be read: %v: %s", err, once)
		}
		if twice, err := back.Encode(12 * MaxServerOp); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("got %s, want %s", twice, once)
		}
	})
}

func FuzzUnpack(f *testing.F) {
	p := packer(f)
	for _, frames := range [][][]byte{nil, {[]byte("a"), nil}, {bytes.Repeat([]byte("x"), 70_000)}} {
		packet, err := p.Pack(Push{V: 1, Ops: len(frames)}, frames)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packet)
	}
	f.Add([]byte("<html>sign in to the network</html>"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		var header json.RawMessage
		frames, err := p.Unpack(packet, &header)
		if err != nil {
			return
		}
		size := len(header)
		for _, frame := range frames {
			size += 4 + len(frame)
			_, _, _ = ReadRow(frame)
		}
		if size > MaxPacket || len(frames) >= MaxFrames {
			t.Errorf("%d bytes in %d frames passed", size, len(frames))
		}
		var again json.RawMessage
		packed, err := p.Pack(struct{}{}, frames)
		if err != nil {
			t.Fatalf("unpacked, but can't be packed: %v", err)
		}
		back, err := p.Unpack(packed, &again)
		if err != nil || len(back) != len(frames) {
			t.Fatalf("got %d frames, want %d: %v", len(back), len(frames), err)
		}
	})
}
