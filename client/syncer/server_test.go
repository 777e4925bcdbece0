package syncer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

var start = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

const store, bucketStore = payback.StoreID("s01"), payback.Bucket("store/s01")

// onceCode is the enrolment code that the server takes.
const onceCode = "7K3M-Q2ZX-0F1A"

// server speaks the protocol as its specification says and keeps everything in
// memory. It applies no rule of the domain: every op is applied.
type server struct {
	t      *testing.T
	key    keys.Key
	packer *syncproto.Packer
	clock  stamp.Clock

	mu      sync.Mutex // protects all below
	epoch   string
	devices map[payback.DeviceID]keys.Public
	nonces  map[string]bool
	runs    map[payback.RunID]*heldRun
	heads   map[payback.Bucket]uint64
	chains  map[payback.Bucket]map[uint64]syncproto.Hash // by position
	rows    map[payback.Bucket][]heldRow
	asked   []syncproto.Pull
	pushed  []syncproto.Push
	witness bool                                                              // pulls bring sections of the store's bucket
	meddle  func(w http.ResponseWriter, r *http.Request, honest http.Handler) // nil: none
}

type heldRun struct {
	ops  [][]byte
	told []syncproto.OpVerdict
}

type heldRow struct {
	syncproto.RowName
	raw []byte
}

func newServer(t *testing.T, clock stamp.Clock) *server {
	t.Helper()
	packer, err := syncproto.NewPacker()
	if err != nil {
		t.Fatal(err)
	}
	return &server{
		t: t, key: generate(t, 1), packer: packer, clock: clock, epoch: "e1",
		devices: map[payback.DeviceID]keys.Public{}, nonces: map[string]bool{}, runs: map[payback.RunID]*heldRun{},
		heads: map[payback.Bucket]uint64{}, chains: map[payback.Bucket]map[uint64]syncproto.Hash{}, rows: map[payback.Bucket][]heldRow{},
	}
}

func generate(t *testing.T, seed byte) keys.Key {
	t.Helper()
	k, err := keys.Generate(rand.NewChaCha8([32]byte{seed}))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	meddle := s.meddle
	s.mu.Unlock()
	if meddle != nil {
		meddle(w, r, http.HandlerFunc(s.serve))
		return
	}
	s.serve(w, r)
}

// serve answers one request and signs whatever it answers.
func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	status, reply := s.answer(r, body)
	s.reply(w, r, status, reply)
}

func (s *server) reply(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	nonce := r.Header.Get(syncproto.HeaderNonce)
	w.Header().Set(syncproto.HeaderSignature, string(syncproto.SignReply(s.key, status, r.URL.Path, nonce, body)))
	w.WriteHeader(status)
	w.Write(body)
}

func (s *server) answer(r *http.Request, body []byte) (int, []byte) {
	now := s.clock.Now().Wall
	device := payback.DeviceID(r.Header.Get(syncproto.HeaderDevice))
	nonce := r.Header.Get(syncproto.HeaderNonce)
	if r.URL.Path == pathHello {
		return 200, asJSON(s.t, syncproto.Hello{V: 1, Oldest: 1, Now: now, Key: s.key.Public(), Epoch: s.epoch, District: "seocho"})
	}
	pub := s.devices[device]
	var enrol syncproto.EnrolRequest
	if r.URL.Path == pathEnrol && json.Unmarshal(body, &enrol) == nil {
		pub = enrol.PublicKey
	}
	sig := syncproto.Signature(r.Header.Get(syncproto.HeaderSignature))
	if !syncproto.VerifyRequest(pub, r.Method, r.URL.Path, device, nonce, body, sig) || s.nonces[nonce] {
		return refuse(s.t, fault.New(fault.Unauthorized, ""))
	}
	s.nonces[nonce] = true
	switch r.URL.Path {
	case pathEnrol:
		return s.enrol(device, enrol)
	case pathPush:
		return s.push(body, now)
	case pathPull:
		return s.pull(body, now)
	}
	return refuse(s.t, fault.New(fault.NotFound, ""))
}

func (s *server) enrol(device payback.DeviceID, e syncproto.EnrolRequest) (int, []byte) {
	if e.Code != onceCode || e.Device != device {
		return refuse(s.t, fault.New(fault.Forbidden, "payback.code_unknown"))
	}
	s.devices[device] = e.PublicKey
	return 200, asJSON(s.t, syncproto.EnrolReply{V: 1, District: "seocho", Store: store, Label: "서점 PC 1",
		ServerKey: s.key.Public(), CardKey: make([]byte, 32), Epoch: s.epoch, Demo: true})
}

func (s *server) push(body []byte, now int64) (int, []byte) {
	var head syncproto.Push
	frames, err := s.packer.Unpack(body, &head)
	if err != nil || len(frames) < head.Ops || head.Ops > syncproto.MaxPushOps {
		return refuse(s.t, fault.New(fault.Invalid, "sync.bad_packet"))
	}
	s.pushed = append(s.pushed, head)
	run := s.runs[head.Run]
	if run == nil {
		run = &heldRun{}
		s.runs[head.Run] = run
	}
	reply := syncproto.PushReply{V: 1, Epoch: s.epoch, Received: now, Now: now}
	if head.From > uint64(len(run.ops))+1 {
		reply.Gap = uint64(len(run.ops)) + 1
	} else {
		reply.Fork = s.take(run, head, frames[:head.Ops])
	}
	reply.Acked = uint64(len(run.ops))
	if reply.Fork > 0 {
		reply.Acked = reply.Fork - 1
	}
	for _, v := range run.told {
		if v.Wseq >= head.From && v.Wseq <= reply.Acked {
			reply.Verdicts = append(reply.Verdicts, v)
		}
	}
	if reply.Run = head.Run; reply.Acked > 0 {
		reply.Hash = syncproto.HashOf(run.ops[reply.Acked-1])
	}
	packet, err := s.packer.Pack(reply, nil)
	if err != nil {
		s.t.Error(err)
	}
	return 200, packet
}

// take appends the ops of a push that the server does not hold yet; it returns the
// number of the first that it holds otherwise.
func (s *server) take(run *heldRun, head syncproto.Push, ops [][]byte) (fork uint64) {
	for i, raw := range ops {
		wseq := head.From + uint64(i)
		if wseq <= uint64(len(run.ops)) {
			if !bytes.Equal(run.ops[wseq-1], raw) {
				return wseq
			}
			continue
		}
		e, err := syncproto.Decode(raw)
		if err != nil || e.Wseq != wseq || e.Run != head.Run {
			s.t.Errorf("op %d of a push: %v", wseq, err)
		}
		run.ops = append(run.ops, bytes.Clone(raw))
		ref := payback.OpRef{Run: head.Run, Wseq: wseq}
		v := &payback.VerdictRow{Store: store, Op: ref, Verdict: payback.Applied}
		position := s.put(bucketStore, payback.TVerdict, v.Key().ID, asJSON(s.t, v))
		run.told = append(run.told, syncproto.OpVerdict{Wseq: wseq, Position: position, Verdict: payback.Applied})
	}
	return 0
}

// put writes a row at the next position of the district. The caller holds mu.
func (s *server) put(bucket payback.Bucket, table payback.Table, id string, raw []byte) uint64 {
	position := max(s.heads[bucketStore], s.heads[payback.BucketCatalogue]) + 1
	if s.chains[bucket] == nil {
		s.chains[bucket] = map[uint64]syncproto.Hash{}
	}
	s.chains[bucket][position] = syncproto.ChainNext(s.chains[bucket][s.heads[bucket]], position, syncproto.HashOf(raw))
	s.heads[bucket] = position
	s.rows[bucket] = slices.DeleteFunc(s.rows[bucket], func(r heldRow) bool { return r.Table == string(table) && r.ID == id })
	s.rows[bucket] = append(s.rows[bucket], heldRow{syncproto.RowName{Table: string(table), ID: id, Position: position}, raw})
	return position
}

// pull fills the buckets in the order in which they were asked for.
func (s *server) pull(body []byte, now int64) (int, []byte) {
	var ask syncproto.Pull
	if json.Unmarshal(body, &ask) != nil {
		return refuse(s.t, fault.New(fault.Invalid, ""))
	}
	s.asked = append(s.asked, ask)
	reply := syncproto.PullReply{V: 1, Epoch: s.epoch, Received: now, Now: now}
	var frames [][]byte
	for i, c := range ask.Buckets {
		part, rows := s.part(i, c, ask.MaxRows-len(frames))
		reply.Buckets, frames = append(reply.Buckets, part), append(frames, rows...)
	}
	reply.Rows = len(frames)
	for _, c := range ask.Buckets {
		if x := s.section(c); s.witness && ask.Refills && c.Name == bucketStore && x.To > x.From {
			reply.Sections, frames = append(reply.Sections, x), append(frames, x.Bytes)
		}
	}
	packet, err := s.packer.Pack(reply, frames)
	if err != nil {
		s.t.Error(err)
	}
	return 200, packet
}

// part returns what lies after a cursor, at most room rows of it.
func (s *server) part(index int, c syncproto.BucketCursor, room int) (part syncproto.BucketPart, frames [][]byte) {
	part = syncproto.BucketPart{Name: c.Name, From: c.Cursor, To: s.heads[c.Name], Head: s.heads[c.Name]}
	if c.Chain != s.chains[c.Name][c.Cursor] {
		part.From, part.Fresh = 0, true
	}
	var digest syncproto.Digest
	reached := part.From
	for _, row := range s.rows[c.Name] {
		digest.Add(payback.Table(row.Table), row.ID, row.raw)
		switch {
		case row.Position <= part.From:
		case len(frames) == room:
			part.To = reached
		default:
			row.Bucket = index
			f, err := syncproto.AppendRow(nil, row.RowName, row.raw)
			if err != nil {
				s.t.Error(err)
			}
			frames, reached = append(frames, f), row.Position
		}
	}
	part.Chain = s.chains[c.Name][part.To]
	if part.Complete() {
		part.Digest = digest
	}
	return part, frames
}

func refuse(t *testing.T, f *fault.Error) (int, []byte) { return fault.Status(f.Code), asJSON(t, f) }

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Error(err)
	}
	return raw
}

// refusing returns a meddler that answers paths with a signed refusal.
func (s *server) refusing(status int, f *fault.Error, paths ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meddle = func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		if slices.Contains(paths, r.URL.Path) {
			s.reply(w, r, status, asJSON(s.t, f))
			return
		}
		honest.ServeHTTP(w, r)
	}
}

// meddling sets the meddler.
func (s *server) meddling(m func(w http.ResponseWriter, r *http.Request, honest http.Handler)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meddle = m
}

// honest takes the meddler away.
func (s *server) honest() { s.meddling(nil) }

// held returns how many ops of all runs the server holds.
func (s *server) held() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.runs {
		n += len(r.ops)
	}
	return n
}

// titles puts n titles into the catalogue.
func (s *server) titles(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range n {
		id := isbnAt(i)
		s.put(payback.BucketCatalogue, payback.TTitle, string(id), asJSON(s.t, &payback.Title{ISBN: id, Name: fmt.Sprintf("책 %d", i)}))
	}
}

// direct carries requests to a handler without a network, so that tests of waiting
// need no real time.
type direct struct{ to http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	d.to.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// isbnAt returns the i-th of a row of valid numbers.
func isbnAt(i int) payback.ISBN {
	digits := fmt.Sprintf("97911%07d", i)
	sum := 0
	for k, r := range digits {
		sum += int(r-'0') * (1 + 2*(k%2))
	}
	return payback.ISBN(fmt.Sprintf("%s%d", digits, (10-sum%10)%10))
}

// counter is one PC in a test.
type counterPC struct {
	t     *testing.T
	clock *stamp.Manual
	dir   string
	db    *db.DB
	*Syncer
	counted int // acts recorded by record
}

// newPC opens a data folder; transport is nil for the real network.
func newPC(t *testing.T, transport http.RoundTripper) *counterPC {
	t.Helper()
	clock := stamp.NewManual(start, "boot")
	dir := t.TempDir()
	chance := rand.NewChaCha8([32]byte{9})
	d, err := db.Open(t.Context(), dir, db.Env{Clock: clock, IDs: stamp.NewIDs(stamp.Times(clock), chance), Chance: chance})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	s, err := New(d, Env{Clock: clock, Chance: rand.NewChaCha8([32]byte{7}), Ring: keys.Ring{Dir: dir + "/keys"}, Program: "test", Face: "verb", Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return &counterPC{t: t, clock: clock, dir: dir, db: d, Syncer: s}
}

// enrolled returns an enrolled PC that has begun a run, and its server, without a
// network between them.
func enrolled(t *testing.T) (*counterPC, *server) {
	t.Helper()
	far := newServer(t, stamp.NewManual(start, "far"))
	pc := newPC(t, direct{far})
	if _, err := pc.Enrol(t.Context(), "http://127.0.0.1:1", onceCode); err != nil {
		t.Fatal(err)
	}
	if err := pc.db.BeginRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	return pc, far
}

// record records n counts of stock.
func (p *counterPC) record(n int) {
	p.t.Helper()
	for i := range n {
		p.counted++
		p.entry(&payback.Count{ISBN: isbnAt(i), N: 1 + i%9, Source: "count", ID: fmt.Sprint("c", p.counted)})
	}
}

func (p *counterPC) entry(body payback.Body) {
	p.t.Helper()
	_, reason, err := p.db.Record(p.t.Context(), []db.Entry{{Body: body, Role: payback.RoleClerk}}, nil)
	if err != nil || !reason.None() {
		p.t.Fatalf("recording: %v %v", reason, err)
	}
}

// waits returns how many ops wait.
func (p *counterPC) waits() int {
	p.t.Helper()
	n, _, err := p.db.OutboxState(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

// cause returns the stored cause of failure.
func (p *counterPC) cause() string {
	p.t.Helper()
	s, err := p.db.SyncState(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return s.Cause.Key
}
