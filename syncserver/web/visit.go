package web

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Visit is one request and its reply.
type Visit struct {
	W     http.ResponseWriter
	R     *http.Request
	Who   Who
	About About

	site *Site
	lang string
}

// arrive finds out who comes, checks that they may, and lets the page answer.
func (v *Visit) arrive(route Route) error {
	about, err := v.site.c.About(v.Context())
	if err != nil {
		return fault.Wrap("web.About", err)
	}
	v.About = about
	if v.Who, err = v.site.visitor(v.Context()); err != nil {
		return err
	}
	if len(route.Roles) > 0 {
		if v.Who.Nobody() {
			return v.Go("/sign-in?next=" + url.QueryEscape(v.wanted()))
		}
		if !slices.Contains(route.Roles, v.Who.Role) {
			return fault.New(fault.Forbidden, "")
		}
	}
	if v.R.Method == http.MethodPost {
		if err := v.R.ParseForm(); err != nil {
			return badForm(err)
		}
	}
	return route.Page(v)
}

// badForm is the answer to a form that can't be read.
func badForm(err error) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return fault.New(fault.Invalid, "fault.too_big").Because(err)
	}
	return fault.New(fault.Invalid, "").Because(err)
}

// wanted is the page to come back to after signing in.
func (v *Visit) wanted() string {
	if v.R.Method != http.MethodGet {
		return v.Local(v.R.FormValue("back"))
	}
	return strings.TrimPrefix(v.R.URL.RequestURI(), v.site.c.Prefix)
}

// Context is the request's.
func (v *Visit) Context() context.Context { return v.R.Context() }

// Lang is "ko" or "en".
func (v *Visit) Lang() string { return v.lang }

// Now is the server's time, UTC ms.
func (v *Visit) Now() int64 { return v.site.c.Now() }

// Today is the district's day.
func (v *Visit) Today() payback.Date { return payback.DateOf(v.Now(), v.zone()) }

func (v *Visit) zone() *time.Location {
	if v.About.Zone == nil {
		return time.UTC
	}
	return v.About.Zone
}

// Say returns a message in the visitor's language; args are pairs.
func (v *Visit) Say(key string, args ...any) string { return say(v.speaker(), key, args...) }

// SayPlain is Say with its arguments as a map, as they are.
func (v *Visit) SayPlain(key string, args map[string]string) string {
	return v.speaker().Say(key, args)
}

// Reason returns a reason in the visitor's language: the site's own sentence for
// it, or the programme's.
func (v *Visit) Reason(r payback.Reason) string { return Reason(v.speaker(), v.site.c.Name, r) }

// ReasonIn returns a reason in another form: the site's message "<site>.<form>.<key>",
// "" if there is none.
func (v *Visit) ReasonIn(form string, r payback.Reason) string {
	if r.None() {
		return ""
	}
	return v.Written(v.site.c.Name+"."+form+"."+r.Key, r.Args)
}

// Written returns the message for a key with the arguments of a reason or notice
// written out; "" if there is none.
func (v *Visit) Written(key string, args map[string]string) string {
	if !v.speaker().Has(key) {
		return ""
	}
	return v.speaker().Say(key, Args(v.speaker(), args))
}

func (v *Visit) speaker() *assets.Speaker { return v.site.speakers[v.lang] }

// Form returns a field of the form, without spaces around it.
func (v *Visit) Form(name string) string { return strings.TrimSpace(v.R.PostFormValue(name)) }

// Query returns a parameter of the address, without spaces around it.
func (v *Visit) Query(name string) string { return strings.TrimSpace(v.R.URL.Query().Get(name)) }

// Page returns the number of the page asked for by "page", from 0; at most 1000.
func (v *Visit) Page() int {
	n, err := strconv.Atoi(v.Query("page"))
	if err != nil {
		return 0
	}
	return min(max(n, 0), 1000)
}

// Local returns path if it is an address within the site, else "/". Nobody can
// send a visitor elsewhere by a link to a sign-in.
func (v *Visit) Local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// Go answers with another page of the site.
func (v *Visit) Go(path string) error {
	http.Redirect(v.W, v.R, v.site.c.Prefix+v.Local(path), http.StatusSeeOther)
	return nil
}

// Place is the visitor's network: the address, of version 6 its first half. Behind a
// proxy on this machine it is the last address of X-Forwarded-For, which the proxy
// wrote; nobody else's is believed.
func (v *Visit) Place() string {
	host, _, err := net.SplitHostPort(v.R.RemoteAddr)
	if err != nil {
		host = v.R.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if addr.Unmap().IsLoopback() {
		all := strings.Join(v.R.Header.Values("X-Forwarded-For"), ",")
		last := all[strings.LastIndexByte(all, ',')+1:]
		if given, err := netip.ParseAddr(strings.TrimSpace(last)); err == nil {
			addr = given
		}
	}
	if addr.Is6() && !addr.Is4In6() {
		if net64, err := addr.WithZone("").Prefix(64); err == nil {
			return net64.String()
		}
	}
	return addr.Unmap().String()
}

// fail shows the error page. Operators are told of what is ours to mend.
func (v *Visit) fail(err error) {
	code := fault.CodeOf(err)
	if code == fault.Internal || code == fault.Unavailable {
		v.site.c.Log.Error("a page failed", "route", v.R.Pattern, "error", err.Error())
	}
	key, args := fault.Message(err)
	text := v.speaker().Say(key, args)
	if !v.speaker().Has(key) {
		text = v.speaker().Say(fault.GenericKey(code), nil)
	}
	if code == fault.Limited {
		v.W.Header().Set("Retry-After", "60")
	}
	if err := v.ShowAs(fault.Status(code), "error", ErrorPage{Code: string(code), Text: text}); err != nil {
		v.site.c.Log.Error("the error page failed", "error", err.Error())
		http.Error(v.W, text, fault.Status(code))
	}
}

// ErrorPage is what the error page shows.
type ErrorPage struct {
	Code, Text string
}

// Problem returns the sentence for an error that the visitor can mend, for a page
// to show beside its form; ok is false for an error that is no visitor's.
func (v *Visit) Problem(err error) (text string, ok bool) {
	switch fault.CodeOf(err) {
	case fault.Internal, fault.Unavailable, "":
		return "", false
	}
	key, args := fault.Message(err)
	return v.speaker().Say(key, args), true
}

// Show answers with a page: template name, status 200.
func (v *Visit) Show(name string, body any) error { return v.ShowAs(http.StatusOK, name, body) }

// ShowAs is Show with another status.
func (v *Visit) ShowAs(status int, name string, body any) error {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(v.site.c.Chance, raw); err != nil {
		return fault.Wrap("web.Show", err)
	}
	view := &View{Visit: v, Nonce: base64.RawStdEncoding.EncodeToString(raw), Body: body, Name: name}
	page, err := v.site.pages[v.lang].render(name, view)
	if err != nil {
		return fault.Wrap("web.Show", err)
	}
	v.W.Header().Set("Content-Security-Policy", policy(view.Nonce))
	v.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.W.Header().Add("Vary", "Cookie, Accept-Language")
	v.W.WriteHeader(status)
	_, _ = v.W.Write(page) // a visitor who left is no error of ours
	return nil
}

// languageCookie holds "ko" or "en".
const languageCookie = "lang"

// language is the visitor's: chosen, or their browser's, or Korean.
func language(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && slices.Contains(languages(), c.Value) {
		return c.Value
	}
	wanted := r.Header.Get("Accept-Language")
	if wanted == "" {
		return "ko"
	}
	return assets.Lang(wanted, "")
}

func setLanguage(v *Visit) error {
	to := v.Form("to")
	if !slices.Contains(languages(), to) {
		return fault.New(fault.Invalid, "")
	}
	http.SetCookie(v.W, &http.Cookie{Name: languageCookie, Value: to, Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: v.site.c.TLS, SameSite: http.SameSiteLaxMode})
	back, err := url.Parse(v.R.Referer())
	if err != nil || back.Path == "" || !strings.HasPrefix(back.Path, v.site.c.Prefix) {
		return v.Go("/")
	}
	return v.Go(strings.TrimPrefix(back.RequestURI(), v.site.c.Prefix))
}
