package fresh

import (
	"bufio"
	"context"
	crand "crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/client/syncer"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/api"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

// titles is the size of the catalogue, stocks that of the store's bucket.
const (
	titles = 100_000
	stocks = 20_000
)

const district = payback.DistrictID("seocho")

// roleEnv makes the test binary one of the two programs.
const roleEnv = "FRESH_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleEnv) {
	case "":
		os.Exit(m.Run())
	case "server":
		must(serve(os.Args[1], os.Args[2] == "snapshots"))
	case "counter":
		must(count(os.Args[1], os.Args[2], os.Args[3]))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// figures is what a counter measured.
type figures struct {
	Store, All    float64 // seconds until the store's part, and all, was here
	Rows          int
	Bytes         int64
	RSS           int64 // MiB
	Acts          int
	Worst, P99    float64 // ms of a clerk's act meanwhile
	Bare, BareP99 float64 // ms of a one-row transaction in a file of its own meanwhile
}

// BenchmarkFreshCounter is a new counter of a district with 100,000 titles, with
// snapshots and by pulls alone.
func BenchmarkFreshCounter(b *testing.B) {
	folder := b.TempDir()
	must(fill(folder))
	for _, way := range []string{"snapshots", "pulls"} {
		b.Run(way, func(b *testing.B) {
			server := exec.Command(os.Args[0], folder, way)
			server.Env = append(os.Environ(), roleEnv+"=server")
			out, err := server.StdoutPipe()
			must(err)
			in, err := server.StdinPipe()
			must(err)
			server.Stderr = os.Stderr
			must(server.Start())
			lines := bufio.NewScanner(out)
			lines.Scan()
			var f figures
			for b.Loop() {
				counter := exec.Command(os.Args[0], b.TempDir(), lines.Text(), folder)
				counter.Env = append(os.Environ(), roleEnv+"=counter")
				counter.Stderr = os.Stderr
				said, err := counter.Output()
				must(err)
				must(json.Unmarshal(said, &f))
			}
			must(in.Close())
			lines.Scan()
			b.ReportMetric(f.Store, "store-s")
			b.ReportMetric(f.All, "all-s")
			b.ReportMetric(float64(f.Rows)/f.All, "rows/s")
			b.ReportMetric(float64(f.Bytes)/1e6, "MB")
			b.ReportMetric(float64(f.RSS), "counter-MiB")
			b.ReportMetric(f.Worst, "act-worst-ms")
			b.ReportMetric(f.P99, "act-p99-ms")
			b.ReportMetric(f.Bare, "bare-worst-ms")
			b.Logf("%s: %+v; server peak %s", way, f, lines.Text())
			must(server.Wait())
		})
	}
}

// system is the clock of this machine.
func system() stamp.Clock { return stamp.NewClock(time.Now, "fresh") }

// open opens a server over the file in folder.
func open(folder string) (*ledger.Ledger, api.Options, error) {
	d, err := sqlite.Open(context.Background(), filepath.Join(folder, "server.db"))
	if err != nil {
		return nil, api.Options{}, err
	}
	clock := system()
	ids := stamp.NewIDs(stamp.Times(clock), crand.Reader)
	key, _, err := keys.Ring{Dir: filepath.Join(folder, "keys")}.Key("server", crand.Reader)
	if err != nil {
		return nil, api.Options{}, err
	}
	quiet := slog.New(slog.DiscardHandler)
	l, err := ledger.New(d, ledger.Options{Clock: clock, IDs: ids, Key: key, Log: quiet})
	if err != nil {
		return nil, api.Options{}, err
	}
	master, err := keys.NewMasterKey(crand.Reader)
	if err != nil {
		return nil, api.Options{}, err
	}
	v, err := vault.New(vault.Config{DB: d, Master: master, Chance: crand.Reader, Now: l.Now, NewID: l.NewID})
	box, errBox := keys.GenerateBox(crand.Reader)
	if errBox != nil {
		err = errBox
	}
	return l, api.Options{DB: d, Ledger: l, Vault: v, District: district, Key: key, Clock: clock, Program: "fresh", Log: quiet,
		Box: func(payback.DistrictID) (keys.BoxKey, error) { return box, nil }}, err
}

// fill makes the district.
func fill(folder string) error {
	l, o, err := open(folder)
	if err != nil {
		return err
	}
	defer o.DB.Close()
	put := func(rows ...payback.Row) error {
		b := &payback.Upsert{Table: rows[0].Key().Table, ID: l.NewID()}
		for _, r := range rows {
			raw, err := payback.EncodeRow(r)
			if err != nil {
				return err
			}
			b.Rows = append(b.Rows, raw)
		}
		_, err := l.Act(context.Background(), district, ledger.Actor{}, b)
		return err
	}
	must(put(&payback.District{ID: district, Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{"111136"}}))
	must(put(&payback.PolicyRow{Policy: payback.DefaultPolicy()}))
	must(put(&payback.Library{ID: "111136", Name: "반포도서관"}))
	must(put(&payback.Store{ID: "s01", Name: "반포서점", Libraries: []payback.LibraryID{"111136"}}))
	var rows []payback.Row
	for n := range titles {
		rows = append(rows, title(n))
		if len(rows) == payback.MaxRows {
			must(put(rows...))
			rows = rows[:0]
		}
	}
	for n := range stocks {
		rows = append(rows, &payback.Stock{Store: "s01", ISBN: isbnAt(n), N: n % 9, AsOf: 1_790_000_000_000, Source: "file"})
		if len(rows) == payback.MaxRows {
			must(put(rows...))
			rows = rows[:0]
		}
	}
	return nil
}

var words = []string{"불편한", "편의점", "채식주의자", "아몬드", "역사", "과학", "시간", "여행", "바다", "도시", "밤", "소년", "이야기", "철학", "수학", "요리"}

func title(n int) *payback.Title {
	w := func(k int) string { return words[n/k%16] }
	return &payback.Title{ISBN: isbnAt(n), Name: fmt.Sprintf("%s %s의 %s %d", w(1), w(16), w(256), n%97), Author: w(7) + " 지음", Publisher: w(11) + "출판", Price: 14000}
}

func isbnAt(i int) payback.ISBN {
	digits := fmt.Sprintf("97911%07d", i)
	sum := 0
	for k, r := range digits {
		sum += int(r-'0') * (1 + 2*(k%2))
	}
	return payback.ISBN(fmt.Sprintf("%s%d", digits, (10-sum%10)%10))
}

// serve is the server's program: it prints its address, then, when its input ends,
// its peak memory.
func serve(folder string, snapshots bool) error {
	_, o, err := open(folder)
	if err != nil {
		return err
	}
	if snapshots {
		o.Snapshots = filepath.Join(folder, "snapshots")
	}
	a, err := api.New(o)
	if err != nil {
		return err
	}
	s := httptest.NewServer(a.Handler())
	fmt.Println(s.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Println(peak(), "MiB")
	return nil
}

// peak is the most memory that this process had, in MiB.
func peak() (mib int64) {
	status, err := os.ReadFile("/proc/self/status")
	must(err)
	for line := range strings.Lines(string(status)) {
		if n, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			_, _ = fmt.Sscan(n, &mib)
		}
	}
	return mib >> 10
}

// bytesOf counts what comes through a transport.
type bytesOf struct{ n atomic.Int64 }

func (c *bytesOf) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		resp.Body = counted{resp.Body, c}
	}
	return resp, err
}

type counted struct {
	io.ReadCloser
	c *bytesOf
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.c.n.Add(int64(n))
	return n, err
}

// count is the counter's program.
func count(dir, server, folder string) error {
	ctx := context.Background()
	l, o, err := open(folder) // only to make a code beside the running server
	if err != nil {
		return err
	}
	code := stamp.NewIDs(stamp.Times(system()), crand.Reader).Code(syncproto.CodeGroups)
	hash, _ := syncproto.CodeHash(code)
	_, err = l.Act(ctx, district, ledger.Actor{Role: payback.RoleOfficer, By: "o"},
		&payback.MakeEnrolCode{Hash: hash, Store: "s01", Label: "PC", Expires: l.Now() + 600_000})
	must(err)
	must(o.DB.Close())
	d, err := db.Open(ctx, dir, db.Env{Clock: system(), IDs: stamp.NewIDs(stamp.Times(system()), crand.Reader), Chance: crand.Reader})
	must(err)
	net := &bytesOf{}
	s, err := syncer.New(d, syncer.Env{Clock: system(), Chance: crand.Reader, Ring: keys.Ring{Dir: dir + "/keys"}, Program: "fresh", Face: "verb", Transport: net})
	must(err)
	_, err = s.Enrol(ctx, server, code)
	must(err)
	must(d.BeginRun(ctx))
	var f figures
	stop, done := make(chan struct{}), make(chan struct{})
	go clerk(d, dir, stop, done, &f)
	began := time.Now()
	go func() {
		for {
			if c, err := d.Cursors(ctx); err == nil && len(c) > 0 && c[0].Cursor > 0 {
				f.Store = time.Since(began).Seconds()
				return
			}
			pause(5 * time.Millisecond)
		}
	}()
	r, err := s.Step(ctx)
	must(err)
	f.All = time.Since(began).Seconds()
	close(stop)
	<-done
	f.Rows, f.Bytes, f.RSS = r.Rows, net.n.Load(), peak()
	must(d.Close())
	return json.NewEncoder(os.Stdout).Encode(f)
}

func pause(d time.Duration) { <-time.After(d) }

// clerk acts all the while, and writes one row into a file of its own beside each
// act.
func clerk(d *db.DB, dir string, stop, done chan struct{}, f *figures) {
	ctx := context.Background()
	defer close(done)
	bare, err := sqlitefile.Open(ctx, filepath.Join(dir, "bare.db"), sqlitefile.Options{})
	must(err)
	_, err = bare.Write.ExecContext(ctx, "CREATE TABLE bare (id INTEGER PRIMARY KEY, raw BLOB NOT NULL) STRICT")
	must(err)
	var acts, bares []float64
	for n := 0; ; n++ {
		select {
		case <-stop:
			slices.Sort(acts)
			slices.Sort(bares)
			f.Acts, f.Worst, f.P99 = len(acts), acts[len(acts)-1], acts[len(acts)*99/100]
			f.Bare, f.BareP99 = bares[len(bares)-1], bares[len(bares)*99/100]
			return
		case <-time.After(30 * time.Millisecond):
		}
		at := time.Now()
		_, no, err := d.Record(ctx, []db.Entry{{Body: &payback.Count{ISBN: isbnAt(n), N: 1 + n%9, Source: "count", ID: fmt.Sprint("c", n)}, Role: payback.RoleClerk, By: "c1"}}, nil)
		if err != nil || !no.None() {
			panic(fmt.Sprint(no, err))
		}
		acts = append(acts, time.Since(at).Seconds()*1000)
		at = time.Now()
		must(bare.Tx(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO bare (raw) VALUES (?)", make([]byte, 600))
			return err
		}))
		bares = append(bares, time.Since(at).Seconds()*1000)
	}
}
