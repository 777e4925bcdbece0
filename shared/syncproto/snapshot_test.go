package syncproto

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
)

func TestVectorsOfEnrolmentCodes(t *testing.T) {
	type vector struct {
		Typed string `json:"typed"`
		Hash  string `json:"hash"` // "" if it is no code
	}
	vs := []vector{}
	for _, typed := range []string{"7K3M-Q2ZX-0F1A", "7k3mq2zxof1a", " 7K3M Q2ZX OFLA ", "7K3M-Q2ZX-0F1A-AAAA-BBBB-CCCC-DDDD", "7K3M-Q2ZX", "7K3M-Q2ZX-0F1U", ""} {
		hash, _ := CodeHash(typed)
		vs = append(vs, vector{typed, hash})
	}
	vectors(t, "code", &vs)
	for _, v := range vs {
		if hash, ok := CodeHash(v.Typed); hash != v.Hash || ok != (v.Hash != "") {
			t.Errorf("%q: %s %v, want %s", v.Typed, hash, ok, v.Hash)
		}
	}
}

// snapshotVector is a snapshot of three rows in two pieces.
type snapshotVector struct {
	Manifest json.RawMessage `json:"manifest"`
	Frames   [][]string      `json:"frames"` // rows of each piece
	Bytes    string          `json:"bytes"`  // of all pieces, base64url
}

func TestVectorsOfSnapshots(t *testing.T) {
	v := makeSnapshotVector(t)
	vectors(t, "snapshot", &v)
	var m Snapshot
	if err := json.Unmarshal(v.Manifest, &m); err != nil || m.Check() != nil {
		t.Fatalf("manifest: %v, %v", err, m.Check())
	}
	again, err := json.Marshal(m)
	var compact bytes.Buffer
	if err != nil || json.Compact(&compact, v.Manifest) != nil || !bytes.Equal(again, compact.Bytes()) {
		t.Errorf("written again the manifest is %s, want %s", again, compact.Bytes())
	}
	all, err := base64.RawURLEncoding.DecodeString(v.Bytes)
	if err != nil || HashOf(all) != m.SHA256 || int64(len(all)) != m.Size {
		t.Fatalf("the bytes are not the manifest's: %v", err)
	}
	var sum Digest
	for n := range m.Pieces {
		from, to := m.Span(n)
		frames, err := m.ReadPiece(packer(t), n, all[from:to])
		if err != nil {
			t.Fatal(err)
		}
		if want := bytesOf(v.Frames[n]); !slices.EqualFunc(frames, want, bytes.Equal) {
			t.Errorf("piece %d: %q, want %q", n, frames, want)
		}
		for _, f := range frames {
			name, raw, err := ReadRow(f)
			if err != nil {
				t.Fatal(err)
			}
			sum.Add(payback.Table(name.Table), name.ID, raw)
			if back, err := AppendRow(nil, name, raw); err != nil || !bytes.Equal(back, f) {
				t.Errorf("a row written again is %q, want %q", back, f)
			}
		}
	}
	if sum != m.Digest {
		t.Errorf("digest %s, want %s", sum, m.Digest)
	}
	// The whole is a zstd stream of its own: the frames of both packets.
	plain, err := packer(t).dec.DecodeAll(all, nil)
	if frames, err2 := splitFrames(plain); err != nil || err2 != nil || len(frames) != m.Rows+len(m.Pieces) {
		t.Errorf("read as one stream: %d frames, %v %v", len(frames), err, err2)
	}
}

func makeSnapshotVector(t *testing.T) (v snapshotVector) {
	t.Helper()
	m := Snapshot{V: 1, Epoch: "e1", Bucket: payback.BucketCatalogue, Position: 7, Chain: HashOf([]byte("chain"))}
	var all []byte
	for n, rows := range [][]string{{`{"isbn":"9788937473135","name":"82년생 김지영","price":13000}`, `{"isbn":"9791161571188","name":"불편한 편의점"}`}, {`{"id":"111136","name":"반포도서관"}`}} {
		var frames [][]byte
		var texts []string
		for i, raw := range rows {
			name := RowName{Table: "title", ID: []string{"9788937473135", "9791161571188"}[i], Position: uint64(5 + n + i)}
			if n == 1 {
				name.Table, name.ID = "library", "111136"
			}
			f, err := AppendRow(nil, name, []byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			m.Digest.Add(payback.Table(name.Table), name.ID, []byte(raw))
			frames, texts = append(frames, f), append(texts, string(f))
		}
		packed, err := packer(t).Pack(PieceHead{V: 1, Piece: n}, frames)
		if err != nil {
			t.Fatal(err)
		}
		m.Pieces = append(m.Pieces, SnapshotChunk{Size: int64(len(packed)), Rows: len(rows), SHA256: HashOf(packed)})
		m.Rows += len(rows)
		all, v.Frames = append(all, packed...), append(v.Frames, texts)
	}
	m.Size, m.SHA256 = int64(len(all)), HashOf(all)
	m.ID = m.SHA256.String()
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	v.Manifest, v.Bytes = raw, base64.RawURLEncoding.EncodeToString(all)
	return v
}

func TestByteRangesAreReadAsSaidAndBounded(t *testing.T) {
	const size = 3 << 20
	for _, x := range []struct {
		header   string
		from, to int64
		ok       bool
	}{
		{"", 0, MaxSnapshotRange, true},
		{"bytes=0-0", 0, 1, true},
		{"bytes=5-", 5, 5 + MaxSnapshotRange, true},
		{ByteRange(7, 7+MaxSnapshotRange), 7, 7 + MaxSnapshotRange, true},
		{ByteRange(7, 8+MaxSnapshotRange), 7, 7 + MaxSnapshotRange, true},
		{ByteRange(size-1, size), size - 1, size, true},
		{ByteRange(size-1, size+5), size - 1, size, true},
		{ByteRange(size, size+1), 0, 0, false},
		{"bytes=-5", 0, 0, false},
		{"bytes=9-8", 0, 0, false},
		{"items=0-1", 0, 0, false},
		{"bytes=0-1,4-5", 0, 0, false},
	} {
		from, to, err := ParseByteRange(x.header, size)
		if (err == nil) != x.ok || err == nil && (from != x.from || to != x.to) {
			t.Errorf("%q: [%d,%d) %v, want [%d,%d)", x.header, from, to, err, x.from, x.to)
		}
	}
}

func TestAManifestThatContradictsItselfIsRefused(t *testing.T) {
	v := makeSnapshotVector(t)
	for name, spoil := range map[string]func(*Snapshot){
		"size":     func(m *Snapshot) { m.Size++ },
		"rows":     func(m *Snapshot) { m.Rows-- },
		"position": func(m *Snapshot) { m.Position = 0 },
		"id":       func(m *Snapshot) { m.ID = "" },
		"pieces":   func(m *Snapshot) { m.Pieces = nil },
		"negative": func(m *Snapshot) { m.Pieces[0].Size, m.Pieces[1].Size = -1, m.Size+1 },
		"empty":    func(m *Snapshot) { m.Pieces[0].Rows, m.Pieces[1].Rows = 0, m.Rows },
	} {
		var m Snapshot
		if err := json.Unmarshal(v.Manifest, &m); err != nil || m.Check() != nil {
			t.Fatal(err, m.Check())
		}
		if spoil(&m); m.Check() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A piece is proven by its hash before anything in it is looked at.
func TestAPieceThatIsNotTheManifestsIsRefused(t *testing.T) {
	v := makeSnapshotVector(t)
	var m Snapshot
	all, err := base64.RawURLEncoding.DecodeString(v.Bytes)
	if err != nil || json.Unmarshal(v.Manifest, &m) != nil {
		t.Fatal(err)
	}
	from, to := m.Span(1)
	for name, packed := range map[string][]byte{"another": all[:from], "cut": all[from : to-1], "none": nil} {
		if _, err := m.ReadPiece(packer(t), 1, packed); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := m.ReadPiece(packer(t), 2, nil); err == nil {
		t.Error("a piece beyond the last was taken")
	}
}
