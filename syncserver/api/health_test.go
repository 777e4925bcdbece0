package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/syncproto"
)

func (w *world) get(path, from string) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), "GET", w.http.URL+path, nil)
	w.must(err)
	if from != "" {
		req.Header.Set("X-Forwarded-For", from)
	}
	resp, err := w.http.Client().Do(req)
	w.must(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	w.must(err)
	return resp.StatusCode, string(body)
}

func TestHealthIsTold(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := w.get(path, ""); status != 200 || body != "ok\n" {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	w.must(w.db.Close())
	if status, _ := w.get("/readyz", ""); status != http.StatusServiceUnavailable {
		t.Errorf("without a database: %d", status)
	}
	if status, _ := w.get("/healthz", ""); status != 200 {
		t.Errorf("the process is alive without a database, too: %d", status)
	}
}

func TestMetricsAreForThisMachineAndNameNobody(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	p.write(count("n1"))
	p.push().ok(new(syncproto.PushReply))
	status, body := w.get("/metrics", "")
	if status != 200 {
		t.Fatalf("status %d", status)
	}
	for _, want := range []string{`bookpayback_requests_total{path="push",status="200"} 1`, "bookpayback_ops_pushed_total 1", "go_goroutines"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, secret := range []string{string(p.id), "s01", "seocho"} {
		if strings.Contains(body, secret) {
			t.Errorf("%s is in the metrics", secret)
		}
	}
	for _, from := range []string{"192.0.2.1", "127.0.0.1, 192.0.2.1"} {
		if status, _ := w.get("/metrics", from); status != http.StatusForbidden {
			t.Errorf("from %s: %d", from, status)
		}
	}
}
