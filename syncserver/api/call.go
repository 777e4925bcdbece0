package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// call is one request on its way through.
type call struct {
	r        *http.Request
	path     string // with its query, as signed
	nonce    string
	from     string // the address that limits are counted by
	body     []byte
	received int64 // UTC ms
	device   ledger.Device
	revoked  bool // the device was
}

// answer is a reply's body.
type answer struct {
	media   string
	body    []byte
	status  int    // 0 = 200
	stretch string // the header Content-Range; "" = the body is everything
}

// endpoint does what a path is for.
type endpoint func(ctx context.Context, c *call) (answer, error)

func (s *Server) newCall(r *http.Request) *call {
	return &call{
		r:        r,
		path:     r.URL.RequestURI(),
		nonce:    r.Header.Get(syncproto.HeaderNonce),
		from:     place(caller(r)),
		received: s.o.Clock.Now().Wall,
	}
}

// route wraps an endpoint: reads its body of at most limit bytes, signs what it
// answers or refuses, counts it.
func (s *Server) route(name string, limit int64, do endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.newCall(r)
		start := s.mono()
		a, err := s.take(w, c, limit, do)
		status := cmp.Or(a.status, http.StatusOK)
		if err != nil {
			status, a = s.refusal(w, name, c, err)
		}
		s.reply(w, c, status, a)
		s.metrics.served(name, status, s.mono().Sub(start))
	})
}

// take runs the endpoint; a panic in it becomes an internal error.
func (s *Server) take(w http.ResponseWriter, c *call, limit int64, do endpoint) (a answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "").Because(fmt.Errorf("panic: %v", p))
		}
	}()
	if ok, wait := s.strangers.may(c.from, s.mono()); !ok {
		return answer{}, tooFast(wait)
	}
	c.body, err = io.ReadAll(http.MaxBytesReader(w, c.r.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		s.strangers.allow(c.from, s.mono())
		return answer{}, fault.New(fault.Invalid, keyPacketTooLarge, "Limit", strconv.FormatInt(limit, 10))
	case err != nil:
		return answer{}, fault.New(fault.Invalid, keyBadPacket).Because(err)
	}
	return do(c.r.Context(), c)
}

// Message keys of refusals with a status of their own.
const (
	keyPacketTooLarge = "sync.packet_too_large"
	keyOpTooLarge     = "sync.op_too_large"
	keyBadPacket      = "sync.bad_packet"
	keyVersion        = "sync.version"
)

// statusOf returns the status of a refusal.
func statusOf(f *fault.Error) int {
	switch f.Key {
	case keyPacketTooLarge, keyOpTooLarge:
		return http.StatusRequestEntityTooLarge
	case keyVersion:
		return http.StatusUpgradeRequired
	}
	return fault.Status(f.Code)
}

// ordinary says that a refusal is no trouble of the server's.
func ordinary(f *fault.Error) bool {
	return f.Key == syncproto.KeyRefilling || f.Key == ledger.KeyRefilling
}

// refusal returns what is answered to a request that failed.
func (s *Server) refusal(w http.ResponseWriter, route string, c *call, err error) (int, answer) {
	f := fault.As(err)
	status := statusOf(f)
	if status >= http.StatusInternalServerError && !ordinary(f) {
		s.o.Log.Error("request failed", "route", route, "device", c.device.ID, "error", err)
	} else {
		s.o.Log.Debug("request refused", "route", route, "device", c.device.ID, "error", err)
	}
	if wait := f.Args["Seconds"]; status == http.StatusTooManyRequests && wait != "" {
		w.Header().Set("Retry-After", wait)
	}
	body, err := json.Marshal(f)
	if err != nil { // strings only: can't happen
		panic(err)
	}
	return status, answer{media: syncproto.ContentJSON, body: body}
}

// reply signs and sends.
func (s *Server) reply(w http.ResponseWriter, c *call, status int, a answer) {
	h := w.Header()
	h.Set("Content-Type", a.media)
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	h.Set("Cache-Control", "no-store")
	if a.stretch != "" {
		h.Set("Content-Range", a.stretch)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set(syncproto.HeaderSignature, string(syncproto.SignReply(s.o.Key, status, c.path, c.nonce, a.body)))
	w.WriteHeader(status)
	_, _ = w.Write(a.body) // who has gone away asks again
}

// inJSON is an answer in JSON.
func inJSON(v any) (answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return answer{}, fault.Wrap("api.inJSON", err)
	}
	return answer{media: syncproto.ContentJSON, body: body}, nil
}

// oldest is the oldest version of the protocol that this server reads.
const oldest = 1

// readable says whether a header's version can be read, from its JSON.
func readable(header []byte) error {
	var only struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(header, &only); err != nil {
		return fault.New(fault.Invalid, keyBadPacket)
	}
	if only.V < oldest || only.V > syncproto.Version {
		return fault.New(fault.Forbidden, keyVersion, "Version", strconv.Itoa(only.V),
			"Oldest", strconv.Itoa(oldest), "Newest", strconv.Itoa(syncproto.Version))
	}
	return nil
}

// decode reads a JSON header of a version that can be read.
func decode(header []byte, into any) error {
	if err := readable(header); err != nil {
		return err
	}
	if err := json.Unmarshal(header, into); err != nil {
		return fault.New(fault.Invalid, keyBadPacket)
	}
	return nil
}

func tooFast(wait time.Duration) error {
	seconds := int64((wait + time.Second - 1) / time.Second)
	return fault.New(fault.Limited, "sync.too_fast", "Seconds", strconv.FormatInt(max(1, seconds), 10))
}
