package syncer

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Limits of one request.
const (
	dialTimeout    = 10 * time.Second
	requestTimeout = 30 * time.Second
	maxReply       = syncproto.MaxPacket + 1<<20 // bytes; a packet is smaller than what it holds
)

// line is the connection to one server as one device. It keeps no state of the
// exchange and may be used by several goroutines at once.
type line struct {
	http   *resty.Client
	open   *resty.Client // for the one reply that has no end, on a connection of its own; nil while enrolling
	base   string        // scheme and host
	device payback.DeviceID
	key    keys.Key
	pinned keys.Public // the server's; "" until it is known
	clock  stamp.Clock
	chance io.Reader
}

// answer is a reply that was verified.
type answer struct {
	body      []byte
	nonce     string // of the request
	sig       syncproto.Signature
	sent, got stamp.Reading
}

// address reads a server's address as a person typed it: scheme and host, no
// path. Without a scheme it is https. Plain http goes to this machine only.
func address(typed string) (*url.URL, error) {
	typed = strings.TrimSpace(typed)
	if typed != "" && !strings.Contains(typed, "://") {
		typed = "https://" + typed
	}
	u, err := url.Parse(typed)
	switch {
	case err != nil, u.Hostname() == "", u.Scheme != "https" && u.Scheme != "http",
		strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.Fragment != "", u.User != nil:
		return nil, fault.New(fault.Invalid, KeyBadAddress, "Address", typed)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fault.New(fault.Invalid, KeyPlainHTTP, "Address", typed)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// client returns the HTTP client for a server. It follows no redirect (only a
// portal redirects us), keeps no cookie, repeats nothing (the loop does) and
// leaves bodies as they were sent, since their bytes are what is signed.
func (e Env) client(server *url.URL, trust *trust) *resty.Client {
	transport := e.Transport
	if transport == nil {
		transport = &http.Transport{
			Proxy:                  e.Proxy,
			DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSClientConfig:        trust.config(server.Hostname()),
			TLSHandshakeTimeout:    dialTimeout,
			MaxIdleConns:           2,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true,
			ForceAttemptHTTP2:      true,
		}
	}
	return resty.NewWithClient(&http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}).
		SetTimeout(requestTimeout).
		SetRetryCount(0).
		SetResponseBodyLimit(maxReply).
		SetHeader("User-Agent", "bookpayback-counter/"+e.Program).
		SetLogger(quiet{}) // what resty would warn of is in the errors that it returns
}

// quiet is resty's logger; it says nothing.
type quiet struct{}

func (quiet) Errorf(string, ...any) {}
func (quiet) Warnf(string, ...any)  {}
func (quiet) Debugf(string, ...any) {}

// Waits that a server asks for within one exchange, as while a new counter fetches
// the whole catalogue: short ones are kept here, others end the exchange.
const (
	shortWait = 5 * time.Second
	maxWaits  = 10 // in a row
)

// call sends one signed request and returns the server's reply to it, if there is
// one with status 200. It repeats a request that a network doubled, and one that
// the server wants a moment later.
func (l *line) call(ctx context.Context, method, path, content string, body []byte) (answer, error) {
	var a answer
	err := l.again(ctx, func() (err error) {
		a, err = l.once(ctx, method, path, content, body)
		return err
	})
	return a, err
}

// again does once, and repeats it as call says.
func (l *line) again(ctx context.Context, once func() error) error {
	for waits := 0; ; waits++ {
		err := once()
		again := nonceUsed(err)
		if fault.CodeOf(err) == fault.Limited && asked(err) <= shortWait {
			again = pause(ctx, asked(err), nil)
		}
		if err == nil || !again || waits == maxWaits {
			return err
		}
	}
}

// once is one try of call.
func (l *line) once(ctx context.Context, method, path, content string, body []byte) (answer, error) {
	a, response, nonce, err := l.send(ctx, method, path, content, body)
	if err != nil {
		return answer{}, err
	}
	if err := verify(l.pinned, response, path, nonce); err != nil {
		return answer{}, err
	}
	if response.StatusCode() != http.StatusOK {
		return answer{}, refusal(response.StatusCode(), response.Body())
	}
	return a, nil
}

// send sends one signed request and returns whatever came back, unverified.
func (l *line) send(ctx context.Context, method, path, content string, body []byte) (answer, *resty.Response, string, error) {
	request, nonce, err := l.request(ctx, method, path, body)
	if err != nil {
		return answer{}, nil, "", err
	}
	if body != nil {
		request.SetHeader("Content-Type", content).SetBody(body)
	}
	sent := l.clock.Now()
	response, err := request.Execute(method, l.base+path)
	got := l.clock.Now()
	if err != nil {
		l.http.GetClient().CloseIdleConnections() // they may be dead since a sleep
		return answer{}, nil, "", noReply(ctx, err)
	}
	sig := syncproto.Signature(response.Header().Get(syncproto.HeaderSignature))
	return answer{body: response.Body(), nonce: nonce, sig: sig, sent: sent, got: got}, response, nonce, nil
}

// request returns a signed request and its nonce.
func (l *line) request(ctx context.Context, method, path string, body []byte) (*resty.Request, string, error) {
	raw := make([]byte, syncproto.NonceSize)
	if _, err := io.ReadFull(l.chance, raw); err != nil {
		return nil, "", fault.Wrap("syncer.request", err)
	}
	nonce := base64.RawURLEncoding.EncodeToString(raw)
	return l.http.R().
		SetContext(ctx).
		SetHeader(syncproto.HeaderDevice, string(l.device)).
		SetHeader(syncproto.HeaderNonce, nonce).
		SetHeader(syncproto.HeaderSignature, string(syncproto.SignRequest(l.key, method, path, l.device, nonce, body))), nonce, nil
}

// verify says whether a reply is the server's to the request with that nonce.
func verify(server keys.Public, r *resty.Response, path, nonce string) error {
	sig := syncproto.Signature(r.Header().Get(syncproto.HeaderSignature))
	if syncproto.VerifyReply(server, r.StatusCode(), path, nonce, r.Body(), sig) {
		return nil
	}
	return unsigned(r.StatusCode(), sig != "")
}

// Paths of the protocol.
const (
	pathHello = "/v1/hello"
	pathEnrol = "/v1/enrol"
	pathPush  = "/v1/push"
	pathPull  = "/v1/pull"

	pathRefill = "/v1/refill"

	pathSnapshot = "/v1/snapshot"
	pathPoke     = "/v1/poke"
)

// hello asks the server who it is. While no key is pinned the reply must be signed
// by the key that it names.
func (l *line) hello(ctx context.Context) (h syncproto.Hello, a answer, err error) {
	a, response, nonce, err := l.send(ctx, http.MethodGet, pathHello, "", nil)
	if err != nil {
		return h, a, err
	}
	server := l.pinned
	if server == "" && json.Unmarshal(response.Body(), &h) == nil {
		server = h.Key
	}
	switch err := verify(server, response, pathHello, nonce); {
	case err != nil:
		return syncproto.Hello{}, a, err
	case response.StatusCode() != http.StatusOK:
		return syncproto.Hello{}, a, refusal(response.StatusCode(), response.Body())
	case json.Unmarshal(response.Body(), &h) != nil:
		return syncproto.Hello{}, a, nonsense("hello is not JSON")
	case h.Oldest > syncproto.Version:
		return h, a, fault.New(fault.Forbidden, KeyTooOld)
	}
	return h, a, nil
}
