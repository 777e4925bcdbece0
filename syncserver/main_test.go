package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// news is what a program says, to be waited for.
type news struct {
	mu   sync.Mutex
	text bytes.Buffer
	rung chan struct{}
}

func newNews() *news { return &news{rung: make(chan struct{}, 1)} }

func (n *news) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case n.rung <- struct{}{}:
	default:
	}
	return n.text.Write(b)
}

func (n *news) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// running is a server that runs in this process.
type running struct {
	t    *testing.T
	db   string
	news *news
	stop context.CancelFunc
	code chan int
}

// plain keeps the environment of the tests' own out.
func plain(t *testing.T) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "BOOKPAYBACK_") {
			t.Setenv(name, value) // puts it back at the end
			_ = os.Unsetenv(name)
		}
	}
	t.Setenv("LC_ALL", "C")
}

// freePort returns a port of this machine that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// start runs serve until the test ends.
func start(t *testing.T, db string, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &running{t: t, db: db, news: newNews(), stop: stop, code: make(chan int, 1)}
	go func() {
		r.code <- run(ctx, append([]string{"serve", "--db", "sqlite:" + db}, args...), io.Discard, r.news)
	}()
	t.Cleanup(func() { r.end() })
	for !strings.Contains(r.news.String(), "serving at") {
		select {
		case <-r.news.rung:
		case code := <-r.code:
			r.code <- code
			t.Fatalf("ended with %d: %s", code, r.news)
		case <-time.After(20 * time.Second):
			t.Fatalf("not serving: %s", r.news)
		}
	}
	return r
}

// end stops the server and returns its exit code.
func (r *running) end() int {
	r.t.Helper()
	r.stop()
	select {
	case code := <-r.code:
		r.code <- code
		return code
	case <-time.After(25 * time.Second):
		r.t.Fatal("the server does not stop")
		return 0
	}
}

// verb runs a verb on the database.
func verb(t *testing.T, db string, args ...string) (code int, out, said string) {
	t.Helper()
	var o, n bytes.Buffer
	code = run(t.Context(), append(args, "--db", "sqlite:"+db), &o, &n)
	return code, o.String(), n.String()
}

func hello(t *testing.T, client *http.Client, base string) (h syncproto.Hello) {
	t.Helper()
	resp, err := client.Get(base + "/v1/hello")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&h); err != nil || resp.StatusCode != 200 {
		t.Fatalf("hello: %d, %v", resp.StatusCode, err)
	}
	return h
}

func TestAServerStartsServesAndStops(t *testing.T) {
	plain(t)
	db := filepath.Join(t.TempDir(), "data", "server.db")
	port := freePort(t)
	base := "http://127.0.0.1:" + port
	r := start(t, db, "--listen", "127.0.0.1:"+port, "--district", "seocho", "--district-name", "서초구")
	if h := hello(t, http.DefaultClient, base); h.District != "서초구" || h.Server != version {
		t.Errorf("hello: %+v", h)
	}
	link := regexp.MustCompile(base + `/console/setup/[A-Za-z0-9_-]{43}`).FindString(r.news.String())
	for _, path := range []string{"/", "/console/sign-in", "/healthz", "/readyz", "/metrics", strings.TrimPrefix(link, base)} {
		resp, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 || link == "" {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	if code, _, said := verb(t, db, "serve", "--listen", "127.0.0.1:0", "--public-url", "http://localhost:1"); code != fault.ExitHeld {
		t.Errorf("a second server on the folder: %d %s", code, said)
	}
	besideTheServer(t, db, base)
	if code := r.end(); code != 0 {
		t.Errorf("ended with %d: %s", code, r.news)
	}
	if secret := "홍길동"; strings.Contains(r.news.String(), secret) {
		t.Error("a name is in the log")
	}
}

// besideTheServer runs the verbs that must work while it serves.
func besideTheServer(t *testing.T, db, base string) {
	t.Helper()
	sample := filepath.Join("..", "assets", "sample")
	for _, what := range []string{"libraries", "stores", "titles", "residents", "stock"} {
		if code, out, said := verb(t, db, "import", what, filepath.Join(sample, what+".csv")); code != 0 {
			t.Errorf("import %s: %d %s%s", what, code, out, said)
		}
	}
	if code, out, _ := verb(t, db, "import", "titles", filepath.Join(sample, "titles.csv")); code != 0 || !strings.Contains(out, " 0 written") {
		t.Errorf("imported again: %d %s", code, out)
	}
	code, out, _ := verb(t, db, "device", "code", "--store", "s01", "--json")
	var made struct{ Code, Server string }
	if err := json.Unmarshal([]byte(out), &made); err != nil || code != 0 || len(made.Code) != 14 || made.Server != base {
		t.Errorf("device code: %d %s", code, out)
	}
	if code, _, _ := verb(t, db, "device", "code", "--store", "nowhere"); code != fault.Exit(fault.NotFound) {
		t.Errorf("of an unknown store: %d", code)
	}
	if code, out, said := verb(t, db, "verify"); code != 0 || !strings.Contains(out, "store/s01") {
		t.Errorf("verify: %d %s%s", code, out, said)
	}
	if code, out, said := verb(t, db, "doctor"); code != 0 || strings.Contains(out, "BAD") || !strings.Contains(out, "A server is running") {
		t.Errorf("doctor: %d %s%s", code, out, said)
	}
}

func TestOffLoopbackTheServerHasItsOwnCAAndCodesCarryItsFingerprint(t *testing.T) {
	plain(t)
	db := filepath.Join(t.TempDir(), "server.db")
	port := freePort(t)
	base := "https://localhost:" + port
	r := start(t, db, "--listen", "0.0.0.0:"+port, "--public-url", base)
	if code, out, said := verb(t, db, "import", "stores", filepath.Join("..", "assets", "sample", "stores.csv")); code != 0 {
		t.Fatalf("import: %d %s%s", code, out, said)
	}
	_, out, _ := verb(t, db, "device", "code", "--store", "s01")
	code := regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){6}`).FindString(out)
	groups := strings.Split(code, "-")
	if len(groups) != 7 {
		t.Fatalf("no code of seven groups in %q", out)
	}
	// As a counter does it: the CA is the certificate of the chain with the fingerprint.
	var ca *x509.Certificate
	conn, err := tls.Dial("tcp", "localhost:"+port, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range conn.ConnectionState().PeerCertificates {
		if c.IsCA && printOf(c) == strings.Join(groups[3:], "-") {
			ca = c
		}
	}
	_ = conn.Close()
	if ca == nil {
		t.Fatalf("no CA with the fingerprint of %s", code)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	hello(t, client, base)
	if code, out, _ := verb(t, db, "doctor"); code != 0 || !strings.Contains(out, "is good for 89 days") {
		t.Errorf("doctor: %d %s", code, out)
	}
	client.CloseIdleConnections()
	if code := r.end(); code != 0 {
		t.Fatalf("ended with %d", code)
	}
	start(t, db, "--listen", "0.0.0.0:"+port, "--public-url", base)
	hello(t, client, base) // the CA that was pinned is the same after a restart
}

func printOf(c *x509.Certificate) string { return (&authority{cert: c}).fingerprint() }

func TestAShiftedClockCountsInADemoDistrictOnly(t *testing.T) {
	plain(t)
	t.Setenv("BOOKPAYBACK_CLOCK", "+22d3h")
	shift := 22*24*time.Hour + 3*time.Hour
	for _, demo := range []bool{true, false} {
		db := filepath.Join(t.TempDir(), "server.db")
		port := freePort(t)
		args := []string{"--listen", "127.0.0.1:" + port}
		if demo {
			args = append(args, "--demo")
		}
		r := start(t, db, args...)
		now := time.UnixMilli(hello(t, http.DefaultClient, "http://127.0.0.1:"+port).Now)
		want := time.Now()
		if demo {
			want = want.Add(shift)
		}
		if off := want.Sub(now).Abs(); off > time.Minute {
			t.Errorf("demo %v: the server's clock is off by %s", demo, off)
		}
		if ignored := strings.Contains(r.news.String(), "BOOKPAYBACK_CLOCK"); ignored == demo {
			t.Errorf("demo %v: %s", demo, r.news)
		}
		r.end()
		if demo {
			continue
		}
		if code, _, said := verb(t, db, "serve", "--demo", "--listen", "127.0.0.1:0", "--public-url", "http://localhost:1"); code != fault.Exit(fault.Conflict) {
			t.Errorf("a real district became one for demonstration: %d %s", code, said)
		}
	}
}

func TestLostKeysAreNeverReplacedBesideALedger(t *testing.T) {
	plain(t)
	dir := t.TempDir()
	db := filepath.Join(dir, "server.db")
	if code, out, said := verb(t, db, "import", "stores", filepath.Join("..", "assets", "sample", "stores.csv")); code != 0 {
		t.Fatalf("import: %d %s%s", code, out, said)
	}
	if err := os.Rename(filepath.Join(dir, "keys", "server.key"), filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	if code, _, said := verb(t, db, "verify"); code != fault.Exit(fault.NotFound) {
		t.Errorf("without its key: %d %s", code, said)
	}
	if _, err := os.Stat(filepath.Join(dir, "keys", "server.key")); err == nil {
		t.Error("a new key was made beside an old ledger")
	}
}

func TestTheDoctorSaysWhatIsWrong(t *testing.T) {
	plain(t)
	dir := t.TempDir()
	db := filepath.Join(dir, "server.db")
	if code, _, said := verb(t, db, "doctor"); code != fault.Exit(fault.NotFound) || !strings.Contains(said, "There is no database") {
		t.Errorf("of an empty folder: %d %s", code, said)
	}
	if in, err := os.ReadDir(dir); err != nil || len(in) > 0 {
		t.Errorf("looking left %v behind, %v", in, err)
	}
	if code, _, said := verb(t, db, "migrate"); code != 0 {
		t.Fatalf("migrate: %d %s", code, said)
	}
	if code, out, _ := verb(t, db, "doctor"); code != 0 || !strings.Contains(out, "has no district yet") || !strings.Contains(out, "No server is running") {
		t.Errorf("of an empty database: %d %s", code, out)
	}
	if code, out, said := verb(t, db, "import", "stores", filepath.Join("..", "assets", "sample", "stores.csv")); code != 0 {
		t.Fatalf("import: %d %s%s", code, out, said)
	}
	if err := os.Rename(filepath.Join(dir, "keys", "box-seocho.key"), filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	if code, out, said := verb(t, db, "doctor"); code != fault.Exit(fault.Unavailable) || !strings.Contains(out, "BAD  The district's key") {
		t.Errorf("without the district's key: %d %s%s", code, out, said)
	}
	code, out, _ := verb(t, db, "doctor", "--json")
	var found []finding
	if end := strings.LastIndex(out, "]"); code != 7 || json.Unmarshal([]byte(out[:end+1]), &found) != nil || len(found) < 5 {
		t.Errorf("in JSON: %d %s", code, out)
	}
}

func TestRefusedRowsAreSaidAndTheOthersTaken(t *testing.T) {
	plain(t)
	dir := t.TempDir()
	db, file := filepath.Join(dir, "server.db"), filepath.Join(dir, "titles.csv")
	text := "isbn,title,author,publisher,published,price,class\n9788937473135,82년생 김지영,조남주,민음사,2016,13000,\n123,없는 책,,,,1,\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, said := verb(t, db, "import", "titles", file)
	if code != 2 || !strings.Contains(out, "1 written") || !strings.Contains(said, "titles.csv line 3") || !strings.Contains(said, "1 row was refused") {
		t.Errorf("%d %s%s", code, out, said)
	}
	if code, _, _ := verb(t, db, "import", "titles", filepath.Join(dir, "nothing.csv")); code != 3 {
		t.Errorf("a missing file: %d", code)
	}
	if code, _, _ := verb(t, db, "import", "cats", file); code != 2 {
		t.Errorf("an unknown kind: %d", code)
	}
}

func TestWrongUsageIsSaidInTheReadersLanguage(t *testing.T) {
	plain(t)
	for _, c := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"sing"}, 2, "Not understood"},
		{[]string{"sing", "--lang", "ko"}, 2, "사용법이 맞지 않습니다"},
		{[]string{"verify", "--db", "mysql:x"}, 2, "Unknown database"},
		{[]string{"verify", "--db", "postgres://x"}, 2, "PostgreSQL"},
		{[]string{"serve", "--listen", "8080"}, 2, "--listen"},
		{[]string{"serve", "--listen", ":8443"}, 2, "--public-url"},
		{[]string{"serve", "--listen", ":8443", "--public-url", "http://book.example.kr"}, 2, "https"},
		{[]string{"serve", "--listen", ":8443", "--public-url", "https://book.example.kr/x"}, 2, "without a path"},
		{[]string{"serve", "--demo", "--listen", ":8443", "--public-url", "https://book.example.kr"}, 2, "this machine"},
		{[]string{"device", "code", "--store", "s01", "--for", "59s"}, 2, "one minute"},
	} {
		var out, said bytes.Buffer
		if code := run(t.Context(), c.args, &out, &said); code != c.code || !strings.Contains(said.String(), c.said) {
			t.Errorf("%v: %d %s%s", c.args, code, out.String(), said.String())
		}
	}
}

func TestHelpListsVerbsAndExitCodes(t *testing.T) {
	plain(t)
	var out bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, &out, io.Discard); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"serve", "demo", "doctor", "migrate", "import", "device code", "verify", "version", "--db", "BOOKPAYBACK_DB",
		"  9  another program"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %s", want, out.String())
		}
	}
}

func TestAddressesSayWhereTLSIsNeeded(t *testing.T) {
	for _, c := range []struct {
		listen, public string
		tls            bool
		loopback       bool
		want           string // "" = refused
	}{
		{"127.0.0.1:8080", "", false, true, "http://127.0.0.1:8080"},
		{"127.0.0.1:8443", "", true, true, "https://127.0.0.1:8443"},
		{"localhost:8080", "https://book.example.kr", false, true, "https://book.example.kr"},
		{"[::1]:8080", "http://localhost:8080/", false, true, "http://localhost:8080"},
		{"192.0.2.1:8443", "", false, false, "https://192.0.2.1:8443"},
		{":8443", "https://book.example.kr", false, false, "https://book.example.kr"},
		{":8443", "", false, false, ""},
		{":8443", "http://192.0.2.1", false, false, ""},
		{":8443", "ftp://book.example.kr", false, false, ""},
		{":8443", "https://", false, false, ""},
		{"8443", "", false, false, ""},
	} {
		a, err := newAddress(c.listen, c.public, c.tls)
		if c.want == "" {
			if fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s %s: got %v", c.listen, c.public, err)
			}
			continue
		}
		if err != nil || a.public.String() != c.want || a.loopback != c.loopback {
			t.Errorf("%s %s: got %v %v, %v", c.listen, c.public, a.public, a.loopback, err)
		}
	}
}

func TestCodesOfAServerWithoutAnOwnCAStayShort(t *testing.T) {
	code := stamp.NewIDs(time.Now, bytes.NewReader(make([]byte, 64))).Code(3)
	if got := withCA(code, ""); got != code {
		t.Errorf("got %s", got)
	}
	if got, want := withCA(code, "AAAA-BBBB-CCCC-DDDD"), fmt.Sprint(code, "-AAAA-BBBB-CCCC-DDDD"); got != want {
		t.Errorf("got %s", got)
	}
}
