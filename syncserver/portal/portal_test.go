package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/portal"
	"github.com/bookpayback/bookpayback/syncserver/web"
	"github.com/bookpayback/bookpayback/syncserver/web/webtest"
)

const (
	ok   = http.StatusOK
	card = "2976096096"
	name = "김길동"
	call = "010-1234-5678"
)

func newSite(t testing.TB, w *webtest.World) *web.Site {
	return portal.New(portal.Deps{District: webtest.District, Ledger: w.Ledger, Query: w.Query, Vault: w.Vault, Chance: w.Chance, Log: w.Logger()})
}

// setUp returns a world and a resident who has signed in.
func setUp(t *testing.T) (*webtest.World, *webtest.Visitor, payback.ResidentID) {
	t.Helper()
	w := webtest.New(t)
	id := w.Join(name, call, card)
	v := webtest.Visit(t, newSite(t, w))
	v.SignIn(w, id, card)
	return w, v, id
}

// ask places a request by the form and returns its id.
func ask(t *testing.T, v *webtest.Visitor, i payback.ISBN, store payback.StoreID) payback.RequestID {
	t.Helper()
	form := v.Get("/titles/"+string(i)).Says(t, ok)
	id := form.Field("/requests", "id")
	v.Post("/requests", "id", id, "isbn", string(i), "store", string(store)).Says(t, ok, "신청했습니다")
	return payback.RequestID(id)
}

func TestASearchSaysOfEachTitleWhatCanBeDone(t *testing.T) {
	w, v, _ := setUp(t)
	w.Exhaust(webtest.Popular, 15)
	page := v.Get("/?q="+url.QueryEscape("한강")).Says(t, ok,
		"이번 달 3번 더 신청 가능", "3권, 14:05 기준",
		"작별하지 않는다", "지금 신청 · 남은 자리 3", "반포서점 책장에 2권 · 어제 18:05 기준",
		"소년이 온다", "줄 서기 · 바로 다음 차례", "15권이 모두 나가 있음", "1월 22일",
		"한강 소설 모음 (전 6권)", "신청할 수 없음 · 50,000원이 넘음", "낱권")
	if strings.Contains(page.Body, "style=") {
		t.Error("the page has styles of its own, which its policy forbids")
	}
	v.Get("/?q="+url.QueryEscape("ㅂㅍㅎ")).Says(t, ok, "불편한 편의점")
	v.Get("/?q=qnfvus").Says(t, ok, "불편한 편의점", "‘불편’으로 찾았습니다")
	v.Get("/?q=978-89-546-8215-2").Says(t, ok, "작별하지 않는다")
	v.Get("/?q="+url.QueryEscape("없는책")).Says(t, ok, "찾은 책이 없습니다", "ISBN")
}

func TestATitleThatNobodyDescribedCanBeAskedForByItsNumber(t *testing.T) {
	_, v, _ := setUp(t)
	v.Get("/?q=9788937473135").Says(t, ok, "아직 등록되지 않은 책", "지금 신청")
	v.Get("/titles/9788937473135").Says(t, ok, "아직 모릅니다", "50,000원을 넘으면")
	ask(t, v, "9788937473135", "s01")
}

func TestAVisitorWithoutASessionSearchesAndSignsInToAsk(t *testing.T) {
	w := webtest.New(t)
	id := w.Join(name, call, card)
	v := webtest.Visit(t, newSite(t, w))
	v.Get("/?q="+url.QueryEscape("작별")).Says(t, ok, "지금 신청")
	form := v.Get("/titles/"+string(webtest.Plenty)).Says(t, ok, "로그인하고 신청하기")
	sign := v.Post("/requests", "id", form.Field("/requests", "id"), "isbn", string(webtest.Plenty), "store", "s02").Says(t, ok, "회원증 번호")
	next := sign.Field("/sign-in", "next")
	v.Post("/sign-in", "card", card, "next", next).Says(t, ok, "6자리")
	back := v.Post("/sign-in/code", "card", card, "code", w.Code(id), "next", next).Says(t, ok, "신청하기")
	if !strings.Contains(back.Body, `value="s02" checked`) {
		t.Error("the store that was chosen before signing in is forgotten")
	}
}

func TestTheAnswersToKnownAndUnknownCardsAreTheSame(t *testing.T) {
	w := webtest.New(t)
	w.Join(name, call, card)
	bodies := map[string]string{}
	for _, c := range []string{card, "1111111111"} {
		v := webtest.Visit(t, newSite(t, w))
		sent := v.Send("POST", "/sign-in", url.Values{"card": {c}, "next": {"/"}})
		wrong := v.Send("POST", "/sign-in/code", url.Values{"card": {c}, "code": {"x"}, "next": {"/"}})
		all := fmt.Sprint(sent.Status, sent.Body, wrong.Status, wrong.Body)
		bodies[c] = nonces.Replace(strings.ReplaceAll(all, c, "CARD"))
	}
	if a, b := scrub(bodies[card]), scrub(bodies["1111111111"]); a != b {
		t.Errorf("the pages differ:\n%s\n%s", a, b)
	}
}

var nonces = strings.NewReplacer()

// scrub takes the nonces out of a page.
func scrub(page string) string {
	for {
		at := strings.Index(page, `nonce="`)
		if at < 0 {
			return page
		}
		end := strings.Index(page[at+7:], `"`)
		page = page[:at] + page[at+7+end+1:]
	}
}

func TestTheFormSaysWhereATitleCanBeHadAndWhyNot(t *testing.T) {
	w, v, _ := setUp(t)
	v.Get("/titles/"+string(webtest.Plenty)).Says(t, ok, "14,000원", "이번 달 3번", "올해 24번",
		"반포서점", "책장에 2권", "서래서점", "재고를 알 수 없음", "우면문고 새 신청을 잠시 받지 않는 서점입니다",
		"영업일 1일 안에", "7일 안에 서점에서 삽니다", "21일 안에 같은 서점에")
	w.Upsert(&payback.PolicyRow{Policy: spent()})
	v.Get("/titles/"+string(webtest.Plenty)).Says(t, ok, "올해 예산이 모두 쓰였습니다", "이미 한 신청과 환불은 그대로입니다")
}

// spent is a policy whose budget is used up.
func spent() payback.Policy {
	p := payback.DefaultPolicy()
	p.From, p.BudgetYear = "2026-11-01", 1
	return p
}

func TestARequestIsPlacedOnceHoweverOftenTheFormIsSent(t *testing.T) {
	w, v, id := setUp(t)
	form := v.Get("/titles/" + string(webtest.Plenty))
	request := form.Field("/requests", "id")
	for range 3 {
		v.Post("/requests", "id", request, "isbn", string(webtest.Plenty), "store", "s01").Says(t, ok, "반포서점에서 책을 찾고 있습니다", "0001")
	}
	v.Get("/").Says(t, ok, "내 신청 1")
	mine, err := w.Query.Mine(t.Context(), webtest.District, id)
	webtest.Must(t, err)
	if len(mine.Open) != 1 || mine.Standing.MonthLeft != 2 {
		t.Errorf("got %d requests, %d left", len(mine.Open), mine.Standing.MonthLeft)
	}
	v.Get("/titles/"+string(webtest.Plenty)).Says(t, ok, "이미 신청했거나 줄을 선 책")
}

func TestMyRequestFollowsTheCopyStepByStep(t *testing.T) {
	w, v, _ := setUp(t)
	id := ask(t, v, webtest.Plenty, "s01")
	page := "/my/" + string(id)
	v.Get(page).Says(t, ok, "반포서점에서 책을 찾고 있습니다", "취소하려면", "신청 11.23")
	w.Act(webtest.Clerk("s01"), &payback.Accept{Request: id, Assign: 1, Hold: 7})
	v.Get(page).Says(t, ok, "11월 30일(월)까지 반포서점에서 찾아가세요", "7일 남았습니다", "수령 번호 0001", "달력에 넣기", "수요일 쉼", "오늘 10:00-21:00")
	v.Get(page+"/calendar.ics").Says(t, ok, "DTSTART;VALUE=DATE:20261130", "작별하지 않는다")
	sell(w, id)
	v.Get(page).Says(t, ok, "12월 14일(월)까지 반포서점에 반납하세요", "반납 번호 0001", "14,000원 , 내신 카드로", "영수증은 없어도 됩니다", "책을 가지려면")
	w.Act(webtest.Clerk("s01"), &payback.Return{Loan: "copy-1"})
	v.Get(page).Says(t, ok, "반포서점에서 환불받으세요")
	w.Act(webtest.Clerk("s01"), &payback.RefundPaidOut{Loan: "copy-1", Payout: "p1", Amount: 14000, PayBy: payback.ByCard, Cancel: "9911"})
	v.Get(page).Says(t, ok, "환불이 끝났습니다", "카드사에 따라 3~5일")
}

func sell(w *webtest.World, id payback.RequestID) {
	w.Act(webtest.Clerk("s01"), &payback.Sell{Copy: "copy-1", Request: id, Number: "0001", ISBN: webtest.Plenty, Paid: 14000, List: 14000, PayBy: payback.ByCard,
		Approval: "30012345", Due: "2026-12-14"})
}

func TestALateCopySaysWhatCanStillBeDone(t *testing.T) {
	w, v, who := setUp(t)
	id := ask(t, v, webtest.Plenty, "s01")
	sell(w, id)
	w.Pass(22 * 24 * time.Hour)
	v.SignIn(w, who, card) // the session of three weeks ago is over
	v.Get("/my/"+string(id)).Says(t, ok, "반납 기한 12월 14일(월)이 지났습니다", "갖거나 맡길 수 있습니다")
	v.Get("/my/"+string(id)+"/keep").Says(t, ok, "되돌릴 수 없습니다")
	v.Post("/my/"+string(id)+"/keep").Says(t, ok, "이제 내 책입니다", "이 책은 내 책입니다")
}

func TestADeclinedRequestMovesToAnotherStore(t *testing.T) {
	w, v, _ := setUp(t)
	id := ask(t, v, webtest.Plenty, "s01")
	w.Act(webtest.Clerk("s01"), &payback.Decline{Request: id, Assign: 1, Reason: payback.DeclineNotOnShelf, From: payback.Placed})
	v.Get("/my/"+string(id)).Says(t, ok, "11월 26일(목)까지 다른 서점을 고르세요", "책장에 없음", "자리와 예산은 그대로")
	v.Get("/my/"+string(id)+"/store").Says(t, ok, "서래서점", "반포서점 지금과 같은 서점입니다")
	v.Post("/my/"+string(id)+"/store").Says(t, ok, "서점을 하나 골라 주세요")
	v.Post("/my/"+string(id)+"/store", "store", "s02").Says(t, ok, "서점을 바꾸었습니다", "서래서점에서 책을 찾고 있습니다")
}

func TestACancelledRequestGivesItsPlaceBack(t *testing.T) {
	_, v, _ := setUp(t)
	id := ask(t, v, webtest.Plenty, "s01")
	v.Get("/my/"+string(id)+"/cancel").Says(t, ok, "신청을 취소할까요?")
	v.Post("/my/"+string(id)+"/cancel").Says(t, ok, "신청을 취소했습니다", "취소한 신청입니다")
	v.Get("/my").Says(t, ok, "이번 달 3번 더 신청 가능", "지금 신청한 책이 없습니다", "지난 신청")
}

func TestTheLineOffersItsFirstTheFreedPlace(t *testing.T) {
	w, v, _ := setUp(t)
	others := w.Exhaust(webtest.Rare, 3)
	form := v.Get("/titles/"+string(webtest.Rare)).Says(t, ok, "줄 서기 · 바로 다음 차례", "3권이 모두 나가 있음", "어느 서점이면 좋을까요?")
	wait := form.Field("/waits", "id")
	v.Post("/waits", "id", wait, "isbn", string(webtest.Rare)).Says(t, ok, "서점을 하나 골라 주세요")
	v.Post("/waits", "id", wait, "isbn", string(webtest.Rare), "store", "s02", "store", "s01").Says(t, ok, "줄을 섰습니다", "다음이 내 차례입니다")
	first, err := w.Query.Mine(t.Context(), webtest.District, others[0])
	webtest.Must(t, err)
	w.Act(webtest.Resident(others[0]), &payback.Cancel{Request: first.Open[0].Request.ID})
	v.Get("/my").Says(t, ok, "11월 25일(수)까지 신청하세요")
	offer := v.Get("/waits/"+wait).Says(t, ok, "자리가 났습니다", "서래서점")
	v.Post("/waits/"+wait+"/take", "id", offer.Field("/waits/", "id"), "store", "s02").Says(t, ok, "신청했습니다", "서래서점에서 책을 찾고 있습니다")
	v.Get("/waits/"+wait).Says(t, ok, "이 차례로 신청했습니다")
}

func TestWhoLosesTheLastPlaceIsOfferedTheLine(t *testing.T) {
	w, v, _ := setUp(t)
	form := v.Get("/titles/"+string(webtest.Rare)).Says(t, ok, "지금 신청")
	w.Exhaust(webtest.Rare, 3)
	v.Post("/requests", "id", form.Field("/requests", "id"), "isbn", string(webtest.Rare), "store", "s01").
		Says(t, ok, "그사이 남은 자리가 찼습니다", "줄 서기")
}

func TestLeavingTheLine(t *testing.T) {
	w, v, _ := setUp(t)
	w.Exhaust(webtest.Rare, 3)
	wait := v.Get("/titles/"+string(webtest.Rare)).Field("/waits", "id")
	v.Post("/waits", "id", wait, "isbn", string(webtest.Rare), "store", "s02").Says(t, ok)
	v.Post("/waits/"+wait+"/leave").Says(t, ok, "줄에서 나갔습니다")
}

func TestTheMonthsLimitIsSaidBeforeTheForm(t *testing.T) {
	_, v, _ := setUp(t)
	for _, i := range []payback.ISBN{webtest.Plenty, webtest.Popular, webtest.Rare} {
		ask(t, v, i, "s01")
	}
	page := v.Get("/titles/9788937473135").Says(t, ok, "이번 달 신청 3번을 모두 썼습니다", "다음 달 1일부터")
	if strings.Contains(page.Body, `action="/requests"`) {
		t.Error("the form is there although its answer is known")
	}
}

func TestNobodySeesOrChangesAnothersThings(t *testing.T) {
	w, v, _ := setUp(t)
	id := ask(t, v, webtest.Plenty, "s01")
	w.Exhaust(webtest.Rare, 3)
	wait := v.Get("/titles/"+string(webtest.Rare)).Field("/waits", "id")
	v.Post("/waits", "id", wait, "isbn", string(webtest.Rare), "store", "s02").Says(t, ok)

	other := w.Join("이수아", "010-2222-3333", "2847071134")
	x := webtest.Visit(t, newSite(t, w))
	x.SignIn(w, other, "2847071134")
	for _, path := range []string{"", "/store", "/cancel", "/keep", "/calendar.ics"} {
		x.Get("/my/"+string(id)+path).Says(t, http.StatusNotFound)
	}
	x.Get("/waits/"+wait).Says(t, http.StatusNotFound)
	for _, path := range []string{"/my/" + string(id) + "/cancel", "/my/" + string(id) + "/keep", "/my/" + string(id) + "/store", "/waits/" + wait + "/leave", "/waits/" + wait + "/take"} {
		x.Post(path, "store", "s02", "id", w.IDs.New()).Says(t, http.StatusNotFound)
	}
	v.Get("/my/"+string(id)).Says(t, ok, "반포서점에서 책을 찾고 있습니다")
}

func TestEveryChangeRefusesAForeignOriginAndEveryReplyHasItsHeaders(t *testing.T) {
	w, v, _ := setUp(t)
	site := newSite(t, w)
	for _, r := range append(site.Routes(), web.Route{Pattern: "POST /language"}) {
		method, path, _ := strings.Cut(r.Pattern, " ")
		path = strings.NewReplacer("{id}", "x", "{isbn}", string(webtest.Plenty), "{$}", "").Replace(path)
		if method == "POST" {
			v.Origin = "https://evil.example"
			if got := v.Send(method, path, url.Values{}); got.Status != http.StatusForbidden {
				t.Errorf("%s from a foreign origin: %d", r.Pattern, got.Status)
			}
			v.Origin = "http://bookpayback.test"
		}
		got := v.Send(method, path, url.Values{})
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
			"Cache-Control": "no-store", "Content-Security-Policy": "frame-ancestors 'none'"} {
			if !strings.Contains(got.Header.Get(name), want) {
				t.Errorf("%s: %s is %q", r.Pattern, name, got.Header.Get(name))
			}
		}
	}
}

func TestASessionEndsWhenUnusedAndWhenOld(t *testing.T) {
	w, v, id := setUp(t)
	v.Get("/my").Says(t, ok, "내 신청")
	w.Pass(portal.Idle - time.Second)
	v.Get("/my").Says(t, ok, "지금 신청한 책이 없습니다")
	w.Pass(portal.Idle)
	v.Get("/my").Says(t, ok, "회원증 번호")
	v.SignIn(w, id, card)
	for range 60 {
		w.Pass(portal.Idle - time.Minute)
		v.Get("/my")
	}
	v.Get("/my").Says(t, ok, "회원증 번호")
}

func TestAnErasedResidentIsSignedOut(t *testing.T) {
	w, v, id := setUp(t)
	webtest.Must(t, w.Vault.Erase(t.Context(), webtest.District, id))
	v.Get("/my").Says(t, ok, "회원증 번호")
}

func TestALinkToSignInLeadsNowhereElse(t *testing.T) {
	w := webtest.New(t)
	id := w.Join(name, call, card)
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", "/\tx"} {
		v := webtest.Visit(t, newSite(t, w))
		v.Post("/sign-in", "card", card, "next", next).Says(t, ok)
		got := v.Send("POST", "/sign-in/code", url.Values{"card": {card}, "code": {w.Code(id)}, "next": {next}})
		if got.Header.Get("Location") != "/" {
			t.Errorf("%q leads to %q", next, got.Header.Get("Location"))
		}
		w.Pass(time.Hour)
	}
}

func TestTheSiteSpeaksEnglishToo(t *testing.T) {
	_, v, _ := setUp(t)
	v.Post("/language", "to", "en").Says(t, ok, "My requests")
	id := ask2(t, v)
	v.Get("/my/"+id).Says(t, ok, "반포서점 is looking for the book", "Asked", "Cancel the request")
	v.Post("/language", "to", "xx").Says(t, http.StatusBadRequest)
}

func ask2(t *testing.T, v *webtest.Visitor) string {
	id := v.Get("/titles/"+string(webtest.Plenty)).Field("/requests", "id")
	v.Post("/requests", "id", id, "isbn", string(webtest.Plenty), "store", "s01").Says(t, ok, "Requested")
	return id
}

func TestPagesThatAreNotThereSaySoInWords(t *testing.T) {
	_, v, _ := setUp(t)
	v.Get("/nothing").Says(t, http.StatusNotFound, "찾을 수 없습니다")
	v.Get("/titles/123").Says(t, http.StatusNotFound)
	v.Post("/requests", "isbn", "123", "store", "s01").Says(t, http.StatusBadRequest)
	v.Post("/requests", "isbn", string(webtest.Plenty), "store", "s01", "id", strings.Repeat("x", 70_000)).Says(t, http.StatusBadRequest, "너무 큽니다")
	v.Post("/requests", "isbn", string(webtest.Plenty), "store", "s01", "id", strings.Repeat("x", 65)).Says(t, http.StatusBadRequest)
}

func TestNoNamePhoneOrCardIsInTheLedgerOrTheLog(t *testing.T) {
	w, v, who := setUp(t)
	id := ask(t, v, webtest.Plenty, "s01")
	v.Get("/my?card=" + card)
	v.Post("/sign-in/code", "card", card, "code", "000000")
	v.Get("/my/" + string(id))
	v.Post("/my/" + string(id) + "/cancel")
	v.Get("/nothing/" + card)
	sources := map[string]string{"the log": w.Log.String()}
	webtest.Must(t, w.Ledger.View(t.Context(), webtest.District, allBytes(sources)))
	for where, text := range sources {
		for _, canary := range []string{name, "길동", call, "01012345678", "12345678", card} {
			if strings.Contains(text, canary) {
				t.Errorf("%q is in %s", canary, where)
			}
		}
	}
	if !strings.Contains(sources["ops"], string(who)) {
		t.Error("the ops were not looked at")
	}
}
