package simtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/client/syncer"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// network carries a counter's requests to the server, or does not.
type network struct {
	p    *pc
	last *http.Request // an earlier one that came through, and its body
	body []byte
}

var errNoRoute = errors.New("simtest: no route to the server")

// portal is what a captive portal answers to everything.
const portal = "<!doctype html><title>Wi-Fi</title><form>무료 와이파이에 로그인하세요</form>"

// RoundTrip carries one request.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := n.carry(r)
	if n.p.status = 0; err == nil {
		n.p.status = a.StatusCode
	}
	return a, err
}

func (n *network) carry(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	s := n.p.s
	if n.p.cut.After(s.now) || !s.srv.up {
		return nil, errNoRoute
	}
	if s.calm || !s.c.Faults.Net {
		return n.deliver(r, body)
	}
	s.pass(time.Duration(1+s.rnd.IntN(400)) * time.Millisecond)
	if strings.HasPrefix(r.URL.Path, "/v1/snapshot") && s.srv.up {
		s.town.rule() // the town goes on while a snapshot is fetched
	}
	switch s.rnd.IntN(26) {
	case 0:
		s.faulted("request lost")
		return nil, errNoRoute
	case 1:
		s.faulted("reply lost")
		_, _ = n.deliver(r, body)
		return nil, io.ErrUnexpectedEOF
	case 2:
		s.faulted("portal")
		return answer(r, http.StatusOK, "text/html", []byte(portal)), nil
	case 3:
		s.faulted("request repeated")
		first, err := n.deliver(r, body)
		second, again := n.deliver(r, body)
		if s.odds(2) {
			return second, again
		}
		return first, err
	case 4:
		s.faulted("reply truncated")
		return n.truncated(r, body)
	case 5:
		s.faulted("odd status")
		return answer(r, pick(s, []int{401, 401, 401, 401, 403, 407, 413, 426, 429, 500, 502, 503}), "text/plain", []byte("no")), nil
	case 6:
		s.faulted("reply altered")
		return n.altered(r, body)
	case 7:
		s.faulted("newer server")
		return n.newer(r, body)
	case 8:
		s.faulted("newer counter")
		return n.deliver(n.p.resigned(r, body, map[string]any{"soon": 1}))
	case 9:
		s.faulted("counter too new")
		return n.deliver(n.p.resigned(r, body, map[string]any{"v": syncproto.Version + 1}))
	case 10:
		if n.last != nil {
			s.faulted("old request again")
			_, _ = n.deliver(n.last, n.body)
		}
	}
	n.last, n.body = r, body
	return n.deliver(r, body)
}

// deliver brings a request to the server and back.
func (n *network) deliver(r *http.Request, body []byte) (*http.Response, error) {
	s := n.p.s
	if !s.srv.up {
		return nil, errNoRoute
	}
	to := r.Clone(r.Context())
	to.Body, to.RequestURI = io.NopCloser(bytes.NewReader(body)), r.URL.RequestURI()
	to.RemoteAddr = "192.0.2." + n.p.name[2:3] + ":1"
	if forged := s.c.Sabotage.reply(n.p, to, body); forged != nil {
		return forged, nil
	}
	w := httptest.NewRecorder()
	s.srv.handler.ServeHTTP(w, to)
	if s.srv.failed("a request", nil); !s.srv.up {
		return nil, io.ErrUnexpectedEOF
	}
	if !s.calm && s.c.Faults.Net {
		s.pass(time.Duration(s.rnd.IntN(400)) * time.Millisecond)
	}
	return s.c.Sabotage.answered(n.p, to, w.Result()), nil
}

func (n *network) truncated(r *http.Request, body []byte) (*http.Response, error) {
	a, err := n.deliver(r, body)
	if err != nil {
		return nil, err
	}
	all, _ := io.ReadAll(a.Body)
	if len(all) > 0 {
		all = all[:n.p.s.rnd.IntN(len(all))]
	}
	return with(a, all), nil
}

func (n *network) altered(r *http.Request, body []byte) (*http.Response, error) {
	a, err := n.deliver(r, body)
	if err != nil {
		return nil, err
	}
	all, _ := io.ReadAll(a.Body)
	if len(all) > 0 {
		all[n.p.s.rnd.IntN(len(all))] ^= 1 << n.p.s.rnd.IntN(8)
	}
	return with(a, all), nil
}

// with returns a reply with another body.
func with(a *http.Response, body []byte) *http.Response {
	a.Body, a.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	a.Header.Del("Content-Length")
	return a
}

func answer(r *http.Request, status int, media string, body []byte) *http.Response {
	a := &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {media}}, Request: r}
	return with(a, body)
}

// newer is a reply as a server of the next version gives it: a field more than we
// know of.
func (n *network) newer(r *http.Request, body []byte) (*http.Response, error) {
	a, err := n.deliver(r, body)
	if err != nil || a.StatusCode != http.StatusOK || r.URL.Path == "/v1/enrol" {
		return a, err
	}
	all, _ := io.ReadAll(a.Body)
	more, ok := altered(all, map[string]any{"soon": 1})
	if !ok {
		return with(a, all), nil
	}
	a.Header.Set(syncproto.HeaderSignature, string(syncproto.SignReply(n.p.s.srv.key, a.StatusCode, r.URL.RequestURI(), r.Header.Get(syncproto.HeaderNonce), more)))
	return with(a, more), nil
}

// altered sets fields of a message's header; false if it is none.
func altered(body []byte, set map[string]any) ([]byte, bool) {
	h := map[string]json.RawMessage{}
	var frames [][]byte
	packer, err := syncproto.NewPacker()
	plain := json.Unmarshal(body, &h) == nil
	if err == nil && !plain {
		frames, err = packer.Unpack(body, &h)
	}
	for k, v := range set {
		raw, bad := json.Marshal(v)
		h[k], err = raw, errors.Join(err, bad)
	}
	if err != nil {
		return nil, false
	}
	if plain {
		body, err = json.Marshal(h)
	} else {
		body, err = packer.Pack(h, frames)
	}
	return body, err == nil
}

// resigned is a counter's request with fields of its header set, signed anew.
func (p *pc) resigned(r *http.Request, body []byte, set map[string]any) (*http.Request, []byte) {
	more, ok := altered(body, set)
	key, _, err := p.ring.Key(syncer.KeyName, nil)
	if !ok || err != nil || r.URL.Path == "/v1/enrol" {
		return r, body
	}
	to := r.Clone(r.Context())
	path, device, nonce := r.URL.RequestURI(), payback.DeviceID(r.Header.Get(syncproto.HeaderDevice)), r.Header.Get(syncproto.HeaderNonce)
	to.Header.Set(syncproto.HeaderSignature, string(syncproto.SignRequest(key, r.Method, path, device, nonce, more)))
	return to, more
}

// pries asks for another store's rows, properly signed: it must get none (I6).
func (p *pc) pries() {
	who, enrolled := p.enrolled()
	key, _, err := p.ring.Key(syncer.KeyName, nil)
	if !enrolled || err != nil || !p.s.srv.up {
		return
	}
	other := stores[0]
	if p.store == other {
		other = stores[1]
	}
	body, err := json.Marshal(syncproto.Pull{V: syncproto.Version, Buckets: []syncproto.BucketCursor{{Name: payback.StoreBucket(other)}}})
	if err != nil {
		return
	}
	p.s.faulted("another store's rows asked for")
	const path = "/v1/pull"
	nonce := base64.RawURLEncoding.EncodeToString(fmt.Appendf(make([]byte, 0, syncproto.NonceSize), "%0*d", syncproto.NonceSize, p.s.town.number()))
	r, err := http.NewRequestWithContext(p.s.ctx, http.MethodPost, "http://127.0.0.1:1"+path, nil)
	if err != nil {
		return
	}
	r.Header.Set("Content-Type", syncproto.ContentJSON)
	r.Header.Set(syncproto.HeaderDevice, string(who))
	r.Header.Set(syncproto.HeaderNonce, nonce)
	r.Header.Set(syncproto.HeaderSignature, string(syncproto.SignRequest(key, http.MethodPost, path, who, nonce, body)))
	a, err := (&network{p: p}).deliver(r, body)
	if err == nil && a.StatusCode == http.StatusOK {
		p.s.violated("I6: %s of %s was given the rows of %s", p.name, p.store, other)
	}
	if err == nil {
		p.s.note("%s pries: %d", p.name, a.StatusCode)
	}
}

// enrolled returns the device that this counter is.
func (p *pc) enrolled() (payback.DeviceID, bool) {
	if !p.up {
		return "", false
	}
	e, ok, err := p.db.Enrolment(p.s.ctx)
	return e.Device, ok && err == nil
}
