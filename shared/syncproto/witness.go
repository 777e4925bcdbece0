package syncproto

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Limits of witnesses.
const (
	MaxSection      = 512 << 10 // bytes of a section before packing, unless its one op is larger
	MaxWitnessCat   = 16 << 10  // bytes of an op that is in the catalogue's sections
	MaxSections     = 200       // sections of one refill
	MaxAnswers      = 50        // answers of one refill
	MaxRefillBytes  = 2 << 20   // what one refill carries, about, before packing
	MaxRefillEpochs = 20        // ended histories that hello tells of
)

// Entry is what the server made of one op: the line before its bytes in a section.
type Entry struct {
	Position uint64             `json:"p"`
	Final    uint64             `json:"f,omitempty"` // where a held op got its last verdict
	Run      payback.RunID      `json:"run"`
	Wseq     uint64             `json:"n"`
	Hash     Hash               `json:"h,omitzero"` // of the bytes, where they are not here
	Lo       int64              `json:"lo"`         // when it was done, UTC ms
	Hi       int64              `json:"hi"`
	Received int64              `json:"at"`
	Device   payback.DeviceID   `json:"d,omitempty"` // none: the server's own
	Store    payback.StoreID    `json:"s,omitempty"`
	Card     payback.ResidentID `json:"card,omitempty"` // whose card was attached: a pseudonym
	Verdict  payback.Verdict    `json:"v"`
	Reason   payback.Reason     `json:"r,omitzero"`
	Winner   payback.OpRef      `json:"w,omitzero"`
	Case     payback.CaseID     `json:"c,omitempty"`
	Raw      []byte             `json:"-"`
}

// OpHash is the hash of the op's bytes, which may be elsewhere.
func (e Entry) OpHash() Hash {
	if e.Raw != nil {
		return HashOf(e.Raw)
	}
	return e.Hash
}

// Section is a stretch of what the server did to one bucket, as frames under its
// signature. Whoever has it can prove it to anybody who knows the server's key.
type Section struct {
	Epoch  string         `json:"epoch"`
	Bucket payback.Bucket `json:"bucket"`
	From   uint64         `json:"from"` // exclusive
	To     uint64         `json:"to"`   // inclusive
	Sig    Signature      `json:"sig"`
	Bytes  []byte         `json:"-"`
}

func (s Section) base() string {
	return "bookpayback witness v1\n" + s.Epoch + "\n" + string(s.Bucket) + "\n" + strconv.FormatUint(s.From, 10) + "\n" +
		strconv.FormatUint(s.To, 10) + "\n" + bodyHash(s.Bytes)
}

// Sign signs the section by the server's key.
func (s *Section) Sign(k keys.Key) { s.Sig = signed(k, s.base()) }

// Verify says whether the owner of pub signed the section.
func (s Section) Verify(pub keys.Public) bool { return verified(pub, s.base(), s.Sig) }

// AppendEntry adds an entry to a section's bytes.
func AppendEntry(section []byte, e Entry) ([]byte, error) {
	line, err := json.Marshal(e)
	if err != nil {
		return nil, fault.Wrap("syncproto.AppendEntry", err)
	}
	line = append(line, '\n')
	return appendFrame(section, append(line, e.Raw...)), nil
}

// Entries reads a section's bytes. They share memory with it. Fault code invalid.
func Entries(section []byte) ([]Entry, error) {
	frames, err := splitFrames(section)
	if err != nil {
		return nil, fault.New(fault.Invalid, "sync.bad_packet")
	}
	out := make([]Entry, 0, len(frames))
	for _, f := range frames {
		e, err := ReadEntry(f)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// ReadEntry reads one entry without the length before it. Fault code invalid.
func ReadEntry(frame []byte) (Entry, error) {
	var e Entry
	line, raw, ok := bytes.Cut(frame, []byte{'\n'})
	if !ok || json.Unmarshal(line, &e) != nil || e.Run == "" || len(e.Run) > payback.MaxID || e.Wseq == 0 || e.Position == 0 || e.Verdict == "" {
		return e, fault.New(fault.Invalid, "sync.bad_packet")
	}
	if len(raw) > 0 {
		e.Raw = raw
	}
	if e.OpHash() == (Hash{}) {
		return e, fault.New(fault.Invalid, "sync.bad_packet")
	}
	return e, nil
}

// Refill is the header of a refill: frames of sections follow, then ops.
type Refill struct {
	V        int       `json:"v"`
	Epoch    string    `json:"epoch"`  // the new one, as hello says
	Before   string    `json:"before"` // that the counter was in
	Cursor   uint64    `json:"cursor"` // highest position of it that the counter was told of
	Sections []Section `json:"sections,omitempty"`
	Ops      int       `json:"ops,omitempty"` // bytes of ops that the sections only name
	Answers  []Answer  `json:"answers,omitempty"`
	Done     bool      `json:"done,omitempty"` // that is all that the counter holds
}

// Answer is a reply to a push as it came, with ops that it acknowledged: what the
// counter was told before any section said so. Frames: the reply's body, so many ops,
// and their attachments.
type Answer struct {
	Nonce       string    `json:"nonce"` // of the request
	Sig         Signature `json:"sig"`   // of the reply
	Ops         int       `json:"ops"`   // following one another, at most MaxPushOps
	Attachments []string  `json:"attachments,omitempty"`
	Body        []byte    `json:"-"`
	Raw         [][]byte  `json:"-"` // the ops
	Sealed      [][]byte  `json:"-"` // the attachments
}

// Frames is how many frames an answer has.
func (a Answer) Frames() int { return 1 + a.Ops + len(a.Attachments) }

// Entries returns what a signed answer says of those of its ops that it proves: from
// the acknowledged one back, each by the hash that the next one names. Lo and Hi are
// not in it: both are 0. None if the owner of pub did not sign it.
func (a Answer) Entries(pub keys.Public) (epoch string, out []Entry) {
	var r PushReply
	if !VerifyReply(pub, http.StatusOK, pathPush, a.Nonce, a.Body, a.Sig) || json.Unmarshal(a.Body, &r) != nil || r.Run == "" || r.Device == "" {
		return "", nil
	}
	said := make(map[uint64]OpVerdict, len(r.Verdicts))
	for _, v := range r.Verdicts {
		said[v.Wseq] = v
	}
	want, wseq := r.Hash, r.Acked
	for i := len(a.Raw) - 1; i >= 0 && wseq > 0; i-- {
		v, ok := said[wseq]
		if HashOf(a.Raw[i]) != want || !ok || v.Position == 0 || v.Verdict == "" {
			break
		}
		e := Entry{Position: v.Position, Run: r.Run, Wseq: wseq, Received: r.Received, Device: r.Device, Store: r.Store,
			Verdict: v.Verdict, Reason: v.Reason, Winner: v.Winner, Case: v.Case, Raw: a.Raw[i]}
		if v.First != 0 {
			e.Position, e.Final = v.First, v.Position
		}
		out = append(out, e)
		env, err := Decode(a.Raw[i])
		if err != nil {
			break
		}
		want, wseq = env.Prev, wseq-1
	}
	slices.Reverse(out)
	return r.Epoch, out
}

const pathPush = "/v1/push"

// RefillReply is the answer: everything sent is durable.
type RefillReply struct {
	V     int    `json:"v"`
	Epoch string `json:"epoch"`
	Taken int    `json:"taken"` // sections that are the server's own
	Open  bool   `json:"open"`  // the window is open still: other requests wait
}

// Restore is an end of a history, as hello tells it.
type Restore struct {
	Before   string `json:"before"`   // the epoch that ended
	Position uint64 `json:"position"` // up to here the backup went
}

// KeyRefilling is the message key of what a restored server answers until a counter
// has brought what it holds (fault code unavailable). Nothing may be dropped for it.
const KeyRefilling = "sync.refilling"
