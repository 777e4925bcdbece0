package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

// Options is what a server's HTTP works with. All but MetricsFrom and
// the last three is needed.
type Options struct {
	DB       db.DB
	Ledger   *ledger.Ledger
	Vault    *vault.Vault
	District payback.DistrictID // the one that hello tells of
	Key      keys.Key           // the server's: signs replies
	// Box returns the key that opens what was sealed to a district.
	Box         func(payback.DistrictID) (keys.BoxKey, error)
	Clock       stamp.Clock
	Program     string // version of the program
	Log         *slog.Logger
	MetricsFrom []netip.Prefix // who may read /metrics besides loopback

	Updates string // folder of programs for counters, as release sign fills it; "" = none are offered

	Snapshots    string // folder for snapshots, of this server alone: emptied by New; "" = none are offered
	SnapshotFrom int    // rows that a device must lack to be offered one; 0 = 10,000
}

// Server answers devices. It may be used by several goroutines at once.
type Server struct {
	o         Options
	packer    *syncproto.Packer
	places    *places
	nonces    *nonces // of devices
	newNonces *nonces // of PCs that enrol
	devices   *limits // requests of a device
	bytes     *limits // of their bodies
	enrols    *limits // enrolments from an address
	strangers *limits // requests from an address that nobody signed
	streams   *streams
	boards    *boards
	statuses  *statuses
	shelf     *shelf // nil: no snapshots
	metrics   *metrics

	stop sync.Once
	done chan struct{} // closed when pokes must end
}

// New returns a server.
func New(o Options) (*Server, error) {
	packer, err := syncproto.NewPacker()
	if err != nil {
		return nil, fault.Wrap("api.New", err)
	}
	shelf, err := newShelf(o.Snapshots, o.SnapshotFrom, o.Ledger, packer)
	if err != nil {
		return nil, fault.Wrap("api.New", err)
	}
	return &Server{
		o:         o,
		shelf:     shelf,
		packer:    packer,
		places:    newPlaces(),
		nonces:    newNonces(),
		newNonces: newNonces(),
		devices:   newLimits(deviceRate, deviceBurst),
		bytes:     newLimits(byteRate, byteBurst),
		enrols:    newLimits(enrolRate, enrolBurst),
		strangers: newLimits(strangerRate, strangerBurst),
		streams:   newStreams(),
		boards:    newBoards(),
		statuses:  newStatuses(),
		metrics:   newMetrics(),
		done:      make(chan struct{}),
	}, nil
}

// Sizes of request bodies, in bytes. A packet that can't be compressed is a
// little longer than what is in it.
const (
	maxPushBody  = syncproto.MaxPacket + 64<<10
	maxPullBody  = 16 << 10
	maxEnrolBody = 4 << 10
)

// Handler returns the handler of every path in the package comment.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /v1/hello", s.route("hello", 0, s.hello))
	mux.Handle("POST /v1/enrol", s.route("enrol", maxEnrolBody, s.enrol))
	mux.Handle("POST /v1/push", s.route("push", maxPushBody, s.sending(s.push)))
	mux.Handle("POST /v1/pull", s.route("pull", maxPullBody, s.signed(s.pull)))
	mux.Handle("POST /v1/refill", s.route("refill", maxPushBody, s.refill))
	mux.Handle("POST /v1/snapshot", s.route("snapshot", maxPullBody, s.signed(s.snapshot)))
	mux.Handle("GET /v1/snapshot/{id}", s.route("snapshot", 0, s.signed(s.snapshotBytes)))
	mux.Handle("GET /v1/update", s.route("update", 0, s.signed(s.update)))
	mux.Handle("GET /v1/update/{name}", s.route("update", 0, s.signed(s.updateBytes)))
	mux.HandleFunc("GET /v1/poke", s.poke)
	mux.Handle("/v1/", s.route("other", 0, func(context.Context, *call) (answer, error) {
		return answer{}, fault.New(fault.NotFound, "sync.no_such_path")
	}))
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", s.onlyFrom(s.o.MetricsFrom, s.metrics.handler()))
	return mux
}

// Drain ends all pokes, so that a server can shut down without waiting for them.
func (s *Server) Drain() { s.stop.Do(func() { close(s.done) }) }

// mono is the time since the start by the monotonic clock, for limits and nonces:
// setting the wall clock must neither free nor block anybody.
func (s *Server) mono() time.Time { return time.UnixMilli(s.o.Clock.Now().Mono) }
