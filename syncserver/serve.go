package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/syncserver/api"
	"github.com/bookpayback/bookpayback/syncserver/clockwork"
	"github.com/bookpayback/bookpayback/syncserver/console"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/notify"
	"github.com/bookpayback/bookpayback/syncserver/portal"
	"github.com/bookpayback/bookpayback/syncserver/query"
)

// serveVerb runs the server until it is told to stop.
type serveVerb struct {
	Listen      string         `help:"Address and port to listen on." default:"127.0.0.1:8080" env:"BOOKPAYBACK_LISTEN"`
	PublicURL   string         `name:"public-url" help:"What residents and counters call this server (default: by --listen)." placeholder:"URL" env:"BOOKPAYBACK_PUBLIC_URL"`
	MetricsFrom []netip.Prefix `name:"metrics-from" help:"Networks that may read /metrics besides this machine." placeholder:"CIDR" env:"BOOKPAYBACK_METRICS_FROM"`
	Demo        bool           `help:"Make the district one for trying out, on this machine only: text messages are written to messages.log beside the database."`
	Updates     string         `help:"Folder of programs for counters, signed by release sign (default: updates, beside the database)." type:"path" placeholder:"DIR" env:"BOOKPAYBACK_UPDATES"`
	tlsFlags    `embed:""`
	backupFlags `embed:""`
	RefillWait  time.Duration `name:"refill-wait" help:"How long a restored server waits at most for its counters, which bring back what the backup lacks." default:"2m" env:"BOOKPAYBACK_REFILL_WAIT"`
}

// Settings of the server that its verbs read.
const (
	settingCA     = "server/ca_print"   // fingerprint of the own CA in use, "" for none
	settingPublic = "server/public_url" // of the last start
)

// stopWithin is how long a stopping server waits for the requests that it has.
const stopWithin = 20 * time.Second

// Run serves.
func (v *serveVerb) Run(ctx context.Context, p *program) error {
	if err := v.check(); err != nil {
		return err
	}
	a, err := newAddress(v.Listen, v.PublicURL, v.asked())
	if err != nil {
		return err
	}
	if v.Demo && !a.loopback {
		return fault.New(fault.Invalid, "server.demo_loopback")
	}
	path, err := dbPath(p.DB)
	if err != nil {
		return err
	}
	lock, err := sqlitefile.TakeLock(filepath.Dir(path)) // one server a folder
	if err != nil {
		return err
	}
	defer func() { _ = lock.Release() }()
	h, err := p.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(v.serve(ctx, h, a), h.close())
}

func (v *serveVerb) serve(ctx context.Context, h *house, a address) error {
	if err := h.ensureDistrict(ctx, v.Demo); err != nil {
		return err
	}
	s, err := newSecurity(v.tlsFlags, a, h.dir, time.Now)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{settingCA: s.caPrint(), settingPublic: a.public.String()} {
		if err := h.db.SetSetting(ctx, name, value); err != nil {
			return err
		}
	}
	if err := h.newNotifier(a); err != nil {
		return err
	}
	devices, err := api.New(api.Options{DB: h.db, Ledger: h.ledger, Vault: h.vault, District: h.district, Key: h.key, Box: h.box,
		Clock: h.clock, Program: version, Log: h.p.log, MetricsFrom: v.MetricsFrom, Updates: cmp.Or(v.Updates, filepath.Join(h.dir, "updates")), Snapshots: filepath.Join(h.dir, "snapshots")})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", a.listen)
	if err != nil {
		return fault.New(fault.Unavailable, "server.cannot_listen", "Address", a.listen).Because(err)
	}
	web := &http.Server{
		Handler: v.sites(h, a, s, devices), TLSConfig: s.config, ErrorLog: quiet(h.p.log),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10,
	}
	web.RegisterOnShutdown(devices.Drain)
	if err := h.rereadAll(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := h.greet(ctx, a, s); err != nil {
		return errors.Join(err, listener.Close())
	}
	return h.work(ctx, web, listener, v.backupFlags, func(ctx context.Context) error { return h.keepRefill(ctx, devices, v.RefillWait) })
}

// rereadAll gives ops that came from newer counters than the server was, and that
// this version can read, their verdict.
func (h *house) rereadAll(ctx context.Context) error {
	districts, err := h.db.Districts(ctx)
	if err != nil {
		return err
	}
	for _, d := range districts {
		n, err := h.ledger.Reread(ctx, d, version)
		if err != nil {
			return err
		}
		if n > 0 {
			h.p.log.Info("ops of newer counters are read now", "district", d, "count", n)
		}
	}
	return nil
}

// sites puts the devices' interface, the console and the residents' site together.
func (v *serveVerb) sites(h *house, a address, s security, devices *api.Server) http.Handler {
	ask := query.New(h.ledger, h.db)
	secure := a.public.Scheme == "https"
	mux, machines := http.NewServeMux(), devices.Handler()
	for _, path := range []string{"/v1/", "/healthz", "/readyz", "/metrics"} {
		mux.Handle(path, machines)
	}
	mux.Handle(console.Prefix+"/", console.New(console.Deps{District: h.district, Ledger: h.ledger, Query: ask, Vault: h.vault, IDs: h.ids,
		Chance: rand.Reader, Log: h.p.log, TLS: secure, PublicURL: a.public.String(), CAPrint: s.caPrint()}))
	mux.Handle("/", portal.New(portal.Deps{District: h.district, Ledger: h.ledger, Query: ask, Vault: h.vault,
		Chance: rand.Reader, Log: h.p.log, TLS: secure}))
	return mux
}

// newNotifier makes what sends texts. Until a gateway is set up they are only
// noted in the log; those of a demo district can be read in a file.
func (h *house) newNotifier(a address) error {
	gateway := &notify.Log{Logger: h.p.log}
	if h.row.Demo {
		f, err := os.OpenFile(filepath.Join(h.dir, messagesFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return fault.New(fault.Unavailable, "fault.read_only").Because(err)
		}
		h.texts, gateway.Whole = f, f
	}
	h.notify = notify.New(notify.Config{Outbox: h.db, People: h.vault, Gateway: gateway, Speaker: assets.NewSpeaker("ko"),
		Now: h.ledger.Now, Log: h.p.log, Link: func(_ payback.DistrictID, m db.Message) string {
			if m.Request == "" {
				return ""
			}
			return a.public.String() + "/my/" + string(m.Request)
		}})
	return nil
}

// greet says where the server is, and how the first officer gets in.
func (h *house) greet(ctx context.Context, a address, s security) error {
	h.p.warn("server.serving", "District", h.row.Name, "Address", a.public.String())
	if h.row.Demo {
		h.p.warn("server.demo_district")
	}
	if print := s.caPrint(); print != "" {
		h.p.warn("server.own_ca", "Print", print, "File", filepath.Join(h.dir, "tls", "ca.pem"))
	}
	need, err := h.vault.NeedsSetup(ctx, h.district)
	if err != nil || !need {
		return err
	}
	token, err := h.vault.SetupToken(ctx, h.district)
	if err != nil {
		return err
	}
	h.p.warn("server.setup", "Link", a.public.String()+console.Prefix+"/setup/"+token)
	return nil
}

// work serves and does what is due by time until ctx ends or one of them fails.
func (h *house) work(ctx context.Context, web *http.Server, listener net.Listener, backups backupFlags, refill func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		var err error
		if web.TLSConfig != nil {
			err = web.ServeTLS(listener, "", "")
		} else {
			err = web.Serve(listener)
		}
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return fault.New(fault.Unavailable, "server.cannot_listen", "Address", listener.Addr().String()).Because(err)
	})
	group.Go(func() error {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		if err := web.Shutdown(stop); err != nil {
			h.p.log.Warn("requests were cut off", "error", err)
			return web.Close()
		}
		return nil
	})
	group.Go(func() error {
		works := clockwork.New(h.clockwork())
		if err := works.Run(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		return nil
	})
	group.Go(func() error { return h.keepBackups(ctx, backups) })
	group.Go(func() error { return refill(ctx) })
	err := group.Wait()
	h.vault.Wait() // codes that were asked for still go out
	h.p.log.Info("stopped")
	return err
}

// clockwork is what the work by time goes by.
func (h *house) clockwork() clockwork.Config {
	return clockwork.Config{Ledger: h.ledger, Notifier: h.notify, Districts: h.db.Districts, Log: h.p.log, Pause: h.pause,
		Expired: h.db.DropExpired,
		Seen: func(ctx context.Context, d payback.DistrictID, device payback.DeviceID) (int64, error) {
			return api.LastSeen(ctx, h.db, d, device)
		}}
}

// textsEvery is how often texts that acts caused are looked for.
const textsEvery = time.Second

// pause waits for d and meanwhile sends the texts that acts cause, so that nobody
// waits for the next minute. It runs between the clockwork's own steps, since two
// senders at once would send twice.
func (h *house) pause(ctx context.Context, d time.Duration) error {
	end, tick := time.NewTimer(d), time.NewTicker(textsEvery)
	defer end.Stop()
	defer tick.Stop()
	sent := map[payback.DistrictID]uint64{}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return nil
		case <-tick.C:
			h.sendNew(ctx, sent)
		}
	}
}

// sendNew sends the due texts of the districts that moved since sent.
func (h *house) sendNew(ctx context.Context, sent map[payback.DistrictID]uint64) {
	ds, err := h.db.Districts(ctx)
	if err != nil {
		return // the clockwork's next step says it
	}
	over, cancel := context.WithCancel(ctx)
	cancel() // to be told the position without waiting for a new one
	for _, d := range ds {
		at := h.ledger.Wait(over, d, sent[d])
		if at <= sent[d] {
			continue
		}
		if _, err := h.notify.Step(ctx, d); err != nil && ctx.Err() == nil {
			h.p.log.Error("texts not sent", "district", d, "error", err)
			continue
		}
		sent[d] = at
	}
}

// quiet is for what the library would print of strangers' broken handshakes.
func quiet(l *slog.Logger) *log.Logger { return slog.NewLogLogger(l.Handler(), slog.LevelDebug) }
