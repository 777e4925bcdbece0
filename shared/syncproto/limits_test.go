package syncproto

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// opOf returns the op whose bytes are size long.
func opOf(t testing.TB, size int) Envelope {
	t.Helper()
	e := Envelope{Kind: payback.KCount, Run: "r", Wseq: 1, Role: payback.RoleClerk, Body: json.RawMessage(`""`)}
	raw, err := e.Encode(MaxServerOp)
	if err != nil {
		t.Fatal(err)
	}
	e.Body = json.RawMessage(`"` + strings.Repeat("x", size-len(raw)) + `"`)
	return e
}

func TestAnOpHasAtMostItsLimit(t *testing.T) {
	for _, limit := range []int{MaxOp, MaxServerOp} {
		for size, want := range map[int]fault.Code{limit - 1: "", limit: "", limit + 1: fault.Limited} {
			raw, err := opOf(t, size).Encode(limit)
			if fault.CodeOf(err) != want || err == nil && len(raw) != size {
				t.Errorf("%d bytes: got %v, want %q", size, err, want)
			}
		}
	}
	for size, want := range map[int]fault.Code{MaxServerOp - 1: "", MaxServerOp: "", MaxServerOp + 1: fault.Limited} {
		raw, err := opOf(t, size).Encode(size)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(raw); fault.CodeOf(err) != want {
			t.Errorf("%d bytes decoded: got %v, want %q", size, err, want)
		}
	}
}

func TestAPacketHasAtMostItsLimit(t *testing.T) {
	p := packer(t)
	header := []byte(`{}`)
	for size, want := range map[int]fault.Code{MaxPacket - 1: "", MaxPacket: "", MaxPacket + 1: fault.Limited} {
		frame := make([]byte, size-4-len(header)-4)
		packet, err := p.Pack(json.RawMessage(header), [][]byte{frame})
		if fault.CodeOf(err) != want {
			t.Errorf("pack %d bytes: got %v, want %q", size, err, want)
		}
		if err != nil {
			packet = p.enc.EncodeAll(appendFrame(appendFrame(nil, header), frame), nil)
		}
		if _, err := p.Unpack(packet, new(json.RawMessage)); fault.CodeOf(err) != want {
			t.Errorf("unpack %d bytes: got %v, want %q", size, err, want)
		}
	}
}

func TestAPacketHasAtMostItsFrames(t *testing.T) {
	p := packer(t)
	for n, want := range map[int]fault.Code{MaxFrames - 1: "", MaxFrames: "", MaxFrames + 1: fault.Limited} {
		frames := make([][]byte, n-1) // the header is one, too
		packet, err := p.Pack(struct{}{}, frames)
		if fault.CodeOf(err) != want {
			t.Errorf("pack %d frames: got %v, want %q", n, err, want)
		}
		wantUnpacked := want
		if err != nil {
			plain := appendFrame(nil, []byte(`{}`))
			packet, wantUnpacked = p.enc.EncodeAll(append(plain, make([]byte, 4*len(frames))...), nil), fault.Invalid
		}
		got, err := p.Unpack(packet, &struct{}{})
		if fault.CodeOf(err) != wantUnpacked || err == nil && len(got) != n-1 {
			t.Errorf("unpack %d frames: got %d, %v", n, len(got), err)
		}
	}
}

func TestABombIsRefusedBeforeItIsUnpacked(t *testing.T) {
	p := packer(t)
	bomb := p.enc.EncodeAll(make([]byte, 64<<20), nil)
	if _, err := p.Unpack(bomb, new(json.RawMessage)); fault.CodeOf(err) != fault.Limited {
		t.Errorf("got %v, want limited", err)
	}
}

func TestWhatEveryOpMustHave(t *testing.T) {
	h := HashOf([]byte("x")).String()
	for raw, want := range map[string]bool{
		`{"v":1,"kind":"count","run":"r","wseq":1}`:                                       true,
		`{"v":9,"kind":"new","run":"r","wseq":1,"later":true}`:                            true,
		`{"v":1,"kind":"count","run":"r","wseq":2,"prev":"` + h + `"}`:                    true,
		`{"v":1,"kind":"count","run":"r","wseq":1,"after":{"run":"q","wseq":1}}`:          true,
		`{"v":0,"kind":"count","run":"r","wseq":1}`:                                       false,
		`{"v":1,"run":"r","wseq":1}`:                                                      false,
		`{"v":1,"kind":"count","wseq":1}`:                                                 false,
		`{"v":1,"kind":"count","run":"r"}`:                                                false,
		`{"v":1,"kind":"count","run":"r","wseq":-1}`:                                      false,
		`{"v":1,"kind":"count","run":"r","wseq":2}`:                                       false,
		`{"v":1,"kind":"count","run":"r","wseq":1,"prev":"` + h + `"}`:                    false,
		`{"v":1,"kind":"count","run":"r","wseq":2,"prev":"x"}`:                            false,
		`{"v":1,"kind":"count","run":"r","wseq":2,"prev":"` + h + `","after":{"run":""}}`: false,
		`[1]`: false,
		``:    false,
	} {
		if _, err := Decode([]byte(raw)); (err == nil) != want {
			t.Errorf("%s: got %v", raw, err)
		}
	}
	for n, want := range map[int]bool{payback.MaxID - 1: true, payback.MaxID: true, payback.MaxID + 1: false} {
		long := strings.Repeat("x", n)
		for _, e := range []Envelope{
			{Kind: payback.Kind(long), Run: "r", Wseq: 1, Body: json.RawMessage(`1`)},
			{Kind: "k", Run: payback.RunID(long), Wseq: 1, Body: json.RawMessage(`1`)},
			{Kind: "k", Run: "r", Wseq: 1, By: long, Body: json.RawMessage(`1`)},
		} {
			raw, err := e.Encode(MaxOp)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Decode(raw); (err == nil) != want {
				t.Errorf("ids of %d bytes: %v", n, err)
			}
		}
	}
}

func TestARowsFrameSaysWhenTheRowHasLeft(t *testing.T) {
	name := RowName{Bucket: 1, Table: "stock", ID: "a\nb", Position: 7}
	for _, raw := range [][]byte{nil, []byte(`{"n":1}`), []byte("a\nb")} {
		frame, err := AppendRow(nil, name, raw)
		if err != nil {
			t.Fatal(err)
		}
		got, back, err := ReadRow(frame)
		if err != nil || got != name || !bytes.Equal(back, raw) || (back == nil) != (raw == nil) {
			t.Errorf("got %+v %q, %v", got, back, err)
		}
	}
	for _, bad := range []string{"", "{}", "{}\n", `{"t":"stock"}` + "\n{}", "x\n"} {
		if _, _, err := ReadRow([]byte(bad)); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

func TestHashesAndDigestsHaveOneSpelling(t *testing.T) {
	good := HashOf([]byte("x")).String()
	for _, bad := range []string{good[:42], good + "A", good + "=", good[:20] + "\n" + good[20:], good[:42] + "_"} {
		var h Hash
		var d Digest
		if err := h.UnmarshalText([]byte(bad)); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("hash %q: got %v", bad, err)
		}
		if err := d.UnmarshalText([]byte(bad)); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("digest %q: got %v", bad, err)
		}
	}
}
