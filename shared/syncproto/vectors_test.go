package syncproto

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

// update rewrites the worked examples. What is in them is the protocol: a change
// of an existing one is a new version.
var update = flag.Bool("update", false, "rewrite testdata/vectors")

// vectors reads testdata/vectors/name.json into into, or writes it there.
func vectors(t *testing.T, name string, into any) {
	t.Helper()
	path := filepath.Join("testdata", "vectors", name+".json")
	if *update {
		data, err := json.MarshalIndent(into, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// seedKey is the key whose Ed25519 seed is 32 times b.
func seedKey(t *testing.T, b byte) keys.Key {
	t.Helper()
	k, err := keys.Generate(bytes.NewReader(bytes.Repeat([]byte{b}, keys.SecretSize)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestVectorsOfHashes(t *testing.T) {
	type vector struct {
		Bytes string `json:"bytes"`
		Hash  string `json:"hash"`
	}
	vs := []vector{}
	for _, b := range []string{"", "{}", `{"v":1,"kind":"count"}`, "책"} {
		vs = append(vs, vector{b, HashOf([]byte(b)).String()})
	}
	vectors(t, "hash", &vs)
	for _, v := range vs {
		h := HashOf([]byte(v.Bytes))
		if h.String() != v.Hash {
			t.Errorf("hash of %q: got %s, want %s", v.Bytes, h, v.Hash)
		}
		var back Hash
		if err := back.UnmarshalText([]byte(v.Hash)); err != nil || back != h {
			t.Errorf("%s read as %s, %v", v.Hash, back, err)
		}
	}
}

func TestVectorsOfTips(t *testing.T) {
	type vector struct {
		Seed   byte        `json:"seed"` // the key's seed is this byte, 32 times
		Public keys.Public `json:"public"`
		Tip    Tip         `json:"tip"`
	}
	vs := []vector{}
	for seed, wseq := range []uint64{1, 7, 1 << 40} {
		k := seedKey(t, byte(seed))
		vs = append(vs, vector{byte(seed), k.Public(), SignTip(k, "0192f0aa-1111-7000-8000-000000000001", wseq, HashOf([]byte("op")))})
	}
	vectors(t, "tip", &vs)
	for _, v := range vs {
		k := seedKey(t, v.Seed)
		if k.Public() != v.Public || !v.Tip.Verify(v.Public) {
			t.Errorf("seed %d: the tip does not verify", v.Seed)
		}
		if got := SignTip(k, v.Tip.Run, v.Tip.Wseq, v.Tip.Hash); got != v.Tip {
			t.Errorf("seed %d: got %+v, want %+v", v.Seed, got, v.Tip)
		}
		longer := v.Tip
		longer.Wseq++
		if longer.Verify(v.Public) {
			t.Error("a tip with another number verifies")
		}
	}
}

func TestVectorsOfSignatures(t *testing.T) {
	type vector struct {
		Seed   byte             `json:"seed"`
		Public keys.Public      `json:"public"`
		Method string           `json:"method,omitempty"` // request
		Status int              `json:"status,omitempty"` // reply
		Path   string           `json:"path"`
		Device payback.DeviceID `json:"device,omitempty"`
		Nonce  string           `json:"nonce"`
		Body   string           `json:"body"`
		Sig    Signature        `json:"signature"`
	}
	sign := func(v vector) Signature {
		if v.Method != "" {
			return SignRequest(seedKey(t, v.Seed), v.Method, v.Path, v.Device, v.Nonce, []byte(v.Body))
		}
		return SignReply(seedKey(t, v.Seed), v.Status, v.Path, v.Nonce, []byte(v.Body))
	}
	verify := func(v vector) bool {
		if v.Method != "" {
			return VerifyRequest(v.Public, v.Method, v.Path, v.Device, v.Nonce, []byte(v.Body), v.Sig)
		}
		return VerifyReply(v.Public, v.Status, v.Path, v.Nonce, []byte(v.Body), v.Sig)
	}
	vs := []vector{
		{Seed: 1, Method: "POST", Path: "/v1/pull", Device: "d1", Nonce: "AAAAAAAAAAAAAAAAAAAAAA", Body: `{"v":1}`},
		{Seed: 1, Method: "GET", Path: "/v1/poke?x=1", Device: "d1", Nonce: "AAAAAAAAAAAAAAAAAAAAAQ"},
		{Seed: 2, Status: 200, Path: "/v1/pull", Nonce: "AAAAAAAAAAAAAAAAAAAAAA", Body: "packet"},
		{Seed: 2, Status: 401, Path: "/v1/push", Nonce: "", Body: `{"code":"unauthorized","key":"sync.device_unknown"}`},
	}
	for i := range vs {
		vs[i].Public = seedKey(t, vs[i].Seed).Public()
		vs[i].Sig = sign(vs[i])
	}
	vectors(t, "signature", &vs)
	for _, v := range vs {
		if !verify(v) || sign(v) != v.Sig {
			t.Errorf("%s %d %s: the signature differs", v.Method, v.Status, v.Path)
		}
		for name, change := range map[string]func(*vector){
			"body": func(v *vector) { v.Body += " " }, "path": func(v *vector) { v.Path += "/" },
			"nonce": func(v *vector) { v.Nonce += "A" }, "key": func(v *vector) { v.Public = seedKey(t, 9).Public() },
			"signature": func(v *vector) { v.Sig = "" },
		} {
			if w := v; func() bool { change(&w); return verify(w) }() {
				t.Errorf("%s: verifies with another %s", v.Path, name)
			}
		}
	}
}

func TestVectorsOfDigests(t *testing.T) {
	type row struct {
		Table payback.Table `json:"table"`
		ID    string        `json:"id"`
		Bytes string        `json:"bytes"`
	}
	type vector struct {
		Rows   []row  `json:"rows"`
		Digest Digest `json:"digest"`
	}
	sum := func(rows []row) (d Digest) {
		for _, r := range rows {
			d.Add(r.Table, r.ID, []byte(r.Bytes))
		}
		return d
	}
	a, b := row{payback.TStock, "s01/9788937473135", `{"n":2}`}, row{payback.TRequest, "r1", `{"id":"r1"}`}
	vs := []vector{{nil, sum(nil)}, {[]row{a}, sum([]row{a})}, {[]row{a, b}, sum([]row{a, b})}}
	vectors(t, "digest", &vs)
	for _, v := range vs {
		if got := sum(v.Rows); got != v.Digest {
			t.Errorf("%d rows: got %s, want %s", len(v.Rows), got, v.Digest)
		}
		back := v.Digest
		for _, r := range v.Rows {
			back.Sub(r.Table, r.ID, []byte(r.Bytes))
		}
		if back != (Digest{}) {
			t.Errorf("%d rows taken away leave %s", len(v.Rows), back)
		}
	}
}

func TestVectorsOfChains(t *testing.T) {
	type vector struct {
		Before   Hash   `json:"before"`
		Position uint64 `json:"position"`
		Op       Hash   `json:"op"`
		Next     Hash   `json:"next"`
	}
	first := ChainNext(Hash{}, 1, HashOf([]byte("a")))
	vs := []vector{{Hash{}, 1, HashOf([]byte("a")), first}, {first, 9, HashOf([]byte("b")), ChainNext(first, 9, HashOf([]byte("b")))}}
	vectors(t, "chain", &vs)
	for _, v := range vs {
		if got := ChainNext(v.Before, v.Position, v.Op); got != v.Next {
			t.Errorf("position %d: got %s, want %s", v.Position, got, v.Next)
		}
	}
}

func TestVectorsOfOps(t *testing.T) {
	type vector struct {
		Bytes string   `json:"bytes"`
		Hash  Hash     `json:"hash"`
		Op    Envelope `json:"op"`
	}
	vs := []vector{}
	for _, e := range []Envelope{
		{Kind: payback.KCount, Run: "r1", Wseq: 1, At: stamp.Evidence{Wall: 1767225600000, OffsetAge: stamp.NeverMeasured}, Role: payback.RoleClerk, By: "c1", Body: json.RawMessage(`{"isbn":"9788937473135"}`)},
		{Kind: payback.KCount, Run: "r2", Wseq: 1, After: &After{"r1", 1, HashOf(nil)}, At: stamp.Evidence{Wall: 1767225600001, Mono: 5, Boot: "b", Offset: -3, RTT: 20, HLC: stamp.HLC{Ms: 7, Count: 1}}, Role: payback.RoleOwner, Body: json.RawMessage(`{}`)},
		{Kind: "newer_kind", Run: "r2", Wseq: 2, Prev: HashOf([]byte("x")), At: stamp.Evidence{OffsetAge: stamp.NeverMeasured}, Role: payback.RoleClerk, Body: json.RawMessage(`{"책":1}`)},
	} {
		raw, err := e.Encode(MaxOp)
		if err != nil {
			t.Fatal(err)
		}
		e.V = Version
		vs = append(vs, vector{string(raw), HashOf(raw), e})
	}
	vectors(t, "op", &vs)
	for _, v := range vs {
		got, err := Decode([]byte(v.Bytes))
		if err != nil {
			t.Fatalf("%s: %v", v.Bytes, err)
		}
		raw, err := got.Encode(MaxOp)
		if err != nil || string(raw) != v.Bytes || HashOf(raw) != v.Hash {
			t.Errorf("got %s, want %s", raw, v.Bytes)
		}
		if again, err := v.Op.Encode(MaxOp); err != nil || string(again) != v.Bytes {
			t.Errorf("from its fields: got %s, want %s (%v)", again, v.Bytes, err)
		}
	}
}

func TestVectorsOfPackets(t *testing.T) {
	type vector struct {
		Header json.RawMessage `json:"header"`
		Frames []string        `json:"frames"`
		Plain  string          `json:"plain"`  // base64url of the frames with their lengths
		Packet string          `json:"packet"` // base64url; another zstd encoder may write other bytes
	}
	b64 := base64.RawURLEncoding
	p := packer(t)
	plainOf := func(packet []byte) string {
		d, err := zstd.NewReader(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		plain, err := d.DecodeAll(packet, nil)
		if err != nil {
			t.Fatal(err)
		}
		return b64.EncodeToString(plain)
	}
	vs := []vector{{Header: json.RawMessage(`{"v":1}`)}, {Header: json.RawMessage(`{"v":1,"ops":2}`), Frames: []string{`{"v":1}`, ""}}}
	for i, v := range vs {
		packet, err := p.Pack(v.Header, bytesOf(v.Frames))
		if err != nil {
			t.Fatal(err)
		}
		vs[i].Plain, vs[i].Packet = plainOf(packet), b64.EncodeToString(packet)
	}
	vectors(t, "packet", &vs)
	for _, v := range vs {
		packet, err := b64.DecodeString(v.Packet)
		if err != nil {
			t.Fatal(err)
		}
		var header json.RawMessage
		frames, err := p.Unpack(packet, &header)
		if err != nil || len(frames) != len(v.Frames) {
			t.Fatalf("got %d frames, %v", len(frames), err)
		}
		for i, f := range frames {
			if string(f) != v.Frames[i] {
				t.Errorf("frame %d: got %q, want %q", i, f, v.Frames[i])
			}
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, v.Header); err != nil {
			t.Fatal(err)
		}
		again, err := p.Pack(json.RawMessage(compact.Bytes()), frames)
		if err != nil || plainOf(again) != v.Plain || !bytes.Equal(header, compact.Bytes()) {
			t.Errorf("packed anew: got %s, want %s (%v)", plainOf(again), v.Plain, err)
		}
	}
}

func packer(t testing.TB) *Packer {
	t.Helper()
	p, err := NewPacker()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func bytesOf(texts []string) [][]byte {
	var out [][]byte
	for _, s := range texts {
		out = append(out, []byte(s))
	}
	return out
}
