package syncproto

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
)

func aCarry(t testing.TB) (file []byte, packets [][]byte) {
	t.Helper()
	packets = [][]byte{[]byte("first packet"), []byte("second"), {}}
	file, err := EncodeCarry(Carry{District: "seocho", Device: "pc1", Made: 7, Packets: len(packets), Ops: 3}, packets)
	if err != nil {
		t.Fatal(err)
	}
	return file, packets
}

func TestVectorsOfCarriedFiles(t *testing.T) {
	type vector struct {
		Header  Carry    `json:"header"`
		Packets []string `json:"packets"` // base64url; in a real file each is the body of a push
		File    string   `json:"file"`    // base64url
	}
	file, packets := aCarry(t)
	b64 := base64.RawURLEncoding
	v := vector{Header: Carry{V: 1, District: "seocho", Device: "pc1", Made: 7, Packets: 3, Ops: 3}, File: b64.EncodeToString(file)}
	for _, p := range packets {
		v.Packets = append(v.Packets, b64.EncodeToString(p))
	}
	vectors(t, "carry", &v)
	if v.File != b64.EncodeToString(file) {
		t.Errorf("written: got %s, want %s", b64.EncodeToString(file), v.File)
	}
	raw, err := b64.DecodeString(v.File)
	if err != nil {
		t.Fatal(err)
	}
	head, got, err := ReadCarry(bytes.NewReader(raw))
	if err != nil || head != v.Header || len(got) != len(v.Packets) {
		t.Fatalf("read: %+v, %d packets, %v", head, len(got), err)
	}
	for i, p := range got {
		if b64.EncodeToString(p) != v.Packets[i] {
			t.Errorf("packet %d: got %q", i, p)
		}
	}
}

func TestADamagedCarriedFileGivesOnlyWhatIsWholeAndNeverSomethingElse(t *testing.T) {
	file, packets := aCarry(t)
	check := func(what string, at int, damaged []byte) {
		head, got, err := ReadCarry(bytes.NewReader(damaged))
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid && fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("%s at %d: %v", what, at, err)
			}
			return
		}
		if head.Packets != len(packets) || len(got) == len(packets) {
			t.Errorf("%s at %d: %d of %d packets", what, at, len(got), head.Packets)
		}
		for _, p := range got {
			if !slices.ContainsFunc(packets, func(q []byte) bool { return bytes.Equal(p, q) }) {
				t.Errorf("%s at %d: made up %q", what, at, p)
			}
		}
	}
	for i := range file {
		flipped := bytes.Clone(file)
		flipped[i] ^= 1
		check("a flipped bit", i, flipped)
		check("a cut", i, file[:i])
	}
	_, got, err := ReadCarry(bytes.NewReader(append(file[:len(file)-carryFrame:len(file)-carryFrame], file[len(file)-carryFrame-1])))
	if err != nil || len(got) != 2 {
		t.Errorf("a cut last packet: %d packets, %v", len(got), err)
	}
}

func TestACarriedFileIsAtMost64MiB(t *testing.T) {
	one, err := EncodeCarry(Carry{Packets: 1}, [][]byte{{}})
	if err != nil {
		t.Fatal(err)
	}
	room := MaxCarry - len(one)
	for _, c := range []struct {
		size int
		ok   bool
	}{{room - 1, true}, {room, true}, {room + 1, false}} {
		file, err := EncodeCarry(Carry{Packets: 1}, [][]byte{make([]byte, c.size)})
		if (err == nil) != c.ok || !c.ok && fault.CodeOf(err) != fault.Limited {
			t.Errorf("%d bytes more: %d, %v", c.size-room, len(file), err)
		}
	}
	if _, _, err := ReadCarry(io.LimitReader(zeros{}, MaxCarry+1)); fault.CodeOf(err) != fault.Limited {
		t.Errorf("a larger file: %v", err)
	}
	if _, _, err := ReadCarry(broken{}); err == nil {
		t.Error("a file that can't be read gave no error")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken") }
