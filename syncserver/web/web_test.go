package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/web"
	"github.com/bookpayback/bookpayback/syncserver/web/webtest"
)

// testSite is a site of few pages: what they do is the frame's alone.
func testSite(w *webtest.World, tls bool, admit func(context.Context, web.Who) (web.Who, error)) *web.Site {
	page := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	if admit == nil {
		admit = func(_ context.Context, who web.Who) (web.Who, error) { return who, nil }
	}
	zone := time.FixedZone("KST", 9*3600)
	return web.New(web.Config{
		Name: "test", Prefix: "/x", Vault: w.Vault, Now: w.Ledger.Now, Chance: w.Chance, Log: w.Logger(), TLS: tls, Idle: time.Hour, Life: 10 * time.Hour,
		Templates: fstest.MapFS{
			"site.html": page(`{{define "body_class"}}{{end}}{{define "header"}}{{end}}{{define "footer"}}{{template "languages" .}}{{end}}`),
			"page.html": page(`{{define "title"}}T{{end}}{{define "main"}}<p>{{.Body}} {{.Lang}} {{.Who.ID}} {{.When .Now}}</p>{{end}}`),
		},
		About: func(context.Context) (web.About, error) { return web.About{Name: "서초구", Zone: zone}, nil },
		Admit: admit,
	}, []web.Route{
		{Pattern: "GET /{$}", Page: func(v *web.Visit) error { return v.Show("page", v.Query("q")) }},
		{Pattern: "GET /mine", Roles: []payback.Role{payback.RoleOfficer}, Page: func(v *web.Visit) error { return v.Show("page", "mine") }},
		{Pattern: "GET /fails", Page: func(*web.Visit) error { return errors.New("disk on fire at /var/lib") }},
		{Pattern: "GET /panics", Page: func(*web.Visit) error { panic("oh no") }},
		{Pattern: "GET /limited", Page: func(*web.Visit) error { return fault.New(fault.Limited, "") }},
		{Pattern: "GET /sign-in", Page: func(v *web.Visit) error { return v.Show("page", "sign in for "+v.Query("next")) }},
		{Pattern: "POST /sign-in", Page: func(v *web.Visit) error {
			if err := v.SignIn(web.Who{ID: "me", Name: "n", Role: payback.Role(v.Form("role"))}); err != nil {
				return err
			}
			v.Tell("done", "welcome <b>")
			return v.Go(v.Form("next"))
		}},
	})
}

func TestAReasonIsWrittenOutForItsReader(t *testing.T) {
	ko, en := assets.NewSpeaker("ko"), assets.NewSpeaker("en")
	reason := func(key string, args ...string) payback.Reason {
		r := payback.Reason{Key: key, Args: map[string]string{}}
		for i := 0; i+1 < len(args); i += 2 {
			r.Args[args[i]] = args[i+1]
		}
		return r
	}
	for _, c := range []struct {
		site string
		r    payback.Reason
		ko   string
	}{
		{"portal", reason("price_over", "ceiling", "50000", "price", "88000"), "50,000원을 넘는 책은 신청할 수 없습니다."},
		{"console", reason("price_over", "ceiling", "50000", "price", "88000"), "88,000원은 신청할 수 있는 값(50,000원)을 넘습니다."},
		{"console", reason("resident_barred", "until", "2026-11-27"), "11월 27일(금)까지"},
		{"console", reason("is_now", "state", "sold"), "그사이 상태가 바뀌었습니다: 판매함."},
		{"console", reason("refund_kind", "paid", "cash", "due", "card"), "받은 방법(카드)과 다르게(현금) 돌려주었습니다."},
		{"console", reason("intake_extra", "isbn", "9788954682152"), "목록에 없는 책(ISBN 978-89-546-8215-2)이 상자에 있었습니다."},
		{"console", reason("nobody_wrote_this"), "지금은 할 수 없습니다 (nobody_wrote_this)."},
		{"console", payback.Reason{}, ""},
	} {
		if got := web.Reason(ko, c.site, c.r); !strings.Contains(got, c.ko) {
			t.Errorf("%s %s: got %q, want %q", c.site, c.r.Key, got, c.ko)
		}
		if got := web.Reason(en, c.site, c.r); strings.Contains(got, "[") || (got == "") != c.r.None() {
			t.Errorf("%s %s in English: %q", c.site, c.r.Key, got)
		}
	}
}

func TestByTLSCookiesAreBoundToTheHostAndTheSiteStaysOnTLS(t *testing.T) {
	w := webtest.New(t)
	for _, tls := range []bool{true, false} {
		v := webtest.Visit(t, testSite(w, tls, nil))
		got := v.Send("POST", "/x/sign-in", url.Values{"role": {"officer"}, "next": {"/mine"}})
		cookie := got.Header.Get("Set-Cookie")
		for _, part := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
			if !strings.Contains(cookie, part) {
				t.Errorf("tls %v: %s is missing in %q", tls, part, cookie)
			}
		}
		if strings.HasPrefix(cookie, "__Host-test=") != tls || strings.Contains(cookie, "Secure") != tls {
			t.Errorf("tls %v: cookie %q", tls, cookie)
		}
		if (got.Header.Get("Strict-Transport-Security") != "") != tls {
			t.Errorf("tls %v: %q", tls, got.Header.Get("Strict-Transport-Security"))
		}
	}
}

func TestSigningInMakesANewToken(t *testing.T) {
	w := webtest.New(t)
	v := webtest.Visit(t, testSite(w, false, nil))
	first := v.Send("POST", "/x/sign-in", url.Values{"role": {"officer"}, "next": {"/"}}).Header.Get("Set-Cookie")
	second := v.Send("POST", "/x/sign-in", url.Values{"role": {"officer"}, "next": {"/"}}).Header.Get("Set-Cookie")
	if first == second || second == "" {
		t.Errorf("tokens %q and %q", first, second)
	}
}

func TestARouteIsForItsRoles(t *testing.T) {
	w := webtest.New(t)
	v := webtest.Visit(t, testSite(w, false, nil))
	v.Get("/x/mine?a=1").Says(t, 200, "sign in for /mine?a=1")
	v.Post("/x/sign-in", "role", "librarian", "next", "/mine").Says(t, 403, "권한이 없습니다")
	v.Post("/x/sign-in", "role", "officer", "next", "/mine").Says(t, 200, "welcome <b>", "mine ko me", "11월 23일(월) 14:05")
	if page := v.Get("/x/mine"); strings.Contains(page.Text(), "welcome") {
		t.Error("the sentence is said twice")
	}
}

func TestWhoIsNoLongerAdmittedIsNobody(t *testing.T) {
	w := webtest.New(t)
	gone := false
	v := webtest.Visit(t, testSite(w, false, func(_ context.Context, who web.Who) (web.Who, error) {
		if gone {
			return web.Who{}, nil
		}
		return who, nil
	}))
	v.Post("/x/sign-in", "role", "officer", "next", "/mine").Says(t, 200, "mine")
	gone = true
	v.Get("/x/mine").Says(t, 200, "sign in for")
	gone = false
	v.Get("/x/mine").Says(t, 200, "sign in for")
}

func TestAnErrorPageSaysWhatItIsAndNotWhereItWas(t *testing.T) {
	w := webtest.New(t)
	v := webtest.Visit(t, testSite(w, false, nil))
	for path, status := range map[string]int{"/x/fails": 500, "/x/panics": 500, "/x/limited": 429, "/x/nothing": 404} {
		page := v.Get(path).Says(t, status)
		if strings.Contains(page.Body, "/var/lib") || strings.Contains(page.Body, "oh no") {
			t.Errorf("%s tells too much", path)
		}
	}
	if log := w.Log.String(); !strings.Contains(log, "disk on fire") || !strings.Contains(log, "oh no") {
		t.Error("operators are not told")
	}
}

func TestWhatIsTypedIsEscaped(t *testing.T) {
	w := webtest.New(t)
	v := webtest.Visit(t, testSite(w, false, nil))
	for _, typed := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</p><svg onload=alert(1)>`} {
		if page := v.Get("/x/?q=" + url.QueryEscape(typed)); strings.Contains(page.Body, typed) {
			t.Errorf("%q comes back as it is", typed)
		}
	}
}

func TestEachPageHasANonceOfItsOwn(t *testing.T) {
	w := webtest.New(t)
	v := webtest.Visit(t, testSite(w, false, nil))
	seen := map[string]bool{}
	for range 3 {
		page := v.Get("/x/")
		nonce := regexp.MustCompile(`script-src 'nonce-([^']+)'`).FindStringSubmatch(page.Header.Get("Content-Security-Policy"))
		if nonce == nil || !strings.Contains(strings.ReplaceAll(page.Body, "&#43;", "+"), `nonce="`+nonce[1]+`"`) || seen[nonce[1]] {
			t.Fatalf("nonce %v", nonce)
		}
		seen[nonce[1]] = true
	}
}

func TestFilesAreKeptForGoodAndSmall(t *testing.T) {
	w := webtest.New(t)
	v := webtest.Visit(t, testSite(w, false, nil))
	page := v.Get("/x/")
	links := regexp.MustCompile(`/x/assets/[a-z]+\.[0-9a-f]{12}\.(css|js)`).FindAllString(page.Body, -1)
	if len(links) != 2 {
		t.Fatalf("files: %v", links)
	}
	sum := len(page.Body)
	for _, link := range links {
		got := v.Get(link).Says(t, 200)
		if !strings.Contains(got.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %s", link, got.Header.Get("Cache-Control"))
		}
		sum += len(got.Body)
	}
	if const100kB := 100_000; sum > const100kB+20_000 { // as sent they are a third of it
		t.Errorf("the first page takes %d bytes", sum)
	}
	v.Get("/x/assets/style.000000000000.css").Says(t, http.StatusNotFound)
}

func TestTheLanguageIsTheReadersChoiceOrTheirBrowsersOrKorean(t *testing.T) {
	w := webtest.New(t)
	for header, want := range map[string]string{"": "ko", "ko-KR,ko;q=0.9,en;q=0.8": "ko", "en-US,en;q=0.9": "en", "fr": "en"} {
		v := webtest.Visit(t, testSite(w, false, nil))
		v.Lang = header
		v.Get("/x/").Says(t, 200, " "+want+" ")
		v.Post("/x/language", "to", "en").Says(t, 200, " en ")
		v.Post("/x/language", "to", "ko").Says(t, 200, " ko ")
	}
}
