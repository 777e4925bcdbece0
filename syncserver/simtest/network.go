package simtest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"time"
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
	switch s.rnd.IntN(24) {
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
		return answer(r, pick(s, []int{401, 403, 407, 413, 426, 429, 500, 502, 503}), "text/plain", []byte("no")), nil
	case 6:
		s.faulted("reply altered")
		return n.altered(r, body)
	case 7:
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
