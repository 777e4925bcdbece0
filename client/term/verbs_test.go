package term_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/client/term"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

const (
	book  = "9791161571188"
	other = "9788936434120"
)

// shop is a data folder with a store's rows, and the verbs over it.
type shop struct {
	t *testing.T
	c *counter.Counter
	d *db.DB

	print func(context.Context, counter.Paper, string) error
}

func newShop(t *testing.T, rows ...payback.Row) *shop {
	t.Helper()
	chance := rand.NewChaCha8([32]byte{3})
	clock := stamp.NewManual(time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC), "boot")
	ids := stamp.NewIDs(stamp.Times(clock), chance)
	d, err := db.Open(t.Context(), t.TempDir(), db.Env{Clock: clock, IDs: ids, Chance: chance})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	box, err := keys.GenerateBox(chance)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SetEnrolment(t.Context(), db.Enrolment{Device: "pc1", Store: "s01", District: "seocho", Label: "PC 1", Epoch: "e1", CardKey: make([]byte, 32), BoxKey: box.Public()}); err != nil {
		t.Fatal(err)
	}
	if err := d.BeginRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, d: d, c: counter.New(d, counter.Env{Clock: clock, IDs: ids, Chance: chance})}
	s.serve(append([]payback.Row{&payback.District{ID: "seocho", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{"111001"}}, &payback.PolicyRow{Policy: payback.DefaultPolicy()},
		&payback.Store{ID: "s01", Name: "Banpo Books", Libraries: []payback.LibraryID{"111001"}}, &payback.Library{ID: "111001", Name: "Banpo Library"},
		&payback.Title{ISBN: book, Name: "불편한 편의점", Price: 14000}, &payback.Title{ISBN: other, Name: "아몬드", Price: 13000}}, rows...))
	return s
}

func (s *shop) serve(rows []payback.Row) {
	s.t.Helper()
	cursors, err := s.d.Cursors(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	reply := syncproto.PullReply{Epoch: "e1"}
	var out []db.PulledRow
	for i, c := range cursors {
		part := syncproto.BucketPart{Name: c.Name, To: 1, Head: 1}
		for _, r := range rows {
			raw, err := payback.EncodeRow(r)
			if err != nil {
				s.t.Fatal(err)
			}
			if r.Bucket() == c.Name {
				part.Digest.Add(r.Key().Table, r.Key().ID, raw)
				out = append(out, db.PulledRow{RowName: syncproto.RowName{Bucket: i, Table: string(r.Key().Table), ID: r.Key().ID, Position: 1}, Raw: raw})
			}
		}
		reply.Buckets = append(reply.Buckets, part)
	}
	if _, err := s.d.ApplyPull(s.t.Context(), reply, out); err != nil {
		s.t.Fatal(err)
	}
}

func request(id, number string, isbn payback.ISBN, state payback.State) *payback.Request {
	return &payback.Request{ID: payback.RequestID(id), Resident: payback.ResidentID("p" + number), ISBN: isbn, Store: "s01", Assign: 1, State: state, Number: number,
		Slot: 1, Reserved: 14000, Price: 14000, PlacedAt: 1, EndsOn: "2026-11-30", ReadyBy: "2026-11-25", Library: "111001", Year: "2026"}
}

func loan(id, number string, due payback.Date) []payback.Row {
	return []payback.Row{&payback.Loan{ID: payback.LoanID(id), Number: number, Resident: "p1", ISBN: book, Store: "s01", Library: "111001", State: payback.LoanOut,
		SoldAt: 1, SoldOn: "2026-11-06", Paid: 14000, List: 14000, Kind: payback.ByCard, Approval: "30418827", Due: due, Slot: 1, Year: "2026", Right: payback.DeviceRight("pc1")},
		&payback.Copy{ID: payback.CopyID(id), ISBN: book, Store: "s01", Library: "111001", State: payback.CopyOut}}
}

// run carries a command line out, as the main does.
func (s *shop) run(args ...string) (code int, out, errs string) {
	s.t.Helper()
	var cli struct {
		JSON bool   `name:"json"`
		Lang string `default:"en"`
		term.Common
		term.Verbs
	}
	parser, err := kong.New(&cli, kong.Name("counter"), kong.Exit(func(int) { s.t.Fatal("kong ended the program") }))
	if err != nil {
		s.t.Fatal(err)
	}
	kctx, err := parser.Parse(args)
	if err != nil {
		return 2, "", err.Error()
	}
	var o, e bytes.Buffer
	call := &term.Call{Ctx: s.t.Context(), Words: assets.NewSpeaker(cli.Lang), Common: cli.Common, JSON: cli.JSON, Out: &o, Err: &e,
		Open: func(context.Context) (*term.Parts, error) { return &term.Parts{Counter: s.c, Print: s.print}, nil }}
	code = call.Finish(kctx.Run(call))
	return code, strings.TrimSpace(o.String()), strings.TrimSpace(e.String())
}

// want runs a command and checks code and words of its one output.
func (s *shop) want(code int, words string, args ...string) string {
	s.t.Helper()
	got, out, errs := s.run(args...)
	text := out
	if got != 0 && got != 8 {
		text = errs
		if out != "" {
			s.t.Errorf("%v: %q on standard output beside an error", args, out)
		}
	} else if errs != "" {
		s.t.Errorf("%v: %q on standard error", args, errs)
	}
	if got != code || !strings.Contains(text, words) {
		s.t.Errorf("%v: code %d, %q; want %d, %q", args, got, text, code, words)
	}
	return out
}

func TestVerbsTakeHandlesThatPeopleHave(t *testing.T) {
	s := newShop(t, request("r1", "0371", book, payback.Placed), request("0190a000-0000-7000-8000-000000000002", "0372", other, payback.Placed))
	s.want(8, "Accepted request 0371. Hold shelf 1. It waits to be sent.", "accept", book)
	s.want(8, "Accepted request 0372. Hold shelf 2.", "accept", "0190a000-0000-7000-8000-000000000002", "--price", "13000")
	s.want(8, "Sold for 14,000 won. Due Mon 14 Dec.", "sell", "0371", "--approval", "30418827")
	s.want(8, "Taken back. 14,000 won to refund. Put it into box 1 for Banpo Library.", "return", "0371")
	s.want(8, "Recorded a refund of 14,000 won.", "refund", book, "--cancel", "77")
	s.want(4, "Don't refund again", "refund", "0371", "--cancel", "78")
	s.want(8, "box 1", "transfer", "pack", "0371")
	s.want(0, "Banpo Library", "transfer")
	s.want(8, "Closed the box", "transfer", "close", "1")
	s.want(8, "Handed over", "transfer", "hand-over", "1", "--to", "K-17")
}

func TestBadInputOfVerbsGetsASentenceAndItsExitCode(t *testing.T) {
	rows := append(loan("l1", "0001", "2026-11-27"), loan("l2", "0002", "2026-11-20")...)
	s := newShop(t, rows...)
	for _, c := range []struct {
		code  int
		words string
		args  []string
	}{
		{2, "a digit is wrong", []string{"scan", "9791161571189"}},
		{3, "No request or loan of this store", []string{"return", other}},
		{3, "4711", []string{"return", "4711"}},
		{4, "0002, 0001", []string{"return", book}},
		{4, "past its due day", []string{"return", "0002"}},
		{2, "--leave", []string{"return", "0001", "--fault", "wet"}},
		{2, "", []string{"return", "0001", "--leave", "--fault", "rain"}},
		{2, "", []string{"decline", "0001", "--reason", "lazy"}},
		{2, "no day", []string{"stats", "--day", "yesterday"}},
		{2, "names no record", []string{"explain", "what"}},
		{3, "no record", []string{"explain", "r/9"}},
		{3, "no such box", []string{"transfer", "close", "9"}},
		{2, "", []string{"stock", "12"}},
		{3, "Nothing to take back", []string{"undo"}},
		{3, "This PC has no request 9999", []string{"accept", "9999"}},
		{3, "no such request", []string{"accept", "0190a000-0000-7000-8000-000000000002"}},
	} {
		s.want(c.code, c.words, c.args...)
	}
	if n, _, err := s.c.Waiting(t.Context()); err != nil || n != 0 {
		t.Errorf("%d recorded, %v", n, err)
	}
}

func TestAnAmountThatDiffersIsRefused(t *testing.T) {
	s := newShop(t, request("r1", "0371", book, payback.Accepted))
	s.want(4, "does not fit the list price", "sell", "0371", "--paid", "9000", "--approval", "1")
	s.want(8, "Sold for 12,600 won", "sell", "0371", "--paid", "12600", "--approval", "1")
	s.want(8, "", "return", "0371")
	s.want(4, "13,000 won was paid back, but 12,600 won was due", "refund", "0371", "--cancel", "1", "--amount", "13000")
	s.want(2, "cancel number", "refund", "0371")
}

func TestALateCopyIsLeftOrKeptByVerbs(t *testing.T) {
	rows := append(loan("l1", "0001", "2026-11-20"), loan("l2", "0002", "2026-11-20")...)
	s := newShop(t, rows...)
	s.want(8, "The library decides by Mon 30 Nov", "return", "0001", "--leave")
	s.want(8, "keeps the copy", "keep", "0002")
	s.want(8, "Taken back", "undo")
}

func TestVerbsWriteJSONForScripts(t *testing.T) {
	s := newShop(t, request("r1", "0371", book, payback.Placed))
	var act term.ActJSON
	if err := json.Unmarshal([]byte(s.want(8, "", "accept", "0371", "--json")), &act); err != nil || act.Hold != 1 || act.Sent || act.Op.Wseq != 1 || act.Verdict != payback.Applied {
		t.Errorf("%+v, %v", act, err)
	}
	var status term.StatusJSON
	if err := json.Unmarshal([]byte(s.want(8, "", "status", "--json")), &status); err != nil || status.Waiting != 1 || status.Name != "Banpo Books" || status.Counts.Holds != 1 {
		t.Errorf("%+v, %v", status, err)
	}
	var list []term.OutboxJSON
	if err := json.Unmarshal([]byte(s.want(0, "", "outbox", "--json")), &list); err != nil || len(list) != 1 || list[0].Sent {
		t.Errorf("%+v, %v", list, err)
	}
	s.want(0, "accepted", "explain", strings.Split(list[0].Text, "\t")[0])
	code, out, errs := s.run("sell", "4711", "--json")
	var no map[string]any
	if json.Unmarshal([]byte(errs), &no) != nil || code != 3 || out != "" || no["text"] == "" {
		t.Errorf("code %d, %q, %q", code, out, errs)
	}
}

func TestStockIsShownAndCounted(t *testing.T) {
	s := newShop(t)
	s.want(0, "never counted", "stock", other)
	s.want(8, "아몬드: 3 in the shop", "stock", other, "--set", "3")
	s.want(8, "아몬드: 5 in the shop", "stock", other, "--add", "2")
	s.want(0, "5 in the shop", "stock", other)
	s.want(2, "", "stock", other, "--set", "1", "--add", "1")
}

func TestEveryVerbSpeaksBothLanguages(t *testing.T) {
	for _, lang := range []string{"ko", "en"} {
		rows := append(loan("l1", "0001", "2026-11-27"), request("r1", "0371", book, payback.Placed), request("r2", "0372", other, payback.Placed), request("r3", "0373", other, payback.Ordered))
		s := newShop(t, rows...)
		for _, args := range [][]string{{"status"}, {"requests"}, {"requests", "--holds"}, {"scan", book}, {"scan", other}, {"scan", "bad"}, {"accept", "0371"}, {"decline", "0372"},
			{"order", "0372"}, {"arrive", "0373"}, {"order", "0373"}, {"sell", "0371"}, {"sell", "0371", "--kind", "cash"}, {"sell", "9999", "--isbn", other, "--kind", "cash"},
			{"walkin", other, "--card", "21145678", "--kind", "cash"}, {"return", "0001"}, {"refund", "0001"}, {"keep", "0001"}, {"undo"}, {"stock", other}, {"transfer", "list"},
			{"transfer", "pack", "0001"}, {"outbox"}, {"explain", "x/1"}, {"verify"}, {"stats"}} {
			_, out, errs := s.run(append(args, "--lang", lang)...)
			if text := out + errs; text == "" || strings.Contains(text, "[") || strings.Contains(text, "<no value>") {
				t.Errorf("%s %v: %q", lang, args, text)
			}
		}
	}
}

func TestOutboxListsWhatWaitsAndWithAllWhatWasSentToo(t *testing.T) {
	s := newShop(t, request("r1", "0371", book, payback.Placed))
	s.want(8, "", "accept", "0371")
	s.want(8, "", "stock", other, "--set", "3")
	read := func(args ...string) (list []term.OutboxJSON) {
		t.Helper()
		if err := json.Unmarshal([]byte(s.want(0, "", append([]string{"outbox", "--json"}, args...)...)), &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	waiting := read()
	if len(waiting) != 2 || waiting[0].Sent || waiting[0].Raw != nil {
		t.Fatalf("%+v", waiting)
	}
	if err := s.d.Acked(t.Context(), waiting[0].Op.Run, syncproto.PushReply{V: 1, Epoch: "e1", Acked: 1,
		Verdicts: []syncproto.OpVerdict{{Wseq: 1, Position: 2, Verdict: payback.Applied}}}); err != nil {
		t.Fatal(err)
	}
	if got := read(); len(got) != 1 || got[0].Op.Wseq != 2 {
		t.Errorf("waiting: %+v", got)
	}
	all := read("--all", "--raw")
	if len(all) != 2 || all[0].Op.Wseq != 2 || all[0].Sent || !all[1].Sent {
		t.Errorf("all, newest first: %+v", all)
	}
	var op struct {
		Wseq uint64 `json:"wseq"`
	}
	for _, a := range all {
		if json.Unmarshal(a.Raw, &op) != nil || op.Wseq != a.Op.Wseq {
			t.Errorf("op %d travels as %s", a.Op.Wseq, a.Raw)
		}
	}
	if got := read("--all", "--limit", "1", "--offset", "1"); len(got) != 1 || got[0].Op.Wseq != 1 {
		t.Errorf("the second line: %+v", got)
	}
	s.want(0, "--offset 1", "outbox", "--all", "--limit", "1")
	s.want(0, `"kind"`, "outbox", "--raw")
}
