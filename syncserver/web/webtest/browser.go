package webtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Browser is a real browser on a site.
type Browser struct {
	t   testing.TB
	ctx context.Context
	URL string
	Dir string // where pictures go; "" = nowhere
}

// chromium is where Debian's browser is.
const chromium = "/usr/bin/chromium"

// browserWait bounds each step of a browser test.
const browserWait = 20 * time.Second

// Browse opens a site in a browser of that size in CSS pixels, at double density
// for phones. The test is skipped where there is no browser.
func Browse(t testing.TB, site http.Handler, width, height int64, scale float64) *Browser {
	t.Helper()
	if _, err := exec.LookPath(chromium); err != nil {
		t.Skip("no browser: ", err)
	}
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("accept-lang", "ko-KR,ko"))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(end)
	Must(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale))))
	return &Browser{t: t, ctx: ctx, URL: server.URL}
}

// Do takes steps, each within the time bound.
func (b *Browser) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for i, s := range steps {
		ctx, cancel := context.WithTimeout(b.ctx, browserWait)
		err := chromedp.Do(ctx, s)
		cancel()
		if err != nil {
			b.t.Fatalf("step %d: %v (%s)", i+1, err, b.Text("body"))
		}
	}
}

// Open goes to a page of the site.
func (b *Browser) Open(path string) { b.t.Helper(); b.Do(chromedp.Navigate(b.URL + path)) }

// Press clicks what the selector names and waits until what the other names is
// there.
func (b *Browser) Press(selector, until string) {
	b.t.Helper()
	b.Do(chromedp.Click(chromedp.CSS(selector)), chromedp.WaitVisible(chromedp.CSS(until)))
}

// Wait waits until what the selector names is there.
func (b *Browser) Wait(selector string) {
	b.t.Helper()
	b.Do(chromedp.WaitVisible(chromedp.CSS(selector)))
}

// Type types into a field.
func (b *Browser) Type(selector, text string) {
	b.t.Helper()
	b.Do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Text is what a reader sees of an element.
func (b *Browser) Text(selector string) string {
	ctx, cancel := context.WithTimeout(b.ctx, browserWait)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		return err.Error()
	}
	return text
}

// Shot writes a picture of the whole page to Dir, which tests set to the
// environment variable BOOKPAYBACK_SCREENSHOTS; without one it does nothing.
func (b *Browser) Shot(name string) {
	b.t.Helper()
	if b.Dir == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	Must(b.t, err)
	Must(b.t, os.MkdirAll(b.Dir, 0o755))
	Must(b.t, os.WriteFile(filepath.Join(b.Dir, name+".png"), picture, 0o644))
}
