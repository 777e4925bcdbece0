package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/api"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

const (
	seocho = payback.DistrictID("seocho")
	isbn1  = payback.ISBN("9788937473135")
	code1  = "7K3M-Q2ZX-0F1A"
	code2  = "4N8V-T6WD-5HYC"
)

// chance is the same stream of bytes at every run.
type chance struct{ n uint64 }

func (c *chance) Read(p []byte) (int, error) {
	for i := range p {
		c.n = c.n*6364136223846793005 + 1442695040888963407
		p[i] = byte(c.n >> 56)
	}
	return len(p), nil
}

// world is a whole server over a real file, with a district of two stores.
type world struct {
	t       testing.TB
	clock   *stamp.Manual
	ids     *stamp.IDs
	chance  *chance
	db      db.DB
	l       *ledger.Ledger
	v       *vault.Vault
	key     keys.Key
	box     keys.BoxKey
	api     *api.Server
	http    *httptest.Server
	packer  *syncproto.Packer
	updates string
	from    string // X-Forwarded-For of the requests
	record  func(exchange)
	shelf   string // folder of snapshots
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := newWorldWithoutNet(t)
	w.http = httptest.NewServer(w.api.Handler())
	t.Cleanup(w.http.Close)
	t.Cleanup(w.api.Drain)
	return w
}

func newWorldWithoutNet(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: stamp.NewManual(time.Date(2026, 11, 2, 1, 0, 0, 0, time.UTC), "boot"), chance: &chance{1}, from: "192.0.2.1"}
	dir := t.TempDir()
	w.shelf, w.updates = filepath.Join(dir, "snapshots"), t.TempDir()
	d, err := sqlite.Open(t.Context(), filepath.Join(dir, "server.db"))
	w.must(err)
	t.Cleanup(func() { _ = d.Close() })
	w.db, w.ids = d, stamp.NewIDs(stamp.Times(w.clock), w.chance)
	w.key, err = keys.Generate(w.chance)
	w.must(err)
	w.box, err = keys.GenerateBox(w.chance)
	w.must(err)
	master, err := keys.NewMasterKey(w.chance)
	w.must(err)
	log := slog.New(slog.DiscardHandler)
	w.l, err = ledger.New(d, ledger.Options{Clock: w.clock, IDs: w.ids, Key: w.key, Log: log})
	w.must(err)
	w.v, err = vault.New(vault.Config{DB: d, Master: master, Chance: w.chance, Now: w.l.Now, NewID: w.l.NewID})
	w.must(err)
	w.api, err = api.New(api.Options{DB: d, Ledger: w.l, Vault: w.v, District: seocho, Key: w.key, Clock: w.clock, Program: "test", Log: log,
		Updates: w.updates, Snapshots: w.shelf, SnapshotFrom: snapshotFrom,
		Box: func(payback.DistrictID) (keys.BoxKey, error) { return w.box, nil }})
	w.must(err)
	w.packer, err = syncproto.NewPacker()
	w.must(err)
	w.upsert(&payback.District{ID: seocho, Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{"111136"}})
	w.upsert(&payback.Library{ID: "111136", Name: "반포도서관"})
	w.upsert(&payback.Store{ID: "s01", Name: "반포서점", Libraries: []payback.LibraryID{"111136"}}, &payback.Store{ID: "s02", Name: "서래서점"})
	w.upsert(&payback.Title{ISBN: isbn1, Name: "82년생 김지영", Price: 13000})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) act(who ledger.Actor, bodies ...payback.Body) {
	w.t.Helper()
	out, err := w.l.Act(w.t.Context(), seocho, who, bodies...)
	w.must(err)
	for _, r := range out {
		if !r.Done() {
			w.t.Fatalf("act: %+v", r)
		}
	}
}

func (w *world) upsert(rows ...payback.Row) {
	w.t.Helper()
	b := &payback.Upsert{Table: rows[0].Key().Table, ID: w.ids.New()}
	for _, r := range rows {
		raw, err := payback.EncodeRow(r)
		w.must(err)
		b.Rows = append(b.Rows, raw)
	}
	w.act(ledger.Actor{}, b)
}

// code makes an enrolment code for a store, good for ten minutes.
func (w *world) code(code string, s payback.StoreID) {
	w.t.Helper()
	hash, ok := syncproto.CodeHash(code)
	if !ok {
		w.t.Fatalf("%q is no code", code)
	}
	w.act(ledger.Actor{Role: payback.RoleOfficer, By: "officer"},
		&payback.MakeEnrolCode{Hash: hash, Store: s, Label: "서점 PC 1", Expires: w.l.Now() + 600_000})
}

// resident makes a person with a card and returns the pseudonym.
func (w *world) resident(card, name, phone string) payback.ResidentID {
	w.t.Helper()
	in, err := w.v.Import(w.t.Context(), seocho, []vault.Details{{Name: name, Phone: phone, Card: card}})
	w.must(err)
	w.upsert(&payback.Resident{ID: in[0].ID, CardTag: in[0].CardTag})
	return in[0].ID
}

func (w *world) place(who payback.ResidentID, s payback.StoreID) payback.RequestID {
	w.t.Helper()
	id := payback.RequestID(w.ids.New())
	w.act(ledger.Actor{Role: payback.RoleResident, By: string(who)}, &payback.Place{Request: id, Resident: who, ISBN: isbn1, Store: s})
	return id
}

// pc is a counter: a key, and a run of ops.
type pc struct {
	w    *world
	id   payback.DeviceID
	key  keys.Key
	run  payback.RunID
	hash syncproto.Hash
	raw  [][]byte
}

func (w *world) newPC() *pc {
	w.t.Helper()
	k, err := keys.Generate(w.chance)
	w.must(err)
	return &pc{w: w, id: payback.DeviceID(w.ids.New()), key: k, run: payback.RunID(w.ids.New())}
}

// enrolled returns a PC that is a device of a store.
func (w *world) enrolled(s payback.StoreID) *pc {
	w.t.Helper()
	code := w.ids.Code(syncproto.CodeGroups)
	w.code(code, s)
	p := w.newPC()
	if w.http == nil {
		hash, _ := syncproto.CodeHash(code)
		w.act(ledger.Actor{Role: payback.RoleDevice}, &payback.Enrol{Device: p.id, Hash: hash, PublicKey: string(p.key.Public())})
		return p
	}
	was := w.from
	w.from = "198.51.100." + fmt.Sprint(len(code)+int(w.chance.n%200)) // apart from what the test counts
	p.enrol(code).ok(new(syncproto.EnrolReply))
	w.from = was
	return p
}

func (w *world) nonce() string {
	raw := make([]byte, syncproto.NonceSize)
	_, _ = w.chance.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// request is what is sent, to be spoilt by tests.
type request struct {
	method, path string
	device       payback.DeviceID
	nonce        string
	sig          syncproto.Signature
	body         []byte
	byteRange    string // header Range; "" = none
}

func (p *pc) sign(method, path string, body []byte) request {
	nonce := p.w.nonce()
	return request{method: method, path: path, device: p.id, nonce: nonce, sig: syncproto.SignRequest(p.key, method, path, p.id, nonce, body), body: body}
}

// exchange is a request and its whole reply.
type exchange struct {
	w       *world
	request request
	status  int
	header  http.Header
	body    []byte
}

// send sends a request and checks that the reply is signed, whatever it says.
func (w *world) send(r request) exchange {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), r.method, w.http.URL+r.path, bytes.NewReader(r.body))
	w.must(err)
	req.Header.Set(syncproto.HeaderDevice, string(r.device))
	req.Header.Set(syncproto.HeaderNonce, r.nonce)
	req.Header.Set(syncproto.HeaderSignature, string(r.sig))
	req.Header.Set("X-Forwarded-For", w.from)
	if r.byteRange != "" {
		req.Header.Set("Range", r.byteRange)
	}
	resp, err := w.http.Client().Do(req)
	w.must(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	w.must(err)
	x := exchange{w, r, resp.StatusCode, resp.Header, body}
	if sig := syncproto.Signature(resp.Header.Get(syncproto.HeaderSignature)); !syncproto.VerifyReply(w.key.Public(), x.status, r.path, r.nonce, body, sig) {
		w.t.Errorf("%s %s: the reply (%d) is not signed by the server", r.method, r.path, x.status)
	}
	if w.record != nil {
		w.record(x)
	}
	return x
}

// ok reads a reply of status 200.
func (x exchange) ok(into any) {
	x.w.t.Helper()
	if x.status != http.StatusOK {
		x.w.t.Fatalf("%s: status %d: %s", x.request.path, x.status, x.body)
	}
	x.w.must(json.Unmarshal(x.body, into))
}

// refused checks status and key of a refusal.
func (x exchange) refused(status int, key string) {
	x.w.t.Helper()
	var f fault.Error
	if err := json.Unmarshal(x.body, &f); err != nil || x.status != status || f.Key != key {
		x.w.t.Errorf("%s: got %d %s, want %d %s", x.request.path, x.status, x.body, status, key)
	}
}

func (p *pc) enrol(code string) exchange {
	p.w.t.Helper()
	body, err := json.Marshal(syncproto.EnrolRequest{V: 1, Code: code, Device: p.id, PublicKey: p.key.Public()})
	p.w.must(err)
	return p.w.send(p.sign("POST", "/v1/enrol", body))
}

// write adds ops to the PC's run.
func (p *pc) write(bodies ...payback.Body) {
	p.w.t.Helper()
	for _, b := range bodies {
		raw, err := json.Marshal(b)
		p.w.must(err)
		e := syncproto.Envelope{Kind: b.Kind(), Run: p.run, Wseq: uint64(len(p.raw) + 1), Prev: p.hash, Role: payback.RoleClerk, By: "c1", Body: raw,
			At: stamp.Evidence{Wall: p.w.clock.Now().Wall, OffsetAge: 0}}
		op, err := e.Encode(syncproto.MaxOp)
		p.w.must(err)
		p.hash = syncproto.HashOf(op)
		p.raw = append(p.raw, op)
	}
}

// header is that of a push of the whole run.
func (p *pc) header() syncproto.Push {
	return syncproto.Push{V: 1, Run: p.run, From: 1, Ops: len(p.raw), Tip: syncproto.SignTip(p.key, p.run, uint64(len(p.raw)), p.hash),
		Status: syncproto.Status{Program: "1.0", Face: "desktop", Waiting: len(p.raw)}}
}

func (p *pc) pushRequest(h any, frames ...[]byte) request {
	p.w.t.Helper()
	packet, err := p.w.packer.Pack(h, frames)
	p.w.must(err)
	return p.sign("POST", "/v1/push", packet)
}

func (p *pc) push() exchange {
	p.w.t.Helper()
	return p.w.send(p.pushRequest(p.header(), p.raw...))
}

func (p *pc) pullRequest(h syncproto.Pull) request {
	p.w.t.Helper()
	body, err := json.Marshal(h)
	p.w.must(err)
	return p.sign("POST", "/v1/pull", body)
}

// pull pulls both buckets from the beginning.
func (p *pc) pull(s payback.StoreID) (syncproto.PullReply, map[payback.Key][]byte) {
	p.w.t.Helper()
	x := p.w.send(p.pullRequest(syncproto.Pull{V: 1, Schema: 1, Buckets: []syncproto.BucketCursor{{Name: payback.BucketCatalogue}, {Name: payback.StoreBucket(s)}}}))
	if x.status != http.StatusOK {
		p.w.t.Fatalf("pull: %d %s", x.status, x.body)
	}
	var h syncproto.PullReply
	frames, err := p.w.packer.Unpack(x.body, &h)
	p.w.must(err)
	rows := map[payback.Key][]byte{}
	for _, f := range frames {
		n, raw, err := syncproto.ReadRow(f)
		p.w.must(err)
		rows[payback.Key{Table: payback.Table(n.Table), ID: n.ID}] = raw
	}
	return h, rows
}
