package syncer

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Env is what a Syncer needs from outside. Clock must be the clock that the DB was
// opened with.
type Env struct {
	Clock     stamp.Clock
	Chance    io.Reader // nonces, keys, the spread of waiting times
	Ring      keys.Ring // where the device's key is
	Program   string    // version of this program
	Face      string    // desktop, terminal or verb
	Log       *slog.Logger
	Proxy     func(*http.Request) (*url.URL, error) // nil = none
	Transport http.RoundTripper                     // nil = the network, with TLS as enrolled
	FreeMB    func() int64                          // room on the data folder's disk; nil = not known
}

// Syncer exchanges one data folder's ops with its server. Its methods may be used
// by several goroutines at once; exchanges happen one after another.
type Syncer struct {
	db     *db.DB
	env    Env
	packer *syncproto.Packer

	ear ear // open while Run is

	mu     sync.Mutex            // held for a whole exchange; protects all below
	line   *line                 // to the server of lined; nil before the first exchange
	lined  string                // device and server that line was made for
	shrunk int                   // how often the size of batches and slices was halved
	notes  []func(*db.SyncState) // what the exchange's end stores with its own state
	fails  int                   // exchanges of this program that failed in a row: a fresh start tries soon
}

// New returns the syncer of an open data folder, which need not be enrolled yet.
func New(d *db.DB, env Env) (*Syncer, error) {
	packer, err := syncproto.NewPacker()
	if err != nil {
		return nil, fault.Wrap("syncer.New", err)
	}
	if env.Log == nil {
		env.Log = slog.New(slog.DiscardHandler)
	}
	return &Syncer{db: d, env: env, packer: packer}, nil
}

// connect returns the enrolment and the line to its server. It reads the enrolment
// each time, since a verb may have enrolled this folder beside us.
func (s *Syncer) connect(ctx context.Context) (db.Enrolment, *line, error) {
	e, ok, err := s.db.Enrolment(ctx)
	if err != nil {
		return e, nil, err
	}
	if !ok {
		return e, nil, fault.New(fault.Unauthorized, KeyNotEnrolled)
	}
	if made := string(e.Device) + " " + e.Server; s.line == nil || s.lined != made {
		l, err := s.dial(e)
		if err != nil {
			return e, nil, err
		}
		s.line, s.lined = l, made
	}
	return e, s.line, nil
}

// dial makes the line of an enrolment; it sends nothing yet.
func (s *Syncer) dial(e db.Enrolment) (*line, error) {
	key, _, err := s.env.Ring.Key(KeyName, nil)
	if err != nil {
		return nil, err
	}
	to, err := address(e.Server)
	if err != nil {
		return nil, err
	}
	roots, err := pool(e.CA)
	if err != nil {
		return nil, err
	}
	t := &trust{roots: roots, lenient: true, now: corrected(s.env.Clock, s.db.Watch())}
	return &line{http: s.env.client(to, t), open: s.env.client(to, t).SetTimeout(0), base: to.String(), device: e.Device, key: key, pinned: e.ServerKey,
		clock: s.env.Clock, chance: s.env.Chance}, nil
}

// watched takes in when a verified exchange happened by both clocks.
func (s *Syncer) watched(a answer, received, answered int64) {
	s.db.Watch().Exchanged(a.sent, received, answered, a.got)
}

// Hello asks the server that this folder is enrolled with whether it is there.
func (s *Syncer) Hello(ctx context.Context) (syncproto.Hello, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, l, err := s.connect(ctx)
	if err != nil {
		return syncproto.Hello{}, fault.Wrap("syncer.Hello", err)
	}
	h, a, err := l.hello(ctx)
	if err != nil {
		return h, fault.Wrap("syncer.Hello", err)
	}
	s.watched(a, h.Now, h.Now)
	return h, nil
}

// status is what this counter says of itself.
func (s *Syncer) status(ctx context.Context) (st syncproto.Status, err error) {
	st.Program, st.Face = s.env.Program, s.env.Face
	if s.env.FreeMB != nil {
		st.FreeMB = s.env.FreeMB()
	}
	st.Waiting, st.Oldest, err = s.db.OutboxState(ctx)
	return st, err
}

// reasonOf turns an error into the cause that is stored and shown.
func reasonOf(err error) payback.Reason {
	key, args := fault.Message(err)
	return payback.Reason{Key: key, Args: args}
}

// unknownAuthority says whether a certificate was refused for want of a root.
func unknownAuthority(err error) bool {
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &unknown)
}
