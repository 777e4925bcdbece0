package vault_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

const seocho payback.DistrictID = "seocho"

// world is a vault over a real database, with a clock that the test turns.
type world struct {
	*vault.Vault
	db   db.DB
	now  int64
	sent map[payback.ResidentID][]string

	broken bool // the gateway
}

func newWorld(t *testing.T) *world {
	t.Helper()
	d, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "server.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	chance := rand.NewChaCha8([32]byte{1})
	master, err := keys.NewMasterKey(chance)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: d, now: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC).UnixMilli(), sent: map[payback.ResidentID][]string{}}
	n := 0
	w.Vault, err = vault.New(vault.Config{
		DB: d, Master: master, Chance: chance, Now: func() int64 { return w.now },
		NewID: func() string { n++; return fmt.Sprintf("person-%d", n) },
		SendCode: func(_ context.Context, _ payback.DistrictID, to payback.ResidentID, code string) error {
			if w.broken {
				return fault.New(fault.Unavailable, "")
			}
			w.sent[to] = append(w.sent[to], code)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) resident(t *testing.T, card string) payback.ResidentID {
	t.Helper()
	in, err := w.Import(t.Context(), seocho, []vault.Details{{Name: "김길동", Phone: "010-1234-5678", Card: card}})
	if err != nil {
		t.Fatal(err)
	}
	return in[0].ID
}

// code asks for a sign-in code and returns it.
func (w *world) code(t *testing.T, card, place string) string {
	t.Helper()
	id, known, err := w.ByCard(t.Context(), seocho, card)
	if err != nil || !known {
		t.Fatalf("nobody has card %s: %v", card, err)
	}
	if err := w.StartSignIn(t.Context(), seocho, card, place); err != nil {
		t.Fatal(err)
	}
	w.Wait()
	all := w.sent[id]
	return all[len(all)-1]
}

func isCode(t *testing.T, err error, want fault.Code, key string) {
	t.Helper()
	got, _ := fault.Message(err)
	if fault.CodeOf(err) != want || got != key {
		t.Errorf("got %v (%s), want %s (%s)", err, got, want, key)
	}
}

func TestAKnownCardKeepsItsPseudonymAndGetsTheNewDetails(t *testing.T) {
	w := newWorld(t)
	first, err := w.Import(t.Context(), seocho, []vault.Details{
		{Name: "김길동", Phone: "010-1234-5678", Card: "2976-096096"}, {Name: "이수아", Card: "2847071134"}})
	if err != nil || !first[0].New || !first[1].New || first[0].ID == first[1].ID {
		t.Fatalf("got %v, %v", first, err)
	}
	again, err := w.Import(t.Context(), seocho, []vault.Details{{Name: "김길동", Phone: "010-9999-0000", Card: " 2976096096 "}})
	if err != nil || again[0].New || again[0].ID != first[0].ID || again[0].CardTag != first[0].CardTag {
		t.Fatalf("got %v, %v", again, err)
	}
	phone, err := w.Phone(t.Context(), seocho, first[0].ID)
	if err != nil || phone != "01099990000" {
		t.Errorf("phone %q, %v", phone, err)
	}
	twice, err := w.Import(t.Context(), seocho, []vault.Details{{Name: "a", Card: "77"}, {Name: "b", Card: "7 7"}})
	if err != nil || twice[0].ID != twice[1].ID || twice[1].New {
		t.Errorf("one card twice in a file: got %v, %v", twice, err)
	}
}

func TestDetailsOutsideTheLimitsAreRefused(t *testing.T) {
	w := newWorld(t)
	good := vault.Details{Name: "김", Phone: "010-1234-5678", Card: "1"}
	for _, c := range []struct {
		key    string
		change func(*vault.Details)
	}{
		{"vault.card", func(p *vault.Details) { p.Card = " - " }},
		{"vault.card", func(p *vault.Details) { p.Card = strings.Repeat("1", vault.MaxCard+1) }},
		{"", func(p *vault.Details) { p.Card = strings.Repeat("1", vault.MaxCard) }},
		{"vault.name", func(p *vault.Details) { p.Name = " " }},
		{"vault.name", func(p *vault.Details) { p.Name = strings.Repeat("가", vault.MaxName+1) }},
		{"", func(p *vault.Details) { p.Name = strings.Repeat("가", vault.MaxName) }},
		{"vault.phone", func(p *vault.Details) { p.Phone = "1234567" }},
		{"", func(p *vault.Details) { p.Phone = "12345678" }},
		{"", func(p *vault.Details) { p.Phone = "" }},
	} {
		p := good
		c.change(&p)
		_, err := w.Import(t.Context(), seocho, []vault.Details{p})
		if c.key == "" {
			if err != nil {
				t.Errorf("refused: %v", err)
			}
			continue
		}
		isCode(t, err, fault.Invalid, c.key)
	}
	many := make([]vault.Details, vault.MaxBatch+1)
	for i := range many {
		many[i] = vault.Details{Name: "n", Card: fmt.Sprint(i)}
	}
	if _, err := w.Import(t.Context(), seocho, many); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("%d persons: got %v", len(many), err)
	}
	if _, err := w.Import(t.Context(), seocho, many[:vault.MaxBatch]); err != nil {
		t.Errorf("%d persons: got %v", vault.MaxBatch, err)
	}
}

func TestScreensGetMaskedNamesAndFourDigits(t *testing.T) {
	w := newWorld(t)
	id := w.resident(t, "1")
	people, err := w.People(t.Context(), seocho, []payback.ResidentID{id, "nobody"})
	if err != nil || len(people) != 1 || people[id] != (vault.Masked{Name: "김*동", Last4: "5678"}) {
		t.Errorf("got %v, %v", people, err)
	}
}

func TestTheDatabaseHoldsNoNamePhoneOrCard(t *testing.T) {
	w := newWorld(t)
	id := w.resident(t, "2976096096")
	rows, err := w.db.PeopleByID(t.Context(), seocho, []string{string(id)})
	if err != nil {
		t.Fatal(err)
	}
	row := rows[string(id)]
	for _, canary := range []string{"김길동", "5678", "2976096096"} {
		for _, bytesOf := range [][]byte{row.Sealed, row.Wrapped, []byte(row.CardTag), []byte(row.ID)} {
			if bytes.Contains(bytesOf, []byte(canary)) {
				t.Errorf("%q is readable", canary)
			}
		}
	}
	if said := fmt.Sprintf("%v %+v %#v %s", vault.Details{Name: "김길동"}, vault.Details{Name: "김길동"}, vault.Details{Name: "김길동"}, vault.Details{Name: "김길동"}); strings.Contains(said, "길동") {
		t.Errorf("printed: %s", said)
	}
}

func TestAnErasedPersonIsGone(t *testing.T) {
	w := newWorld(t)
	id := w.resident(t, "1")
	if err := w.Erase(t.Context(), seocho, id); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Details(t.Context(), seocho, id); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("got %v", err)
	}
	if _, known, _ := w.ByCard(t.Context(), seocho, "1"); known {
		t.Error("the card still finds somebody")
	}
}

func TestACardHasAnotherTagAtEachStore(t *testing.T) {
	w := newWorld(t)
	id := w.resident(t, "2976-096096")
	a, b := w.CardTag(seocho, "s01", "2976096096"), w.CardTag(seocho, "s02", "2976096096")
	if a == b || a == "" || a != keys.CardTag(w.CardKey(seocho, "s01"), "2976096096") {
		t.Errorf("tags %q, %q", a, b)
	}
	if tag, err := w.StoreTag(t.Context(), seocho, "s01", id); err != nil || tag != a {
		t.Errorf("the resident's tag is %q, %v", tag, err)
	}
	if w.CardTag(seocho, "s01", " - ") != "" {
		t.Error("no card has a tag")
	}
}

func TestACodeSignsInOnce(t *testing.T) {
	w := newWorld(t)
	id := w.resident(t, "1234")
	code := w.code(t, "1234", "p")
	got, err := w.FinishSignIn(t.Context(), seocho, "12-34", " "+code[:3]+" "+code[3:], "p")
	if err != nil || got != id {
		t.Fatalf("got %v, %v", got, err)
	}
	_, err = w.FinishSignIn(t.Context(), seocho, "1234", code, "p")
	isCode(t, err, fault.Unauthorized, "vault.code")
}

func TestACodeEndsAfterTenMinutes(t *testing.T) {
	w := newWorld(t)
	w.resident(t, "1234")
	for _, c := range []struct {
		after time.Duration
		good  bool
	}{{10*time.Minute - time.Millisecond, true}, {10 * time.Minute, false}, {10*time.Minute + time.Millisecond, false}} {
		code := w.code(t, "1234", "p")
		w.now += c.after.Milliseconds()
		_, err := w.FinishSignIn(t.Context(), seocho, "1234", code, "p")
		if (err == nil) != c.good {
			t.Errorf("after %v: got %v", c.after, err)
		}
	}
}

func TestTheSixthGuessAtACodeIsLostEvenIfRight(t *testing.T) {
	for _, wrong := range []int{4, 5, 6} {
		w := newWorld(t)
		w.resident(t, "1234")
		code := w.code(t, "1234", "p")
		bad := "000000"
		if code == bad {
			bad = "000001"
		}
		var wg sync.WaitGroup
		for range wrong {
			wg.Go(func() { _, _ = w.FinishSignIn(context.Background(), seocho, "1234", bad, "p") })
		}
		wg.Wait()
		_, err := w.FinishSignIn(t.Context(), seocho, "1234", code, "p")
		if good := wrong < vault.CodeTries; (err == nil) != good {
			t.Errorf("after %d wrong guesses: got %v", wrong, err)
		}
	}
}

func TestAnUnknownCardGetsTheSameAnswers(t *testing.T) {
	w := newWorld(t)
	w.resident(t, "1234")
	known, unknown := w.StartSignIn(t.Context(), seocho, "1234", "p"), w.StartSignIn(t.Context(), seocho, "9999", "p")
	if known != nil || unknown != nil {
		t.Fatalf("got %v and %v", known, unknown)
	}
	w.Wait()
	if len(w.sent) != 1 {
		t.Errorf("texts went to %v", w.sent)
	}
	_, a := w.FinishSignIn(t.Context(), seocho, "1234", "x", "p")
	_, b := w.FinishSignIn(t.Context(), seocho, "9999", "x", "p")
	if a.Error() != b.Error() {
		t.Errorf("got %v and %v", a, b)
	}
	for i := range 6 {
		a, b := w.StartSignIn(t.Context(), seocho, "1234", "p"), w.StartSignIn(t.Context(), seocho, "9999", "p")
		w.Wait()
		if fault.CodeOf(a) != fault.CodeOf(b) {
			t.Errorf("time %d: got %v and %v", i, a, b)
		}
	}
}

func TestAGatewayThatFailsIsNotSeenInTheAnswer(t *testing.T) {
	w := newWorld(t)
	w.resident(t, "1234")
	w.broken = true
	if err := w.StartSignIn(t.Context(), seocho, "1234", "p"); err != nil {
		t.Errorf("got %v", err)
	}
	w.Wait()
	if len(w.sent) != 0 {
		t.Error("something was sent")
	}
}

func TestACardGetsFiveCodesAQuarterOfAnHour(t *testing.T) {
	w := newWorld(t)
	w.resident(t, "1234")
	for i := 1; i <= 7; i++ {
		err := w.StartSignIn(t.Context(), seocho, "1234", fmt.Sprint("place", i))
		w.Wait()
		if (err == nil) != (i <= 5) {
			t.Errorf("code %d: got %v", i, err)
		}
	}
	w.now += 15 * time.Minute.Milliseconds()
	if err := w.StartSignIn(t.Context(), seocho, "1234", "p"); err != nil {
		t.Errorf("a quarter later: got %v", err)
	}
}

func TestAnAddressGetsFiftyGuessesAQuarterOfAnHour(t *testing.T) {
	w := newWorld(t)
	for i := 1; i <= 51; i++ {
		_, err := w.FinishSignIn(t.Context(), seocho, fmt.Sprint(i), "123456", "p")
		want := fault.Unauthorized
		if i > 50 {
			want = fault.Limited
		}
		if fault.CodeOf(err) != want {
			t.Fatalf("guess %d: got %v", i, err)
		}
	}
}

func TestTheFirstOfficerChoosesNameAndPasswordByALinkThatWorksOnce(t *testing.T) {
	w := newWorld(t)
	if needs, err := w.NeedsSetup(t.Context(), seocho); err != nil || !needs {
		t.Fatalf("needs set-up: %v, %v", needs, err)
	}
	token, err := w.SetupToken(t.Context(), seocho)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.FinishSetup(t.Context(), seocho, token, "윤담당", "short pas")
	isCode(t, err, fault.Invalid, "vault.password_short")
	_, err = w.FinishSetup(t.Context(), seocho, token, " ", "a long password")
	isCode(t, err, fault.Invalid, "vault.account_name")
	a, err := w.FinishSetup(t.Context(), seocho, token, "윤담당", "long pass!")
	if err != nil || a.Role != payback.RoleOfficer || a.ID == "" {
		t.Fatalf("got %v, %v", a, err)
	}
	_, err = w.FinishSetup(t.Context(), seocho, token, "other", "a long password")
	isCode(t, err, fault.NotFound, "vault.setup_over")
	if needs, _ := w.NeedsSetup(t.Context(), seocho); needs {
		t.Error("still needs set-up")
	}
	if got, err := w.SignIn(t.Context(), seocho, "윤담당", "long pass!", "p"); err != nil || got.ID != a.ID {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestASetupLinkEndsAfterADay(t *testing.T) {
	w := newWorld(t)
	token, err := w.SetupToken(t.Context(), seocho)
	if err != nil {
		t.Fatal(err)
	}
	w.now += 24 * time.Hour.Milliseconds()
	_, err = w.FinishSetup(t.Context(), seocho, token, "yun", "a long password")
	isCode(t, err, fault.NotFound, "vault.setup_over")
}

func officer(t *testing.T, w *world) db.Account {
	t.Helper()
	token, err := w.SetupToken(t.Context(), seocho)
	if err != nil {
		t.Fatal(err)
	}
	a, err := w.FinishSetup(t.Context(), seocho, token, "yun", "a long password")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestWrongNamesPasswordsAndDisabledAccountsGetTheSameAnswer(t *testing.T) {
	w := newWorld(t)
	officer(t, w)
	token, err := w.Invite(t.Context(), seocho, db.Account{Name: "han", Role: payback.RoleLibrarian, Library: "111249"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.SignIn(t.Context(), seocho, "han", "", "p")
	isCode(t, err, fault.Unauthorized, "vault.sign_in")
	han, err := w.FinishSetup(t.Context(), seocho, token, "another name", "library pass")
	if err != nil || han.Name != "han" || han.Library != "111249" || han.Role != payback.RoleLibrarian {
		t.Fatalf("got %v, %v", han, err)
	}
	if err := w.Disable(t.Context(), seocho, "han", true); err != nil {
		t.Fatal(err)
	}
	for _, try := range [][2]string{{"yun", "wrong password"}, {"nobody", "a long password"}, {"han", "library pass"}, {"", ""}, {"yun", ""}} {
		_, err := w.SignIn(t.Context(), seocho, try[0], try[1], "p")
		isCode(t, err, fault.Unauthorized, "vault.sign_in")
	}
	err = w.Disable(t.Context(), seocho, "yun", true)
	isCode(t, err, fault.Conflict, "vault.last_officer")
	_, err = w.Invite(t.Context(), seocho, db.Account{Name: "yun", Role: payback.RoleOfficer})
	isCode(t, err, fault.Conflict, "vault.account_taken")
}

func TestTenPasswordsANameAQuarterOfAnHour(t *testing.T) {
	w := newWorld(t)
	officer(t, w)
	for i := 1; i <= 11; i++ {
		_, err := w.SignIn(t.Context(), seocho, "yun", "wrong", fmt.Sprint("place", i))
		want := fault.Unauthorized
		if i > 10 {
			want = fault.Limited
		}
		if fault.CodeOf(err) != want {
			t.Errorf("try %d: got %v", i, err)
		}
	}
	w.now += 15 * time.Minute.Milliseconds()
	if _, err := w.SignIn(t.Context(), seocho, "yun", "a long password", "p"); err != nil {
		t.Errorf("a quarter later: %v", err)
	}
}

func TestASessionEndsByTheServersClock(t *testing.T) {
	w := newWorld(t)
	s := w.Sessions(time.Hour)
	if err := s.CommitCtx(t.Context(), "h", []byte("x"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	w.now += time.Hour.Milliseconds() - 1
	if _, live, err := s.FindCtx(t.Context(), "h"); err != nil || !live {
		t.Errorf("before its end: %v, %v", live, err)
	}
	w.now++
	if _, live, err := s.FindCtx(t.Context(), "h"); err != nil || live {
		t.Errorf("at its end: %v, %v", live, err)
	}
}

func TestALinkThatWasReplacedOpensNothing(t *testing.T) {
	w := newWorld(t)
	finish := func(token, name string) error {
		_, err := w.FinishSetup(t.Context(), seocho, token, name, "a long password")
		return err
	}
	first, err := w.SetupToken(t.Context(), seocho) // printed at a start before
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.SetupToken(t.Context(), seocho)
	if err != nil || finish(second, "yun") != nil {
		t.Fatal(err)
	}
	if err := finish(first, "stranger"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("another first officer's link after the first officer: %v", err)
	}
	astray, err := w.Invite(t.Context(), seocho, db.Account{Name: "han", Role: payback.RoleLibrarian, Library: "111249"})
	if err != nil {
		t.Fatal(err)
	}
	w.now += 1000
	again, err := w.Invite(t.Context(), seocho, db.Account{Name: "han", Role: payback.RoleLibrarian, Library: "111249"})
	if err != nil {
		t.Fatal(err)
	}
	if err := finish(astray, ""); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("the link of an invitation that was made anew: %v", err)
	}
	if err := finish(again, ""); err != nil {
		t.Errorf("the invitation that counts: %v", err)
	}
	if err := finish(astray, ""); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an old link gives a new password: %v", err)
	}
}
