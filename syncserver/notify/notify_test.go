package notify

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the district's zone, wherever the test runs

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

const town1 = payback.DistrictID("seocho")

// gateway keeps what it is given and answers as it is told.
type gateway struct {
	texts  []Text
	answer func(Text) error
}

func (g *gateway) Send(_ context.Context, t Text) error {
	g.texts = append(g.texts, t)
	if g.answer != nil {
		return g.answer(t)
	}
	return nil
}

// rig is a notifier over a real database, at 14:05 in Seoul.
type rig struct {
	*Notifier
	t       *testing.T
	now     time.Time
	gateway *gateway
	log     bytes.Buffer
	who     payback.ResidentID
}

func newRig(t *testing.T) *rig {
	t.Helper()
	d, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "server.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	master, err := keys.NewMasterKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	g := &rig{t: t, now: time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC), gateway: &gateway{}}
	now := func() int64 { return g.now.UnixMilli() }
	made := 0
	v, err := vault.New(vault.Config{DB: d, Master: master, Chance: rand.Reader, Now: now,
		NewID: func() string { made++; return fmt.Sprintf("r%d", made) }})
	if err != nil {
		t.Fatal(err)
	}
	people, err := v.Import(t.Context(), town1, []vault.Details{{Name: "김길동", Phone: "010-0000-1000", Card: "1"}, {Name: "이수아", Card: "2"}})
	if err != nil {
		t.Fatal(err)
	}
	g.who = people[0].ID
	raw, _ := payback.EncodeRow(&payback.District{ID: town1, Name: "서초구", Zone: "Asia/Seoul"})
	err = d.Update(t.Context(), town1, func(w db.Writer) error {
		row := &payback.District{ID: town1, Name: "서초구", Zone: "Asia/Seoul"}
		return w.PutRows([]db.Stored{{Row: row, Raw: raw, Bucket: row.Bucket(), Position: 1}})
	})
	if err != nil {
		t.Fatal(err)
	}
	g.Notifier = New(Config{Outbox: d, People: v, Gateway: g.gateway, Speaker: assets.NewSpeaker("ko"), Now: now,
		Log: slog.New(slog.NewTextHandler(&g.log, nil))})
	return g
}

func (g *rig) queue(id, key string, to payback.ResidentID, args map[string]string) {
	g.t.Helper()
	if err := g.Queue(g.t.Context(), town1, db.Message{ID: id, To: to, Key: key, Args: args, Made: g.now.UnixMilli()}); err != nil {
		g.t.Fatal(err)
	}
}

func (g *rig) step() int {
	g.t.Helper()
	sent, err := g.Step(g.t.Context(), town1)
	if err != nil {
		g.t.Fatal(err)
	}
	return sent
}

func (g *rig) in(state string) []db.Message {
	g.t.Helper()
	ms, err := g.c.Outbox.ListMessages(g.t.Context(), town1, state, 100)
	if err != nil {
		g.t.Fatal(err)
	}
	return ms
}

func TestATextIsJoinedWithItsPersonWhenItIsSent(t *testing.T) {
	g := newRig(t)
	g.queue("m1", "accepted", g.who, map[string]string{"title": "소년이 온다", "store": "반포서점", "until": "2026-11-27", "number": "0412", "price": "15000"})
	if g.step() != 1 || g.step() != 0 {
		t.Error("not sent once")
	}
	got := g.gateway.texts[0]
	want := "[서초구 북페이백] 「소년이 온다」가 반포서점에 준비되었습니다. 11월 27일(금)까지 찾아가 주세요. 책값은 15,000원입니다. 수령 번호 0412"
	if got.Phone != "01000001000" || got.Body != want || got.Demo {
		t.Errorf("%q to %q", got.Body, got.Phone)
	}
	if ms := g.in(Sent); len(ms) != 1 || ms[0].SentAt != g.now.UnixMilli() || ms[0].Tries != 1 {
		t.Errorf("%+v", ms)
	}
}

func TestEveryNoticeOfTheDomainHasAText(t *testing.T) {
	g := newRig(t)
	args := map[string]string{"title": "급류", "store": "반포서점", "until": "2026-11-27", "by": "2026-11-27", "due": "2026-11-27", "ready": "2026-11-27",
		"number": "0412", "price": "0", "amount": "14000", "reason": "not_on_shelf", "state": "accepted", "library": "반포도서관"}
	keys := []string{"accepted", "arrived", "ordered", "declined", "store_silent", "store_closed", "answer_changed", "expired", "no_show",
		"sold", "remind", "returned", "refunded", "left", "refused", "given_up", "kept", "offered", "wait_over", "on_shelf"}
	for _, lang := range []string{"ko", "en"} {
		g.c.Speaker = assets.NewSpeaker(lang)
		for _, key := range keys {
			body := g.body(town1, town{name: "서초구"}, "김길동", &db.Message{Key: key, Args: args})
			if strings.Contains(strings.TrimPrefix(body, "[서초구"), "[") || strings.Contains(body, "(이/가)") {
				t.Errorf("%s %s: %s", lang, key, body)
			}
			if key == "accepted" && (strings.Contains(body, "0원") || strings.Contains(body, "0 won")) {
				t.Errorf("%s: an unknown price is told: %s", lang, body)
			}
		}
	}
}

func TestNoTextGoesOutAtNight(t *testing.T) {
	for clock, sent := range map[string]int{"07:59": 0, "08:00": 1, "20:59": 1, "21:00": 0, "00:00": 0} {
		g := newRig(t)
		at, err := time.Parse(time.RFC3339, "2026-11-24T"+clock+":00+09:00")
		if err != nil {
			t.Fatal(err)
		}
		g.queue("m1", "kept", g.who, map[string]string{"title": "급류"})
		g.now = at
		if got := g.step(); got != sent || len(g.in(Waiting)) != 1-sent {
			t.Errorf("%s: %d sent, %d wait", clock, got, len(g.in(Waiting)))
		}
	}
}

func TestAFailedTryIsRepeatedLaterAndListedAfterTheLast(t *testing.T) {
	g := newRig(t)
	g.gateway.answer = func(Text) error { return errors.New("no line to 01000001000") }
	g.queue("m1", "kept", g.who, map[string]string{"title": "급류"})
	g.queue("m2", "kept", "nobody", map[string]string{"title": "급류"})
	g.queue("m3", "kept", "r2", map[string]string{"title": "급류"})
	g.queue("m4", "no_such_text", g.who, nil)
	for try := 1; try <= MaxTries; try++ {
		g.step()
		if len(g.gateway.texts) != try {
			t.Fatalf("%d tries, want %d", len(g.gateway.texts), try)
		}
		if g.step(); len(g.gateway.texts) != try {
			t.Errorf("tried again at once")
		}
		g.now = g.now.Add(Backoff(try))
	}
	failed, err := g.Failed(t.Context(), town1, 10)
	if err != nil {
		t.Fatal(err)
	}
	why := map[string]string{}
	for _, m := range failed {
		why[m.ID] = m.Error
	}
	want := map[string]string{"m1": string(fault.Internal), "m2": NoPerson, "m3": NoPhone, "m4": NoText}
	for id, w := range want {
		if why[id] != w {
			t.Errorf("%s: %q, want %q", id, why[id], w)
		}
	}
	if log := g.log.String(); strings.Contains(log, "1000") || strings.Contains(log, "길동") {
		t.Errorf("personal data in the log: %s", log)
	}
	g.gateway.answer = nil
	if err := g.Again(t.Context(), town1, failed[slices.IndexFunc(failed, func(m db.Message) bool { return m.ID == "m1" })]); err != nil || g.step() != 1 {
		t.Errorf("put back into line: %v", err)
	}
}

func TestARefusalForGoodIsNotRepeated(t *testing.T) {
	g := newRig(t)
	g.gateway.answer = func(Text) error { return fmt.Errorf("number: %w", ErrRefused) }
	g.queue("m1", "kept", g.who, map[string]string{"title": "급류"})
	g.step()
	if ms := g.in(Failed); len(ms) != 1 || ms[0].Tries != 1 {
		t.Errorf("%+v", ms)
	}
}

func TestAStopLeavesTheMessageAsItWas(t *testing.T) {
	g := newRig(t)
	ctx, stop := context.WithCancel(t.Context())
	g.gateway.answer = func(Text) error { stop(); return ctx.Err() }
	g.queue("m1", "kept", g.who, map[string]string{"title": "급류"})
	if _, err := g.Step(ctx, town1); fault.CodeOf(err) != fault.Unavailable {
		t.Error(err)
	}
	if ms := g.in(Waiting); len(ms) != 1 || ms[0].Tries != 0 {
		t.Errorf("%+v", ms)
	}
}

func TestWhatIsQueuedTwiceIsSentOnce(t *testing.T) {
	g := newRig(t)
	for range 2 {
		g.queue("remind/l1/2026-11-24", "kept", g.who, map[string]string{"title": "급류"})
		g.step()
	}
	if len(g.gateway.texts) != 1 {
		t.Errorf("%d sent", len(g.gateway.texts))
	}
}

func TestASignInCodeGoesOutAtOnceAndIntoNoLog(t *testing.T) {
	g := newRig(t)
	g.now = g.now.Add(12 * time.Hour) // in the night
	if err := g.SendCode(t.Context(), town1, g.who, "482913"); err != nil || !strings.Contains(g.gateway.texts[0].Body, "482913") {
		t.Errorf("%v %q", err, g.gateway.texts)
	}
	g.gateway.answer = func(Text) error { return errors.New("down") }
	if err := g.SendCode(t.Context(), town1, g.who, "482913"); fault.CodeOf(err) != fault.Unavailable {
		t.Error(err)
	}
	if strings.Contains(g.log.String(), "482913") {
		t.Error("the code is in the log")
	}
}

func TestTheLogGatewayWritesTextsOfADemoDistrictOnly(t *testing.T) {
	var log, whole bytes.Buffer
	l := &Log{Logger: slog.New(slog.NewTextHandler(&log, nil)), Whole: &whole}
	text := Text{ID: "m1", To: "r1", Phone: "01000001000", Key: "kept", Body: "비밀"}
	if err := l.Send(t.Context(), text); err != nil || whole.Len() != 0 {
		t.Errorf("%v, whole: %s", err, whole.String())
	}
	text.Demo = true
	if err := l.Send(t.Context(), text); err != nil || !strings.Contains(whole.String(), "비밀") {
		t.Errorf("%v, whole: %s", err, whole.String())
	}
	if s := log.String(); strings.Contains(s, "비밀") || strings.Contains(s, "1000") || !strings.Contains(s, "to=r1") {
		t.Errorf("log: %s", s)
	}
	if s := fmt.Sprintf("%v %+v %#v", text, text, text); strings.Contains(s, "0000") {
		t.Errorf("printed: %s", s)
	}
}
