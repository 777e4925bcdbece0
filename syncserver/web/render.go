package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// View is what templates see: the visit, and the page's own data as Body.
type View struct {
	*Visit
	Nonce string
	Name  string // of the page
	Body  any
}

// Flash is a sentence that an earlier page left behind, with its tone.
type Flash struct{ Tone, Text string }

// Flash returns the sentence that was kept for this page, and forgets it; nil if
// there is none.
func (v *View) Flash() *Flash {
	if v.About.Zone == nil { // the plain error page has no session
		return nil
	}
	ctx, m := v.Context(), v.site.sessions
	if !m.Exists(ctx, inFlash) {
		return nil
	}
	return &Flash{Tone: m.PopString(ctx, inTone), Text: m.PopString(ctx, inFlash)}
}

// Brand is the name of the service in this district.
func (v *View) Brand() string {
	if v.About.Name == "" {
		return v.Say("web.brand_plain")
	}
	name := []rune(v.About.Name)
	if last := len(name) - 1; last > 1 && strings.ContainsRune("구시군", name[last]) {
		name = name[:last] // 서초구: people say 서초
	}
	return v.Say("web.brand", "District", string(name))
}

// Prefix is where the site is mounted.
func (v *View) Prefix() string { return v.site.c.Prefix }

// When returns a day and time of day in the district's zone.
func (v *View) When(ms int64) string {
	t := time.UnixMilli(ms).In(v.zone())
	return assets.Date(t, v.lang) + " " + assets.Clock(t)
}

// Clock returns a time of day in the district's zone.
func (v *View) Clock(ms int64) string { return assets.Clock(time.UnixMilli(ms).In(v.zone())) }

// On returns the day of an instant in the district's zone.
func (v *View) On(ms int64) string { return assets.Date(time.UnixMilli(ms).In(v.zone()), v.lang) }

// Lately returns a time of today or yesterday by those words, else its day.
func (v *View) Lately(ms int64) string {
	clock := v.Clock(ms)
	switch payback.DateOf(ms, v.zone()).Until(v.Today()) {
	case 0:
		return v.Say("web.today", "Clock", clock)
	case 1:
		return v.Say("web.yesterday", "Clock", clock)
	}
	return v.On(ms)
}

// Age returns how long ago an instant was.
func (v *View) Age(ms int64) string {
	return assets.Age(time.Duration(v.Now()-ms)*time.Millisecond, v.lang)
}

// Span returns how long ago an instant was, without "ago".
func (v *View) Span(ms int64) string {
	return assets.Span(time.Duration(v.Now()-ms)*time.Millisecond, v.lang)
}

// templates are a site's pages in one language.
type templates map[string]*template.Template

// parse reads the layout, the site's own frame and every page.
func parse(site fs.FS, sp *assets.Speaker, st static) templates {
	base := template.New("layout").Funcs(funcs(sp, st))
	template.Must(base.ParseFS(files, "templates/layout.html"))
	template.Must(base.ParseFS(site, "site.html"))
	names, err := fs.Glob(site, "*.html")
	if err != nil {
		panic("web: " + err.Error())
	}
	pages := templates{}
	for _, name := range names {
		if name != "site.html" {
			pages[strings.TrimSuffix(path.Base(name), ".html")] = template.Must(template.Must(base.Clone()).ParseFS(site, name))
		}
	}
	pages["error"] = template.Must(template.Must(base.Clone()).ParseFS(files, "templates/error.html"))
	return pages
}

func (t templates) render(name string, v *View) ([]byte, error) {
	page, ok := t[name]
	if !ok {
		return nil, fmt.Errorf("no page %q", name)
	}
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "layout", v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// funcs are what templates can call besides a view's methods.
func funcs(sp *assets.Speaker, st static) template.FuncMap {
	lang := sp.Lang()
	return template.FuncMap{
		"t":     func(key string, args ...any) string { return say(sp, key, args...) },
		"won":   func(w payback.Won) string { return assets.Won(int64(w), lang) },
		"day":   func(d payback.Date) string { return Day(d, lang) },
		"n":     func(n int) string { return assets.Number(int64(n)) },
		"i":     icon,
		"link":  func(name string) string { return st.links[name] },
		"has":   sp.Has,
		"add":   func(a, b int) int { return a + b },
		"dict":  dict,
		"short": func(d payback.Date) string { return shortDay(d) },
	}
}

// icon draws a state or icon of the look; the word beside it says what it means.
func icon(name string) template.HTML {
	for _, r := range name {
		if r < 'a' || r > 'z' {
			return ""
		}
	}
	return template.HTML(`<span class="i i-` + name + `" aria-hidden="true"></span>`)
}

// dict makes a map of pairs, for a template that is given several values.
func dict(pairs ...any) map[string]any {
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			m[name] = pairs[i+1]
		}
	}
	return m
}

// shortDay returns a day as steps show it: "11.27".
func shortDay(d payback.Date) string {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return t.Format("1.2")
}
