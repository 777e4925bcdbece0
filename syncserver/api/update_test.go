package api_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/bookpayback/bookpayback/shared/syncproto"
)

func TestOnlyWhatLiesInTheFolderOfUpdatesIsOfferedAndToDevicesAlone(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	const ask = "/v1/update?os=linux&arch=amd64&face=terminal"
	if x := w.send(p.sign("GET", ask, nil)); x.status != http.StatusNotFound {
		t.Errorf("an empty folder: %d", x.status)
	}
	for name, body := range map[string]string{"linux-amd64-terminal.json": "{}", "linux-amd64-terminal": "program", "secret": "no"} {
		w.must(os.WriteFile(filepath.Join(w.updates, name), []byte(body), 0o600))
	}
	if x := w.send(p.sign("GET", ask, nil)); x.status != http.StatusOK || string(x.body) != "{}" {
		t.Errorf("the manifest: %d %s", x.status, x.body)
	}
	r := p.sign("GET", "/v1/update/linux-amd64-terminal", nil)
	r.byteRange = syncproto.ByteRange(3, 7)
	if x := w.send(r); x.status != http.StatusPartialContent || string(x.body) != "gram" || x.header.Get("Content-Range") != syncproto.ContentRange(3, 7, 7) {
		t.Errorf("a stretch: %d %s %v", x.status, x.body, x.header)
	}
	for _, path := range []string{"/v1/update", "/v1/update/secret", "/v1/update/linux-amd64-other", "/v1/update/..%2f-a-desktop", "/v1/update?os=..%2F&arch=x&face=desktop"} {
		if x := w.send(p.sign("GET", path, nil)); x.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, x.status)
		}
	}
	stranger := p.sign("GET", ask, nil)
	stranger.device = "nobody"
	if x := w.send(stranger); x.status != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", x.status)
	}
}
