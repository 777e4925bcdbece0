package syncer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// authority is an own CA as a server makes it, with one certificate for loopback.
type authority struct {
	der   []byte
	chain tls.Certificate
}

func newAuthority(t *testing.T, from, until time.Time) authority {
	t.Helper()
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "own CA"}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "counter"}, NotBefore: from, NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	rootKey, leafKey := ecKey(t), ecKey(t)
	rootDER := certificate(t, root, root, rootKey, rootKey)
	leafDER := certificate(t, leaf, root, leafKey, rootKey)
	return authority{rootDER, tls.Certificate{Certificate: [][]byte{leafDER, rootDER}, PrivateKey: leafKey}}
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func certificate(t *testing.T, c, parent *x509.Certificate, key, by *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// secured starts a server with TLS of that authority.
func secured(t *testing.T, far *server, a authority) string {
	t.Helper()
	site := httptest.NewUnstartedServer(far)
	site.TLS = &tls.Config{Certificates: []tls.Certificate{a.chain}}
	site.Config.ErrorLog = nil
	site.StartTLS()
	t.Cleanup(site.Close)
	return site.URL
}

func TestEnrolBelievesTheCAWhoseFingerprintIsInTheCode(t *testing.T) {
	pc := newPC(t, nil)
	far := newServer(t, pc.clock)
	a := newAuthority(t, start.Add(-time.Hour), start.Add(time.Hour))
	site := secured(t, far, a)
	e, err := pc.Enrol(t.Context(), site, strings.ToLower(onceCode+" "+Fingerprint(a.der)))
	if err != nil {
		t.Fatal(err)
	}
	if e.Store != store || e.ServerKey != far.key.Public() || len(e.CA) == 0 || !e.Demo || e.Server != site {
		t.Errorf("got %+v", e)
	}
	if err := pc.db.BeginRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	pc.record(1)
	pc.steps(0, 1)
}

func TestWrongClockDoesNotStopAnEnrolledCounter(t *testing.T) {
	pc := newPC(t, nil)
	far := newServer(t, pc.clock)
	a := newAuthority(t, start.AddDate(5, 0, 0), start.AddDate(6, 0, 0)) // not valid for years by this PC's clock
	if _, err := pc.Enrol(t.Context(), secured(t, far, a), onceCode+Fingerprint(a.der)); err != nil {
		t.Fatal(err)
	}
	pc.clock.SetWall(start.AddDate(-10, 0, 0))
	pc.steps(0, 0)
}

func TestCertificateIsJudgedByTheServersTimeOnceItIsKnown(t *testing.T) {
	pc := newPC(t, nil)
	far := newServer(t, pc.clock)
	a := newAuthority(t, start.Add(-2*time.Hour), start.Add(-time.Hour))
	if _, err := pc.Enrol(t.Context(), secured(t, far, a), onceCode+Fingerprint(a.der)); err != nil {
		t.Fatal(err)
	}
	if _, err := pc.Step(t.Context()); keyOf(err) != KeyExpired {
		t.Errorf("got %v", err)
	}
}

func TestEnrolRefusesAnotherCAThanTheCodes(t *testing.T) {
	pc := newPC(t, nil)
	far := newServer(t, pc.clock)
	a := newAuthority(t, start.Add(-time.Hour), start.Add(time.Hour))
	b := newAuthority(t, start.Add(-time.Hour), start.Add(time.Hour))
	asked := false
	far.meddling(func(http.ResponseWriter, *http.Request, http.Handler) { asked = true })
	if _, err := pc.Enrol(t.Context(), secured(t, far, a), onceCode+Fingerprint(b.der)); keyOf(err) != KeyOtherCA {
		t.Errorf("got %v", err)
	}
	if asked {
		t.Error("something was sent to the wrong server")
	}
}

func TestEnrolWithoutFingerprintAsksForTheWholeCode(t *testing.T) {
	pc := newPC(t, nil)
	far := newServer(t, pc.clock)
	a := newAuthority(t, start.Add(-time.Hour), start.Add(time.Hour))
	if _, err := pc.Enrol(t.Context(), secured(t, far, a), onceCode); keyOf(err) != KeyUnknownCA {
		t.Errorf("got %v", err)
	}
}

func TestEnrolledCounterSendsNothingToAnotherCertificate(t *testing.T) {
	pc := newPC(t, nil)
	far := newServer(t, pc.clock)
	a := newAuthority(t, start.Add(-time.Hour), start.Add(time.Hour))
	if _, err := pc.Enrol(t.Context(), secured(t, far, a), onceCode+Fingerprint(a.der)); err != nil {
		t.Fatal(err)
	}
	e, _, err := pc.db.Enrolment(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e.Server = secured(t, far, newAuthority(t, start.Add(-time.Hour), start.Add(time.Hour)))
	if err := pc.db.SetEnrolment(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if _, err := pc.Step(t.Context()); keyOf(err) != KeyWrongServer {
		t.Errorf("got %v", err)
	}
}

func TestAddressesAndCodesThatCannotBeRight(t *testing.T) {
	for typed, key := range map[string]string{
		"": KeyBadAddress, "https://": KeyBadAddress, "ftp://x": KeyBadAddress, "https://x/y": KeyBadAddress, "https://a@x": KeyBadAddress,
		"https://x?y": KeyBadAddress, "http://library.example": KeyPlainHTTP, "http://10.0.0.1": KeyPlainHTTP, "::": KeyBadAddress,
	} {
		if _, err := address(typed); keyOf(err) != key || fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: got %v, want %s", typed, err, key)
		}
	}
	for typed, want := range map[string]string{
		"library.example": "https://library.example", " https://x:8443/ ": "https://x:8443", "http://127.0.0.1:80": "http://127.0.0.1:80",
		"http://[::1]:8080": "http://[::1]:8080", "http://localhost": "http://localhost",
	} {
		if got, err := address(typed); err != nil || got.String() != want {
			t.Errorf("%q: got %v %v, want %s", typed, got, err, want)
		}
	}
	group := "7K3M-"
	for n, ok := range map[int]bool{0: false, 2: false, 3: true, 4: false, 6: false, 7: true, 8: false} {
		if _, _, err := splitCode(strings.Repeat(group, n)); (err == nil) != ok {
			t.Errorf("%d groups: got %v", n, err)
		}
	}
	if _, _, err := splitCode(onceCode + "-7"); keyOf(err) != KeyBadCode {
		t.Errorf("a fourth group of one character: got %v", err)
	}
	if once, print, err := splitCode("7k3m q2zx of1a"); once != "7K3M-Q2ZX-0F1A" || print != "" || err != nil {
		t.Errorf("got %q %q %v", once, print, err)
	}
}

func TestEnrolRepeatedAfterALostReplyGivesTheSameDevice(t *testing.T) {
	clockless := newPC(t, nil)
	far := newServer(t, clockless.clock)
	pc := newPC(t, direct{far})
	var first string
	far.meddling(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		if r.URL.Path == pathEnrol && first == "" {
			first = r.Header.Get(syncproto.HeaderDevice)
			captured(r, honest)
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		honest.ServeHTTP(w, r)
	})
	if _, err := pc.Enrol(t.Context(), "http://localhost", onceCode); keyOf(err) != KeyNotThere {
		t.Fatalf("got %v", err)
	}
	e, err := pc.Enrol(t.Context(), "http://localhost", onceCode)
	if err != nil || string(e.Device) != first {
		t.Errorf("got %q %v, want %q", e.Device, err, first)
	}
	if _, err := pc.Enrol(t.Context(), "http://localhost", onceCode); keyOf(err) != KeyEnrolled || fault.CodeOf(err) != fault.Conflict {
		t.Errorf("a second enrolment: got %v", err)
	}
}

func TestWhatTheServerSaysOfACodeIsSaidToThePerson(t *testing.T) {
	pc := newPC(t, nil)
	far := newServer(t, pc.clock)
	site := httptest.NewServer(far)
	defer site.Close()
	if _, err := pc.Enrol(t.Context(), site.URL, "0000-0000-0000"); keyOf(err) != "payback.code_unknown" {
		t.Errorf("got %v", err)
	}
}

func TestEnrolOfAPortalOrASilentAddress(t *testing.T) {
	pc := newPC(t, nil)
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<html>")) }))
	defer portal.Close()
	if _, err := pc.Enrol(t.Context(), portal.URL, onceCode); keyOf(err) != KeyPortal {
		t.Errorf("a portal: got %v", err)
	}
	if _, err := pc.Enrol(t.Context(), strings.Replace(portal.URL, "http:", "https:", 1), onceCode); keyOf(err) != KeyPortal {
		t.Errorf("plain HTTP where TLS should be: got %v", err)
	}
	portal.Close()
	if _, err := pc.Enrol(t.Context(), portal.URL, onceCode); keyOf(err) != KeyNotThere {
		t.Errorf("nobody: got %v", err)
	}
}

func TestNetworkErrorsHaveTheirCause(t *testing.T) {
	dial := func(err error) error {
		return &url.Error{Op: "Post", Err: &net.OpError{Op: "dial", Net: "tcp", Err: err}}
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{dial(&net.DNSError{Err: "no such host", IsNotFound: true}), KeyOffline},
		{dial(syscall.ENETUNREACH), KeyOffline},
		{dial(syscall.EHOSTUNREACH), KeyOffline},
		{dial(syscall.ECONNREFUSED), KeyServerDown},
		{dial(syscall.ECONNRESET), KeyOffline},
		{&url.Error{Err: syscall.ECONNRESET}, KeyServerDown},
		{&url.Error{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, KeyClock},
		{&url.Error{Err: x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}}, KeyWrongServer},
		{&url.Error{Err: x509.HostnameError{Certificate: new(x509.Certificate)}}, KeyWrongServer},
		{errors.New("?"), KeyServerDown},
	} {
		if got := networkKey(c.err); got != c.want {
			t.Errorf("%v: got %q, want %q", c.err, got, c.want)
		}
	}
}
