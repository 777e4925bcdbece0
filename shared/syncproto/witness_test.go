package syncproto_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// witnessVector is a worked section: the entries, the bytes, and the signature.
type witnessVector struct {
	Key     keys.Public       `json:"key"`
	Section syncproto.Section `json:"section"`
	Bytes   string            `json:"bytes"` // base64url
	Ops     []string          `json:"ops"`   // the entries' bytes, "" where they are left out
}

func TestSectionsOfWitnessesAreAsTheVectorSays(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors/witness.json")
	if err != nil {
		t.Fatal(err)
	}
	var v witnessVector
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	s := v.Section
	if s.Bytes, err = base64.RawURLEncoding.DecodeString(v.Bytes); err != nil {
		t.Fatal(err)
	}
	if !s.Verify(v.Key) {
		t.Error("the signature does not verify")
	}
	entries, err := syncproto.Entries(s.Bytes)
	if err != nil || len(entries) != len(v.Ops) {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	var again []byte
	for i, e := range entries {
		if string(e.Raw) != v.Ops[i] {
			t.Errorf("entry %d has the bytes %q", i, e.Raw)
		}
		if again, err = syncproto.AppendEntry(again, e); err != nil {
			t.Fatal(err)
		}
	}
	if string(again) != string(s.Bytes) {
		t.Error("written again the section differs")
	}
	for name, change := range map[string]func(*syncproto.Section){
		"epoch": func(s *syncproto.Section) { s.Epoch += "x" }, "bucket": func(s *syncproto.Section) { s.Bucket = "cat" },
		"from": func(s *syncproto.Section) { s.From++ }, "to": func(s *syncproto.Section) { s.To++ },
		"bytes": func(s *syncproto.Section) { s.Bytes = s.Bytes[1:] },
	} {
		other := s
		if change(&other); other.Verify(v.Key) {
			t.Errorf("with another %s it verifies", name)
		}
	}
}
