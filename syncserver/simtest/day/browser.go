package day

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// browser is one person's browser without script: it keeps cookies, reads pages
// and sends their forms.
type browser struct {
	http *http.Client
	at   *url.URL
	page *html.Node
	text string // what a person reads of it
	raw  string
}

func newBrowser(base string) (*browser, error) {
	at, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &browser{http: &http.Client{Jar: jar, Timeout: 20 * time.Second}, at: at}, nil
}

// open goes to a path of the site.
func (b *browser) open(ctx context.Context, path string) error {
	to, err := b.at.Parse(path)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return err
	}
	return b.send(req)
}

func (b *browser) send(req *http.Request) error {
	req.Header.Set("Accept-Language", "ko")
	resp, err := b.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return err
	}
	b.at = resp.Request.URL
	if b.page, err = html.Parse(strings.NewReader(string(body))); err != nil {
		return err
	}
	b.raw, b.text = string(body), textOf(b.page)
	if resp.StatusCode >= 400 {
		return fmt.Errorf("%s %s: %d %s", req.Method, req.URL.Path, resp.StatusCode, brief(b.text))
	}
	return nil
}

// submit sends the first form whose action contains part, with the values that
// the page has in it and those given.
func (b *browser) submit(ctx context.Context, part string, values map[string]string) error {
	form := find(b.page, func(n *html.Node) bool {
		return n.Data == "form" && strings.Contains(attr(n, "action"), part) && has(n, values)
	})
	if form == nil {
		return fmt.Errorf("%s has no form to %q: %s", b.at.Path, part, brief(b.text))
	}
	data := url.Values{}
	collect(form, data)
	for name, v := range values {
		data.Set(name, v)
	}
	to, err := b.at.Parse(attr(form, "action"))
	if err != nil {
		return err
	}
	if !strings.EqualFold(attr(form, "method"), "post") {
		to.RawQuery = data.Encode()
		return b.open(ctx, to.String())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), strings.NewReader(data.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", to.Scheme+"://"+to.Host)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(req)
}

// has says that the form has a field for every value.
func has(form *html.Node, values map[string]string) bool {
	for name := range values {
		if find(form, func(n *html.Node) bool { return attr(n, "name") == name }) == nil {
			return false
		}
	}
	return true
}

// collect gathers what a browser would send of a form as it stands.
func collect(n *html.Node, into url.Values) {
	switch name := attr(n, "name"); {
	case name == "" || n.Type != html.ElementNode:
	case n.Data == "input" && (attr(n, "type") == "radio" || attr(n, "type") == "checkbox"):
		if _, on := attrOf(n, "checked"); on {
			into.Add(name, attr(n, "value"))
		}
	case n.Data == "input" && attr(n, "type") != "submit":
		into.Set(name, attr(n, "value"))
	case n.Data == "textarea":
		into.Set(name, textOf(n))
	case n.Data == "select":
		if o := find(n, func(x *html.Node) bool { return x.Data == "option" }); o != nil {
			into.Set(name, attr(o, "value"))
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		collect(c, into)
	}
}

// link returns the address of the first link whose address contains part.
func (b *browser) link(part string) (string, error) {
	a := find(b.page, func(n *html.Node) bool { return n.Data == "a" && strings.Contains(attr(n, "href"), part) })
	if a == nil {
		return "", fmt.Errorf("%s has no link to %q: %s", b.at.Path, part, brief(b.text))
	}
	return attr(a, "href"), nil
}

// option returns the value of the choice with that text in a field of the page.
func (b *browser) option(field, text string) (string, error) {
	list := find(b.page, func(n *html.Node) bool { return n.Data == "select" && attr(n, "name") == field })
	o := find(list, func(n *html.Node) bool { return n.Data == "option" && strings.Contains(textOf(n), text) })
	if o == nil {
		return "", fmt.Errorf("%s has no choice %q for %q", b.at.Path, text, field)
	}
	return attr(o, "value"), nil
}

func find(n *html.Node, want func(*html.Node) bool) *html.Node {
	if n == nil {
		return nil
	}
	if n.Type == html.ElementNode && want(n) {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if f := find(c, want); f != nil {
			return f
		}
	}
	return nil
}

func attr(n *html.Node, name string) string {
	v, _ := attrOf(n, name)
	return v
}

func attrOf(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// textOf returns what a person reads of a node.
func textOf(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
			b.WriteByte(' ')
		case n.Data == "script" || n.Data == "style":
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func brief(s string) string {
	r := []rune(s)
	if len(r) > 300 {
		r = r[:300]
	}
	return string(r)
}
