package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/notify"
)

// doctorVerb looks at what an operator has to look after.
type doctorVerb struct{}

// How grave a finding is.
const (
	fine = "fine"
	look = "look" // somebody should look
	bad  = "bad"
)

// finding is one line of the doctor's.
type finding struct {
	What     string `json:"what"`
	State    string `json:"state"`
	Sentence string `json:"sentence"`
}

// Limits from which the doctor speaks up.
const (
	diskLook, diskBad = 2048, 256 // MiB
	certLook, certBad = 21, 3     // days
	waitLook          = 15 * time.Minute
	reachWithin       = 3 * time.Second
)

// Run examines; the exit code is 7 if something is bad.
func (doctorVerb) Run(ctx context.Context, p *program) error {
	h, err := p.openThere(ctx)
	if err != nil {
		return err
	}
	var found []finding
	say := func(what, state, key string, args ...string) {
		found = append(found, finding{what, state, p.say.Say("server.doctor."+key, pairs(args))})
	}
	h.examineDatabase(ctx, say)
	h.examineDisk(say)
	h.examineClock(ctx, say)
	h.examineMessages(ctx, say)
	h.examineBackup(ctx, say)
	h.examineRefill(ctx, say)
	h.examineServer(ctx, say)
	if err := h.close(); err != nil {
		return err
	}
	return report(p, found)
}

// report prints the findings.
func report(p *program, found []finding) error {
	broken := 0
	for _, f := range found {
		if f.State == bad {
			broken++
		}
		if !p.JSON {
			p.tell("server.doctor.line", "State", p.say.Say("server.doctor."+f.State, nil), "Text", f.Sentence)
		}
	}
	if p.JSON {
		if err := p.inJSON(found); err != nil {
			return err
		}
	}
	if broken > 0 {
		return fault.New(fault.Unavailable, "server.doctor.found", "Count", strconv.Itoa(broken))
	}
	return nil
}

type sayer func(what, state, key string, args ...string)

func (h *house) examineDatabase(ctx context.Context, say sayer) {
	if err := h.file.QuickCheck(ctx); err != nil {
		say("database", bad, "database_damaged", "File", h.file.Path())
		return
	}
	if h.row == nil {
		say("database", look, "no_district", "File", h.file.Path())
		return
	}
	say("database", fine, "database", "File", h.file.Path(), "District", h.row.Name)
	if _, err := h.box(h.district); err != nil {
		say("keys", bad, "keys_missing", "Folder", h.ring.Dir)
		return
	}
	say("keys", fine, "keys", "Folder", h.ring.Dir, "Print", h.key.Fingerprint())
}

func (h *house) examineDisk(say sayer) {
	free := freeMB(h.dir)
	state := fine
	switch {
	case free < 0:
		say("disk", look, "disk_unknown", "Folder", h.dir)
		return
	case free < diskBad:
		state = bad
	case free < diskLook:
		state = look
	}
	say("disk", state, "disk", "Folder", h.dir, "MiB", strconv.FormatInt(free, 10))
}

// examineClock compares the clock with what the ledger has seen: a clock that was
// set back makes deadlines wrong.
func (h *house) examineClock(ctx context.Context, say sayer) {
	var last int64
	if h.row != nil {
		err := h.db.View(ctx, h.district, func(r db.Reader) error {
			head, err := r.Head()
			if err != nil || head.Position == 0 {
				return err
			}
			op, err := r.OpAt(head.Position)
			if err == nil && op != nil {
				last = op.Received
			}
			return err
		})
		if err != nil {
			say("clock", bad, "database_damaged", "File", h.file.Path())
			return
		}
	}
	now := h.clock.Now()
	if behind := last - now.Wall; behind > 2000 {
		say("clock", bad, "clock_behind", "Seconds", strconv.FormatInt(behind/1000, 10))
		return
	}
	say("clock", fine, "clock", "Time", now.Time().Format(time.RFC3339))
}

func (h *house) examineMessages(ctx context.Context, say sayer) {
	if h.row == nil {
		return
	}
	failed, err1 := h.db.ListMessages(ctx, h.district, notify.Failed, db.MaxSelect)
	waiting, err2 := h.db.DueMessages(ctx, h.district, h.ledger.Now()-waitLook.Milliseconds(), db.MaxSelect)
	switch {
	case errors.Join(err1, err2) != nil:
		say("messages", bad, "database_damaged", "File", h.file.Path())
	case len(failed) > 0:
		say("messages", look, "messages_failed", "Count", strconv.Itoa(len(failed)))
	case len(waiting) > 0:
		say("messages", look, "messages_wait", "Count", strconv.Itoa(len(waiting)))
	default:
		say("messages", fine, "messages")
	}
}

// examineServer asks whether a server runs here, and what certificate the public
// address shows.
func (h *house) examineServer(ctx context.Context, say sayer) {
	held, pid, err := sqlitefile.Held(h.dir)
	switch {
	case err != nil || !held:
		say("server", look, "not_running")
	default:
		say("server", fine, "running", "PID", strconv.Itoa(pid))
	}
	public, err := h.db.Setting(ctx, settingPublic)
	if err != nil || public == "" {
		return
	}
	u, err := url.Parse(public)
	if err != nil || u.Scheme != "https" {
		say("certificate", fine, "plain", "Address", public)
		return
	}
	h.examineCertificate(ctx, u, say)
}

func (h *house) examineCertificate(ctx context.Context, u *url.URL, say sayer) {
	host, port := u.Hostname(), u.Port()
	if port == "" {
		port = "443"
	}
	config := &tls.Config{ServerName: host}
	if own, err := os.ReadFile(filepath.Join(h.dir, "tls", "ca.pem")); err == nil {
		config.RootCAs = roots(own)
	}
	ctx, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	var wrong *tls.CertificateVerificationError
	switch {
	case errors.As(err, &wrong):
		say("certificate", bad, "certificate_wrong", "Address", u.String())
		return
	case err != nil:
		say("certificate", look, "unreachable", "Address", u.String())
		return
	}
	defer func() { _ = conn.Close() }()
	leaf := conn.(*tls.Conn).ConnectionState().PeerCertificates[0]
	days := int(time.Until(leaf.NotAfter) / (24 * time.Hour))
	state := fine
	switch {
	case days < certBad:
		state = bad
	case days < certLook:
		state = look
	}
	say("certificate", state, "certificate", "Address", u.String(), "Days", strconv.Itoa(days))
}

// roots are the system's certificate authorities and the server's own.
func roots(own []byte) *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM(own)
	return pool
}

// backupLook is the age of the last backup from which somebody should look.
const backupLook = time.Hour

// examineBackup looks for a verified backup of late.
func (h *house) examineBackup(ctx context.Context, say sayer) {
	last, err := h.lastBackup(ctx)
	if err != nil || last.At == 0 {
		say("backup", look, "backup_none")
		return
	}
	age := time.Since(time.UnixMilli(last.At))
	state, key := fine, "backup"
	if age > backupLook {
		state, key = look, "backup_old"
	}
	say("backup", state, key, "File", last.File, "Minutes", strconv.Itoa(int(age.Minutes())))
}
