package syncproto_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// answerVector is a worked answer: a signed reply to a push of two ops, and what it
// proves of them.
type answerVector struct {
	Key     keys.Public       `json:"key"`
	Answer  syncproto.Answer  `json:"answer"`
	Body    string            `json:"body"` // base64url
	Ops     []string          `json:"ops"`
	Epoch   string            `json:"epoch"`
	Entries []json.RawMessage `json:"entries"`
}

func TestAnswersAreAsTheVectorSays(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors/answer.json")
	if err != nil {
		t.Fatal(err)
	}
	var v answerVector
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	a := v.Answer
	if a.Body, err = base64.RawURLEncoding.DecodeString(v.Body); err != nil {
		t.Fatal(err)
	}
	for _, op := range v.Ops {
		a.Raw = append(a.Raw, []byte(op))
	}
	epoch, entries := a.Entries(v.Key)
	if epoch != v.Epoch || len(entries) != len(v.Entries) {
		t.Fatalf("epoch %q, %d entries", epoch, len(entries))
	}
	for i, e := range entries {
		var want bytes.Buffer
		if err := json.Compact(&want, v.Entries[i]); err != nil {
			t.Fatal(err)
		}
		if line, err := json.Marshal(e); err != nil || string(line) != want.String() || string(e.Raw) != v.Ops[i] {
			t.Errorf("entry %d is %s with %q, %v", i, line, e.Raw, err)
		}
	}
	for name, change := range map[string]struct {
		left int
		f    func(*syncproto.Answer)
	}{
		"nonce":         {0, func(a *syncproto.Answer) { a.Nonce = "x" }},
		"body":          {0, func(a *syncproto.Answer) { a.Body = a.Body[1:] }},
		"the last op":   {0, func(a *syncproto.Answer) { a.Raw = a.Raw[:1] }},
		"the op before": {1, func(a *syncproto.Answer) { a.Raw = [][]byte{[]byte("other"), a.Raw[1]} }},
		"none before":   {1, func(a *syncproto.Answer) { a.Raw = a.Raw[1:] }},
	} {
		other := a
		change.f(&other)
		if _, got := other.Entries(v.Key); len(got) != change.left {
			t.Errorf("with another %s it proves %d entries", name, len(got))
		}
	}
}
