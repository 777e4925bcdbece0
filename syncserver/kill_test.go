package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
)

// killCycles is how often a program is killed; make kill sets it.
var killCycles = flag.Int("kill.cycles", 24, "how often a server is killed")

// helperArgs is the variable that makes this test's program a server.
const helperArgs = "KILLED_SERVER_ARGS"

// TestHelperServe is not a test: it is the server that the test below kills.
func TestHelperServe(t *testing.T) {
	args := os.Getenv(helperArgs)
	if args == "" {
		t.Skip("it is the server of another test")
	}
	os.Exit(run(context.Background(), strings.Split(args, "\n"), io.Discard, os.Stderr))
}

// pusher is a device that pushes without end and remembers what was acknowledged.
type pusher struct {
	t      *testing.T
	base   string
	id     payback.DeviceID
	key    keys.Key
	run    payback.RunID
	packer *syncproto.Packer
	server keys.Public
	ops    [][]byte
	acked  uint64
	status int  // of the last reply; 0 = there was none
	signed bool // by the server
}

// send sends a signed request; ok is false if no signed reply with status 200 came.
func (p *pusher) send(path string, body []byte) (reply []byte, ok bool) {
	raw := make([]byte, syncproto.NonceSize)
	_, _ = rand.Read(raw)
	nonce := base64.RawURLEncoding.EncodeToString(raw)
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, false
	}
	req.Header.Set(syncproto.HeaderDevice, string(p.id))
	req.Header.Set(syncproto.HeaderNonce, nonce)
	req.Header.Set(syncproto.HeaderSignature, string(syncproto.SignRequest(p.key, http.MethodPost, path, p.id, nonce, body)))
	p.status, p.signed = 0, false
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, false
	}
	defer resp.Body.Close()
	reply, err = io.ReadAll(resp.Body)
	sig := syncproto.Signature(resp.Header.Get(syncproto.HeaderSignature))
	p.status, p.signed = resp.StatusCode, syncproto.VerifyReply(p.server, resp.StatusCode, path, nonce, reply, sig)
	return reply, err == nil && p.signed && p.status == http.StatusOK
}

// write adds an op to the run.
func (p *pusher) write() {
	body, _ := json.Marshal(&payback.Count{ISBN: "9788937473135", N: len(p.ops) % 50, ID: fmt.Sprint(p.run, "-", len(p.ops))})
	e := syncproto.Envelope{Kind: payback.KCount, Run: p.run, Wseq: uint64(len(p.ops) + 1), Role: payback.RoleClerk, By: "c1", Body: body,
		At: stamp.Evidence{Wall: time.Now().UnixMilli()}}
	if n := len(p.ops); n > 0 {
		e.Prev = syncproto.HashOf(p.ops[n-1])
	}
	op, err := e.Encode(syncproto.MaxOp)
	if err != nil {
		panic(err)
	}
	p.ops = append(p.ops, op)
}

// push sends what is not acknowledged and some new ops.
func (p *pusher) push(fresh int) bool {
	for range fresh {
		p.write()
	}
	last := uint64(len(p.ops))
	batch := p.ops[p.acked:min(last, p.acked+syncproto.MaxPushOps)]
	h := syncproto.Push{V: 1, Run: p.run, From: p.acked + 1, Ops: len(batch),
		Tip: syncproto.SignTip(p.key, p.run, p.acked+uint64(len(batch)), syncproto.HashOf(batch[len(batch)-1]))}
	packet, err := p.packer.Pack(h, batch)
	if err != nil {
		return false
	}
	body, ok := p.send("/v1/push", packet)
	var reply syncproto.PushReply
	if !ok || json.Unmarshal(body, &reply) != nil {
		return false
	}
	if reply.Gap != 0 || reply.Fork != 0 || reply.Acked < p.acked {
		p.t.Errorf("acknowledged up to %d before, now %+v", p.acked, reply)
		return false
	}
	p.acked = reply.Acked
	return true
}

// killable is a server in a process of its own.
type killable struct {
	t        *testing.T
	db, port string
	cmd      *exec.Cmd
	log      string
}

func (k *killable) start() {
	k.t.Helper()
	k.cmd = exec.Command(os.Args[0], "-test.run=^TestHelperServe$")
	k.cmd.Env = append(os.Environ(), helperArgs+"="+strings.Join([]string{"serve", "--db", "sqlite:" + k.db, "--listen", "127.0.0.1:" + k.port,
		"--backup-every", "1s", "--backup-keep", "2"}, "\n"))
	log, err := os.OpenFile(k.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		k.t.Fatal(err)
	}
	defer log.Close()
	k.cmd.Stderr = log
	if err := k.cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(k.t.Context(), 20*time.Second)
	defer stop()
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		if resp, err := http.Get("http://127.0.0.1:" + k.port + "/readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ctx.Done():
			text, _ := os.ReadFile(k.log)
			k.t.Fatalf("not ready: %s", text)
		case <-tick.C:
		}
	}
}

func (k *killable) kill() {
	_ = k.cmd.Process.Kill()
	_ = k.cmd.Wait()
}

// enrol makes a device of a store.
func (k *killable) enrol(store string) *pusher {
	k.t.Helper()
	_, out, _ := verb(k.t, k.db, "device", "code", "--store", store, "--json")
	var made struct{ Code string }
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		k.t.Fatalf("device code: %s", out)
	}
	key, err := keys.Generate(rand.Reader)
	if err != nil {
		k.t.Fatal(err)
	}
	packer, err := syncproto.NewPacker()
	if err != nil {
		k.t.Fatal(err)
	}
	base := "http://127.0.0.1:" + k.port
	p := &pusher{t: k.t, base: base, id: payback.DeviceID("pc-" + rand.Text()), key: key, run: payback.RunID("run-" + rand.Text()), packer: packer,
		server: hello(k.t, http.DefaultClient, base).Key}
	body, _ := json.Marshal(syncproto.EnrolRequest{V: 1, Code: made.Code, Device: p.id, PublicKey: key.Public()})
	if reply, ok := p.send("/v1/enrol", body); !ok {
		k.t.Fatalf("enrol: %s", reply)
	}
	return p
}

// TestAKilledServerLosesNothingThatItAcknowledged kills a server at random moments
// while two PCs push and backups are made, -kill.cycles times.
func TestAKilledServerLosesNothingThatItAcknowledged(t *testing.T) {
	if runtime.GOOS == "windows" || testing.Short() {
		t.Skip("starts many programs")
	}
	if os.Getenv("BOOKPAYBACK_RACE") != "" {
		t.Skip("kills programs by time; the race detector makes SQLite eight times slower")
	}
	plain(t)
	dir := t.TempDir()
	k := &killable{t: t, db: filepath.Join(dir, "server.db"), port: freePort(t), log: filepath.Join(dir, "log")}
	for _, what := range []string{"stores", "titles"} {
		if code, out, said := verb(t, k.db, "import", what, filepath.Join("..", "assets", "sample", what+".csv")); code != 0 {
			t.Fatalf("import: %d %s%s", code, out, said)
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := mathrand.New(mathrand.NewPCG(seed, 0))
	k.start()
	pushers := []*pusher{k.enrol("s01"), k.enrol("s02")}
	// A kill must fall into the work of this machine, fast or slow: within three times
	// what two pushes take.
	began := time.Now()
	for _, p := range pushers {
		if !p.push(20) {
			t.Fatal("the first push failed")
		}
	}
	span := max(60*time.Millisecond, 3*time.Since(began))
	loop := time.Now()
	for range *killCycles {
		var group sync.WaitGroup
		for i, p := range pushers {
			size := 1 + rnd.IntN(20)
			group.Go(func() {
				for p.push(size + i) {
				}
			})
		}
		<-time.After(time.Duration(rnd.Int64N(int64(span))))
		k.kill()
		group.Wait()
		k.start()
	}
	k.kill()
	rate := float64(*killCycles) / time.Since(loop).Seconds()
	total, lost := nothingLost(t, k.db, pushers)
	t.Logf("RESULT kill program=syncserver seed=%d cycles=%d acknowledged=%d lost=%d cycles_per_s=%.1f", seed, *killCycles, total, lost, rate)
	// Each kill may leave one that was not thinned out; the next whole backup does it.
	if code, out, said := verb(t, k.db, "backup", "--keep", "2"); code != 0 {
		t.Errorf("backup: %d %s%s", code, out, said)
	}
	if list := backups(filepath.Join(dir, backupsBesideDir), backupPrefix); len(list) > 2 {
		t.Errorf("%d backups are kept", len(list))
	}
}

// nothingLost compares the database with what was acknowledged, and verifies it.
func nothingLost(t *testing.T, path string, pushers []*pusher) (total, lost uint64) {
	t.Helper()
	if code, out, said := verb(t, path, "verify"); code != 0 {
		t.Errorf("verify: %d %s%s", code, out, said)
	}
	d, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, p := range pushers {
		if p.acked == 0 {
			t.Error("nothing was acknowledged")
		}
		total += p.acked
		err := d.View(t.Context(), "seocho", func(r db.Reader) error {
			list, err := r.OpsOfRun(p.run, 1, len(p.ops))
			if uint64(len(list)) < p.acked {
				lost += p.acked - uint64(len(list))
				t.Errorf("%d ops were acknowledged, %d are there", p.acked, len(list))
			}
			for i, o := range list {
				if !bytes.Equal(o.Raw, p.ops[i]) {
					lost++
					t.Errorf("op %d has other bytes", o.Wseq)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return total, lost
}
