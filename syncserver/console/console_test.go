package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/console"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/vault"
	"github.com/bookpayback/bookpayback/syncserver/web"
	"github.com/bookpayback/bookpayback/syncserver/web/webtest"
)

const (
	ok       = http.StatusOK
	password = "a long password"
)

func newSite(w *webtest.World) *web.Site {
	return console.New(console.Deps{District: webtest.District, Ledger: w.Ledger, Query: w.Query, Vault: w.Vault, IDs: w.IDs, Chance: w.Chance,
		Log: w.Logger(), CAPrint: "AAAA-BBBB-CCCC-DDDD"})
}

// officer returns a visitor who set the console up.
func officer(t *testing.T, w *webtest.World) *webtest.Visitor {
	t.Helper()
	token, err := w.Vault.SetupToken(t.Context(), webtest.District)
	webtest.Must(t, err)
	v := webtest.Visit(t, newSite(w))
	v.Get("/console/setup/"+token).Says(t, ok, "첫 담당자")
	v.Post("/console/setup/"+token, "name", "윤담당", "password", password, "again", password).Says(t, ok, "답 없는 신청")
	return v
}

// librarian returns a visitor who was invited to a library.
func librarian(t *testing.T, w *webtest.World, name string, at payback.LibraryID) *webtest.Visitor {
	t.Helper()
	token, err := w.Vault.Invite(t.Context(), webtest.District, vault.Account{Name: name, Role: payback.RoleLibrarian, Library: at})
	webtest.Must(t, err)
	v := webtest.Visit(t, newSite(w))
	v.Get("/console/setup/"+token).Says(t, ok, "앞으로 쓸 비밀번호")
	v.Post("/console/setup/"+token, "password", password, "again", password).Says(t, ok, "올 상자")
	return v
}

// returned makes a copy that came back to its store, and returns its id.
func returned(w *webtest.World, n int, i payback.ISBN, resident payback.ResidentID) payback.CopyID {
	req := payback.RequestID(fmt.Sprintf("q%d", n))
	c := payback.CopyID(fmt.Sprintf("copy-%d", n))
	w.Act(webtest.Resident(resident), &payback.Place{Request: req, Resident: resident, ISBN: i, Store: "s01"})
	due := payback.DateOf(w.Ledger.Now(), time.UTC).Add(21)
	w.Act(webtest.Clerk("s01"), &payback.Sell{Copy: c, Request: req, Number: fmt.Sprintf("%04d", n), ISBN: i, Paid: 14000, List: 14000, PayBy: payback.ByCard, Approval: "3001", Due: due})
	w.Act(webtest.Clerk("s01"), &payback.Return{Loan: c})
	return c
}

// box packs copies for a library and hands the box over.
func box(w *webtest.World, id payback.TransferID, to payback.LibraryID, number int, copies ...payback.CopyID) {
	for _, c := range copies {
		w.Act(webtest.Clerk("s01"), &payback.Pack{Copy: c, Transfer: id, Library: to, Box: number, Serial: number})
	}
	w.Act(webtest.Clerk("s01"), &payback.CloseBox{Transfer: id}, &payback.HandOver{Transfer: id, Taker: "T1"})
}

func TestTheFirstOfficerSetsUpAndSignsIn(t *testing.T) {
	w := webtest.New(t)
	v := webtest.Visit(t, newSite(w))
	v.Get("/console/").Says(t, ok, "아직 담당자가 없습니다")
	officer(t, w)
	v.Post("/console/sign-in", "name", "윤담당", "password", "wrong", "next", "/").Says(t, http.StatusUnauthorized, "이름이나 비밀번호가 맞지 않습니다")
	v.Post("/console/sign-in", "name", "윤담당", "password", password, "next", "/requests").Says(t, ok, "신청", "모든 서점")
	v.Post("/console/sign-out").Says(t, ok, "비밀번호")
	v.Get("/console/requests").Says(t, ok, "비밀번호")
}

func TestASetupFormSaysWhatIsWrong(t *testing.T) {
	w := webtest.New(t)
	token, err := w.Vault.SetupToken(t.Context(), webtest.District)
	webtest.Must(t, err)
	v := webtest.Visit(t, newSite(w))
	v.Post("/console/setup/"+token, "name", "a", "password", "1234567890", "again", "123456789x").Says(t, 400, "두 비밀번호가 다릅니다")
	v.Post("/console/setup/"+token, "name", "a", "password", "123456789", "again", "123456789").Says(t, 400, "10자 이상")
	v.Get("/console/setup/nonsense").Says(t, 404, "이미 썼거나 시간이 지났습니다")
}

func TestMondayCountsWhatNeedsSomebody(t *testing.T) {
	w := webtest.New(t)
	officer(t, w)
	r := w.Join("김길동", "010-1234-5678", "1")
	returned(w, 1, webtest.Plenty, r)
	w.Act(webtest.Resident(r), &payback.Place{Request: "late", Resident: r, ISBN: webtest.Rare, Store: "s02"})
	w.Act(ledger.Actor{Role: payback.RoleClerk, By: "c", Store: "s01"}, &payback.RefundPaidOut{Loan: "copy-1", Payout: "p1", Amount: 13000, PayBy: payback.ByCard, Cancel: "1"})
	w.Pass(72 * time.Hour)
	v := signIn(t, w, "윤담당")
	v.Get("/console/").Says(t, ok, "11월 26일(목)", "먼저 볼 것: 답 없는 신청, 결정할 일", "가장 오래된 것 3일", "김*동", "올해 속도로는 연말까지 남습니다")
}

func signIn(t *testing.T, w *webtest.World, name string) *webtest.Visitor {
	t.Helper()
	v := webtest.Visit(t, newSite(w))
	v.Post("/console/sign-in", "name", name, "password", password, "next", "/").Says(t, ok)
	return v
}

func TestALibrarianComesNoFurtherThanTheirOwnDesk(t *testing.T) {
	w := webtest.New(t)
	officer(t, w)
	v := librarian(t, w, "han", "111377")
	x := librarian(t, w, "lee", "111476")
	r := w.Join("김길동", "010-1234-5678", "1")
	box(w, "t1", "111377", 3, returned(w, 1, webtest.Plenty, r))
	site := newSite(w)
	for _, route := range site.Routes() {
		method, path, _ := strings.Cut(route.Pattern, " ")
		path = "/console" + strings.NewReplacer("{id...}", "x", "{id}", "x", "{name}", "han", "{box}", "t1", "{path...}", "x", "{token}", "x", "{$}", "").Replace(path)
		anon := webtest.Visit(t, site).Send(method, path, url.Values{})
		if len(route.Roles) > 0 && (anon.Status != http.StatusSeeOther || !strings.HasPrefix(anon.Header.Get("Location"), "/console/sign-in")) {
			t.Errorf("%s lets nobody in: %d %s", route.Pattern, anon.Status, anon.Header.Get("Location"))
		}
		mine := len(route.Roles) == 0
		for _, role := range route.Roles {
			mine = mine || role == payback.RoleLibrarian
		}
		if got := v.Send(method, path, url.Values{}); !mine && got.Status != http.StatusForbidden {
			t.Errorf("%s: a librarian gets %d", route.Pattern, got.Status)
		}
	}
	x.Get("/console/intake/t1").Says(t, 404)
	x.Get("/console/intake/t1/list.csv").Says(t, 404)
	x.Post("/console/intake/t1/scan", "isbn", string(webtest.Plenty), "scan", "s").Says(t, 404)
	x.Post("/console/intake/t1/end").Says(t, 404)
	v = librarianAgain(t, w, "han")
	v.Get("/console/intake/t1").Says(t, ok, "반포서점에서 온 상자")
}

func librarianAgain(t *testing.T, w *webtest.World, name string) *webtest.Visitor {
	t.Helper()
	v := webtest.Visit(t, newSite(w))
	v.Post("/console/sign-in", "name", name, "password", password, "next", "/").Says(t, ok, "올 상자")
	return v
}

func TestEveryChangeRefusesAForeignOrigin(t *testing.T) {
	w := webtest.New(t)
	v := officer(t, w)
	v.Origin = "https://evil.example"
	for _, route := range newSite(w).Routes() {
		method, path, _ := strings.Cut(route.Pattern, " ")
		path = "/console" + strings.NewReplacer("{id...}", "x", "{id}", "x", "{name}", "x", "{box}", "x", "{path...}", "x", "{token}", "x", "{$}", "").Replace(path)
		if method != "POST" {
			continue
		}
		if got := v.Send(method, path, url.Values{}); got.Status != http.StatusForbidden {
			t.Errorf("%s from a foreign origin: %d", route.Pattern, got.Status)
		}
	}
}

func TestADisabledAccountIsSignedOutAtOnce(t *testing.T) {
	w := webtest.New(t)
	o := officer(t, w)
	v := librarian(t, w, "han", "111377")
	o.Post("/console/accounts/han/disable", "off", "yes").Says(t, ok, "바꾸었습니다", "끊음")
	v.Get("/console/intake").Says(t, ok, "비밀번호")
	o.Post("/console/accounts/"+url.PathEscape("윤담당")+"/disable", "off", "yes").Says(t, ok, "마지막 담당자")
}

func TestAnInvitationIsShownOnce(t *testing.T) {
	w := webtest.New(t)
	o := officer(t, w)
	o.Post("/console/accounts", "name", "han", "role", "librarian").Says(t, ok, "도서관을 골라야")
	page := o.Post("/console/accounts", "name", "han", "role", "librarian", "library", "111377").Says(t, ok, "/console/setup/", "초대함")
	link := regexp.MustCompile(`/console/setup/[\w-]+`).FindString(page.Body)
	if again := o.Get("/console/accounts"); strings.Contains(again.Body, link) {
		t.Error("the link is shown again")
	}
	webtest.Visit(t, newSite(w)).Get(link).Says(t, ok, "비밀번호")
	o.Post("/console/accounts", "name", "x y", "role", "officer").Says(t, ok, "빈칸은 쓸 수 없습니다")
	o.Post("/console/accounts", "name", "x", "role", "server").Says(t, 400)
}

func TestAnEnrolmentCodeIsShownOnceAndOnlyItsHashIsKept(t *testing.T) {
	w := webtest.New(t)
	o := officer(t, w)
	page := o.Post("/console/pcs/codes", "store", "s01", "label", "1번").Says(t, ok, "등록 코드", "AAAA-BBBB-CCCC-DDDD", "지금만 보입니다")
	shown := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-AAAA`).FindString(page.Body)
	code, good := stamp.ReadCode(strings.TrimSuffix(shown, "-AAAA"))
	if !good {
		t.Fatalf("no code in %s", page.Text())
	}
	hash, _ := syncproto.CodeHash(code)
	r := w.Try(ledger.Actor{Role: payback.RoleDevice}, &payback.Enrol{Device: "pc1", Hash: hash, PublicKey: strings.Repeat("k", 43)})
	if !r[0].Done() {
		t.Fatalf("enrol: %v", r[0].Reason)
	}
	if strings.Contains(o.Get("/console/pcs").Body, code) || strings.Contains(w.Log.String(), code) {
		t.Error("the code is still somewhere")
	}
	o.Get("/console/pcs").Says(t, ok, "반포서점 1번", "아직 소식 없음")
	o.Post("/console/pcs/codes", "store", "nowhere").Says(t, ok, "서점을 골라 주세요")
}

func TestAPCIsJudgedByItsStoresOpeningHours(t *testing.T) {
	w := webtest.New(t)
	officer(t, w)
	pc := func(id string) {
		w.Act(ledger.Actor{Role: payback.RoleOfficer, By: "o"}, &payback.MakeEnrolCode{Hash: "h-" + id, Store: "s01", Label: id, Expires: w.Ledger.Now() + 1000})
		w.Act(ledger.Actor{Role: payback.RoleDevice}, &payback.Enrol{Device: payback.DeviceID(id), Hash: "h-" + id, PublicKey: strings.Repeat("k", 43)})
	}
	pc("pc1")
	now := w.Ledger.Now() // Monday 14:05, open since 10
	seen := func(ago time.Duration, waiting int) {
		webtest.Must(t, w.DB.SetSetting(t.Context(), "device_status/seocho/pc1",
			fmt.Sprintf(`{"seen":%d,"v":1,"status":{"waiting":%d}}`, now-ago.Milliseconds(), waiting)))
	}
	for _, c := range []struct {
		ago     time.Duration
		waiting int
		pass    time.Duration
		want    string
	}{
		{10*time.Minute - time.Second, 50, 0, "fine"}, {10 * time.Minute, 0, 0, "late"}, {time.Minute, 51, 0, "late"},
		{60*time.Minute - time.Second, 0, 0, "late"}, {60 * time.Minute, 0, 0, "silent"},
		{time.Minute, 0, 8 * time.Hour, "closed"}, // 22:05, the shop has closed
	} {
		w.Pass(c.pass)
		seen(c.ago, c.waiting)
		f, err := w.Query.Fleet(t.Context(), webtest.District)
		webtest.Must(t, err)
		if got := string(f.PCs[0].Health); got != c.want {
			t.Errorf("unheard for %v with %d waiting: %s, want %s", c.ago+c.pass, c.waiting, got, c.want)
		}
	}
}

func TestRevokingAPCGivesItsRightsToTheServer(t *testing.T) {
	w := webtest.New(t)
	o := officer(t, w)
	w.Act(ledger.Actor{Role: payback.RoleOfficer, By: "o"}, &payback.MakeEnrolCode{Hash: "h", Store: "s01", Label: "1번", Expires: w.Ledger.Now() + 1000})
	w.Act(ledger.Actor{Role: payback.RoleDevice}, &payback.Enrol{Device: "pc1", Hash: "h", PublicKey: strings.Repeat("k", 43)})
	o.Get("/console/pcs/pc1").Says(t, ok, "가진 환불 권한 0건")
	o.Post("/console/pcs/pc1/revoke").Says(t, ok, "PC를 끊었습니다", "해지함")
	o.Get("/console/pcs/none").Says(t, 404)
}

func TestACaseIsDecidedWithAReason(t *testing.T) {
	w := webtest.New(t)
	o := officer(t, w)
	w.Act(webtest.Clerk("s01"), &payback.Sell{Copy: "walk", ISBN: webtest.Plenty, Paid: 14000, List: 14000, PayBy: payback.ByCash, Due: "2026-12-14"})
	list := o.Get("/console/cases").Says(t, ok, "신청 없는 판매", "반포서점")
	link := regexp.MustCompile(`/console/cases/[^"]+`).FindString(list.Body)
	o.Get(link).Says(t, ok, "서점에서 한 일", "서버에 있던 것", "14,000원 · 현금")
	o.Post(link, "choice", "plain").Says(t, ok, "까닭을 적고")
	o.Post(link, "choice", "nonsense", "note", "x").Says(t, ok, "까닭을 적고")
	o.Post(link, "choice", "plain", "note", "회원이 아님").Says(t, ok, "결정했습니다", "결정할 일이 없습니다")
	o.Get("/console/cases?state=decided").Says(t, ok, "신청 없는 판매")
}

func TestIntakeFindsTheBoxThatMissesACopy(t *testing.T) {
	w := webtest.New(t)
	officer(t, w)
	v := librarian(t, w, "han", "111377")
	r := w.Join("김길동", "010-1234-5678", "1")
	a, b, c := returned(w, 1, webtest.Plenty, r), returned(w, 2, webtest.Popular, r), returned(w, 3, webtest.Rare, r)
	box(w, "t1", "111377", 3, a, b)
	box(w, "t7", "111476", 7, c)
	v.Get("/console/intake").Says(t, ok, "올 상자 1개", "반포서점에서 온 상자", "0/2")
	v.Get("/console/intake/t1").Says(t, ok, "아직 안 온 책 2권", "작별하지 않는다", "소년이 온다", "상자 넘김")
	scan := func(typed string, more ...string) webtest.Reply {
		return v.Post("/console/intake/t1/scan", append([]string{"isbn", typed, "scan", w.IDs.New()}, more...)...)
	}
	scan("12345").Says(t, ok, "ISBN이 아닙니다")
	scan(string(webtest.Plenty)).Says(t, ok, "들어옴 작별하지 않는다", "1 /2")
	scan(string(webtest.Plenty)).Says(t, ok, "이미 찍음", "같은 책이 한 권 더 있음", "1 /2")
	scan(string(webtest.Rare)).Says(t, ok, "따로 둘 책", "양재도서관 상자의 책입니다", "1 /2")
	scan("9788937473135").Says(t, ok, "목록에 없음")
	v.Get("/console/intake/t1/list.csv").Says(t, ok, string(webtest.Plenty)+",작별하지 않는다,한강")
	v.Post("/console/intake/t1/end").Says(t, ok, "들어온 책 1권, 빠진 책 1권", "찾고 있는 책이 1권")
	v.Get("/console/shelve").Says(t, ok, "작별하지 않는다")
	v.Post("/console/shelve").Says(t, ok, "꽂은 책을 골라 주세요")
	v.Post("/console/shelve", "copy_copy-1", "yes", "number_copy-1", "EM0001").Says(t, ok, "1권을 서가에 있음으로", "서가에 꽂을 책이 없습니다")
	found, err := w.Query.OpenBox(t.Context(), webtest.District, "", "t7")
	webtest.Must(t, err)
	if len(found.In) != 1 || len(found.Missing) != 0 {
		t.Errorf("the stray copy's box: %d in, %d missing", len(found.In), len(found.Missing))
	}
}

func TestStatisticsAreShownDefinedAndTakenAway(t *testing.T) {
	w := webtest.New(t)
	o := officer(t, w)
	returned(w, 1, webtest.Plenty, w.Join("김길동", "010-1234-5678", "1"))
	for _, name := range []string{"funnel", "returns", "holdings", "users", "settlements"} {
		page := o.Get("/console/stats?report="+name).Says(t, ok, "CSV로 내려받기", "2026-11-23 14:05")
		if strings.Contains(page.Text(), "[report.") {
			t.Errorf("%s lacks words: %s", name, page.Text())
		}
		file := o.Get("/console/stats?report=" + name + "&format=csv")
		if !strings.Contains(file.Header.Get("Content-Disposition"), name+".csv") || file.Body == "" {
			t.Errorf("%s as a file: %v", name, file.Header)
		}
	}
	if svg := o.Get("/console/stats?report=returns&format=svg"); !strings.Contains(svg.Body, "<svg") {
		t.Errorf("no chart: %.80s", svg.Body)
	}
	o.Get("/console/stats?from=2026-12-01&to=2026-01-01").Says(t, 400)
	o.Get("/console/stats?report=nonsense").Says(t, 404)
}

func TestListsAreNarrowedByStateAndStore(t *testing.T) {
	w := webtest.New(t)
	o := officer(t, w)
	r := w.Join("김길동", "010-1234-5678", "1")
	returned(w, 1, webtest.Plenty, r)
	w.Act(webtest.Resident(r), &payback.Place{Request: "q9", Resident: r, ISBN: webtest.Rare, Store: "s02"})
	o.Get("/console/requests").Says(t, ok, "2건", "작별하지 않는다", "불편한 편의점", "김*동", "환불 남음")
	if page := o.Get("/console/requests?state=placed&store=s02").Says(t, ok, "1건", "불편한 편의점"); strings.Contains(page.Text(), "작별") {
		t.Error("the filter lets others through")
	}
	o.Get("/console/boxes").Says(t, ok, "상자")
	o.Get("/console/texts").Says(t, ok, "못 보낸 문자가 없습니다")
}

func TestConsoleScreenshots(t *testing.T) {
	w := webtest.New(t)
	officer(t, w)
	librarian(t, w, "han", "111377")
	r := w.Join("김길동", "010-1234-5678", "1")
	w.Upsert(&payback.PolicyRow{Policy: many()})
	var copies []payback.CopyID
	for i, number := range []payback.ISBN{webtest.Plenty, webtest.Popular, webtest.Rare} {
		copies = append(copies, returned(w, i+1, number, r))
	}
	w.Act(webtest.Clerk("s01"), &payback.RefundPaidOut{Loan: copies[0], Payout: "p", Amount: 13000, PayBy: payback.ByCard, Cancel: "1"})
	w.Act(webtest.Clerk("s01"), &payback.Sell{Copy: "walk", ISBN: webtest.Plenty, Paid: 14000, List: 14000, PayBy: payback.ByCash, Due: "2026-12-14"})
	box(w, "t1", "111377", 3, copies...)
	w.Act(webtest.Resident(r), &payback.Place{Request: "q9", Resident: r, ISBN: "9788937473135", Store: "s02"})
	w.Act(ledger.Actor{Role: payback.RoleOfficer, By: "o"}, &payback.MakeEnrolCode{Hash: "h", Store: "s01", Label: "1번", Expires: w.Ledger.Now() + 1000})
	w.Act(ledger.Actor{Role: payback.RoleDevice}, &payback.Enrol{Device: "pc1", Hash: "h", PublicKey: strings.Repeat("k", 43)})
	w.Pass(3*24*time.Hour - 2*time.Hour)
	webtest.Must(t, w.DB.SetSetting(t.Context(), "device_status/seocho/pc1", fmt.Sprintf(`{"seen":%d,"status":{"waiting":6,"program":"1.0.0"}}`, w.Ledger.Now()-int64(70*time.Minute/time.Millisecond))))

	b := webtest.Browse(t, newSite(w), 1280, 800, 1)
	b.Dir = os.Getenv("BOOKPAYBACK_SCREENSHOTS")
	b.Open("/console/sign-in")
	b.Shot("console-sign-in")
	b.Type("#name", "윤담당")
	b.Type("#password", password)
	b.Press(".rb.pri", ".grid")
	b.Shot("console-monday")
	for _, page := range []string{"requests", "cases", "pcs", "boxes", "accounts", "stats?report=returns"} {
		b.Open("/console/" + page)
		b.Wait("h1")
		b.Shot("console-" + strings.TrimSuffix(page, "?report=returns"))
	}
	b.Open("/console/cases")
	b.Press("td a", ".choices")
	b.Shot("console-case")

	l := webtest.Browse(t, newSite(w), 1024, 768, 1)
	l.Dir = b.Dir
	l.Open("/console/sign-in")
	l.Type("#name", "han")
	l.Type("#password", password)
	l.Press(".rb.pri", ".oth")
	l.Shot("console-expected")
	l.Open("/console/intake/t1")
	l.Type("#isbn", string(webtest.Plenty)+"\n")
	l.Wait(`.cnt[data-in="1"]`)
	l.Type("#isbn", string(webtest.Popular)+"\n")
	l.Wait(`.cnt[data-in="2"]`)
	l.Shot("console-intake")
	if text := l.Text(".cnt"); !strings.HasPrefix(text, "2/") {
		t.Errorf("after two scans: %s", text)
	}
}

// many is a policy that lets one resident have much.
func many() payback.Policy {
	p := payback.DefaultPolicy()
	p.From, p.MonthLimit, p.BudgetYear = "2026-11-01", 99, 400_000
	return p
}

// What a restore left to decide is of a store's op, or of no store: what is lost.
func TestCasesOfARestoreAreShownAndDecidedWithAndWithoutAStore(t *testing.T) {
	w := webtest.New(t)
	o := officer(t, w)
	w.Act(ledger.Actor{Role: payback.RoleServer}, &payback.Restored{Epoch: "e1", Lost: 3})
	w.Act(ledger.Actor{Role: payback.RoleServer}, &payback.Restored{Epoch: "e1", Run: "run1", Wseq: 7, Of: payback.KSell, Store: "s01",
		About: payback.LoanKey("c1"), Told: payback.Applied, Now: payback.Held, Stood: true})
	list := o.Get("/console/cases").Says(t, ok, "기록 3건", "반포서점")
	links := regexp.MustCompile(`/console/cases/[^"]+`).FindAllString(list.Body, -1)
	if len(links) != 2 {
		t.Fatalf("links: %v", links)
	}
	for _, link := range links {
		page := o.Get(link).Says(t, ok, "복구")
		if strings.Contains(page.Body, "1970") || strings.Contains(page.Body, "<dd></dd>") || strings.Contains(page.Body, "applied") {
			t.Errorf("%s: %s", link, page.Body)
		}
		o.Post(link, "choice", "noted", "note", "확인함").Says(t, ok, "결정했습니다")
	}
	o.Get("/console/cases").Says(t, ok, "결정할 일이 없습니다")
}
