package webtest

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// Visitor visits a site over HTTP and keeps its cookies.
type Visitor struct {
	t      testing.TB
	site   http.Handler
	jar    map[string]string
	Origin string // sent with every post; "" is what old browsers send
	Lang   string
}

// Visit returns a visitor of a site.
func Visit(t testing.TB, site http.Handler) *Visitor {
	return &Visitor{t: t, site: site, jar: map[string]string{}, Origin: "http://bookpayback.test", Lang: "ko"}
}

// Reply is what came back.
type Reply struct {
	Status int
	Header http.Header
	Body   string
}

// Get asks for a page and follows it if it leads elsewhere.
func (v *Visitor) Get(path string) Reply {
	v.t.Helper()
	return v.follow(v.Send("GET", path, nil))
}

// Post sends a form and follows where it leads.
func (v *Visitor) Post(path string, pairs ...string) Reply {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return v.follow(v.Send("POST", path, form))
}

func (v *Visitor) follow(r Reply) Reply {
	v.t.Helper()
	for range 5 {
		if r.Status != http.StatusSeeOther {
			return r
		}
		r = v.Send("GET", r.Header.Get("Location"), nil)
	}
	v.t.Fatal("one redirect leads to the next")
	return r
}

// Send sends one request and does not follow.
func (v *Visitor) Send(method, path string, form url.Values) Reply {
	v.t.Helper()
	req := httptest.NewRequest(method, "http://bookpayback.test"+path, strings.NewReader(form.Encode()))
	if method == "POST" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", v.Origin)
	}
	req.Header.Set("Accept-Language", v.Lang)
	for name, value := range v.jar {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	v.site.ServeHTTP(rec, req)
	res := rec.Result()
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(v.jar, c.Name)
		} else {
			v.jar[c.Name] = c.Value
		}
	}
	body, err := io.ReadAll(res.Body)
	Must(v.t, err)
	return Reply{Status: res.StatusCode, Header: res.Header, Body: string(body)}
}

var (
	tags   = regexp.MustCompile(`(?s)<(script|style|title).*?</(script|style|title)>|<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// Text is what a reader sees of the page.
func (r Reply) Text() string {
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(r.Body, " ")), " "))
}

// Field returns the value of the first hidden field of that name in the form that
// is sent to an address beginning with action; "" if there is none.
func (r Reply) Field(action, name string) string {
	_, form, ok := strings.Cut(r.Body, `action="`+action)
	if !ok {
		return ""
	}
	form, _, _ = strings.Cut(form, "</form>")
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(form)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

// Says ends the test unless the page has the status and all texts.
func (r Reply) Says(t testing.TB, status int, texts ...string) Reply {
	t.Helper()
	if r.Status != status {
		t.Fatalf("status %d, want %d: %s", r.Status, status, r.Text())
	}
	for _, text := range texts {
		if !strings.Contains(r.Text(), text) {
			t.Errorf("%q is missing in: %s", text, r.Text())
		}
	}
	return r
}

// SignIn signs a resident in at the residents' site.
func (v *Visitor) SignIn(w *World, who payback.ResidentID, card string) {
	v.t.Helper()
	v.Post("/sign-in", "card", card, "next", "/").Says(v.t, http.StatusOK)
	v.Post("/sign-in/code", "card", card, "code", w.Code(who), "next", "/").Says(v.t, http.StatusOK)
}
