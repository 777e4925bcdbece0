package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// hands is a clock that tests move.
type hands struct{ at time.Time }

func (h *hands) now() time.Time { return h.at }

func newHands() *hands { return &hands{time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)} }

func TestACAIsMadeOnceAndItsCertificatesAreRenewed(t *testing.T) {
	dir, h := filepath.Join(t.TempDir(), "tls"), newHands()
	a, err := openAuthority(dir, []string{"book.example.kr", "localhost", "127.0.0.1", "127.0.0.1"}, h.now)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "ca.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info, err)
	}
	first, err := a.get(nil)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	for _, name := range []string{"book.example.kr", "localhost", "127.0.0.1"} {
		if _, err := first.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: pool, CurrentTime: h.at}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := first.Leaf.Verify(x509.VerifyOptions{DNSName: "other.example.kr", Roots: pool, CurrentTime: h.at}); err == nil {
		t.Error("good for another name")
	}
	if len(first.Certificate) != 2 || len(first.Leaf.IPAddresses) != 1 {
		t.Errorf("%d certificates, addresses %v", len(first.Certificate), first.Leaf.IPAddresses)
	}
	if life := a.cert.NotAfter.Sub(h.at); life != caLife {
		t.Errorf("the CA lives %s", life)
	}
	for _, c := range []struct {
		after time.Duration
		same  bool
	}{{leafRenew - time.Second, true}, {leafRenew, false}} {
		h.at = newHands().at.Add(c.after)
		if again, err := a.get(nil); err != nil || (again == first) != c.same {
			t.Errorf("after %s: same %v, %v", c.after, again == first, err)
		}
	}
	b, err := openAuthority(dir, []string{"book.example.kr"}, h.now)
	if err != nil || b.fingerprint() != a.fingerprint() || len(a.fingerprint()) != 19 {
		t.Errorf("opened again: %v, %s and %s", err, a.fingerprint(), b.fingerprint())
	}
}

func TestABrokenCAIsNeverReplaced(t *testing.T) {
	for _, spoil := range []func(dir string) error{
		func(dir string) error { return os.Remove(filepath.Join(dir, "ca.key")) },
		func(dir string) error { return os.Remove(filepath.Join(dir, "ca.pem")) },
		func(dir string) error { return os.WriteFile(filepath.Join(dir, "ca.pem"), []byte("x"), 0o600) },
		func(dir string) error {
			other := filepath.Join(filepath.Dir(dir), "other")
			if _, err := openAuthority(other, []string{"x"}, newHands().now); err != nil {
				return err
			}
			return os.Rename(filepath.Join(other, "ca.key"), filepath.Join(dir, "ca.key"))
		},
	} {
		dir := filepath.Join(t.TempDir(), "tls")
		if _, err := openAuthority(dir, []string{"x"}, newHands().now); err != nil {
			t.Fatal(err)
		}
		if err := spoil(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := openAuthority(dir, []string{"x"}, newHands().now); fault.As(err) == nil || fault.As(err).Key != "server.ca_broken" {
			t.Errorf("got %v", err)
		}
	}
}

// files writes a certificate with its key, as an operator has them.
func files(t *testing.T, dir, name string) (certFile, keyFile string) {
	t.Helper()
	a, err := openAuthority(filepath.Join(t.TempDir(), "ca"), []string{name}, newHands().now)
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.get(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	var chain []byte
	for _, raw := range c.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})...)
	}
	for file, data := range map[string][]byte{certFile: chain, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

func TestACertificateThatWasReplacedIsTakenWithinAMinute(t *testing.T) {
	dir, h := t.TempDir(), newHands()
	certFile, keyFile := files(t, dir, "one.example.kr")
	g := &given{cert: certFile, key: keyFile, now: h.now}
	name := func() string {
		t.Helper()
		c, err := g.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf.DNSNames[0]
	}
	if name() != "one.example.kr" {
		t.Error(name())
	}
	files(t, dir, "two.example.kr")
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(certFile, later, later); err != nil {
		t.Fatal(err)
	}
	if h.at = h.at.Add(lookEvery - 1); name() != "one.example.kr" {
		t.Error("looked at too soon")
	}
	if h.at = h.at.Add(1); name() != "two.example.kr" {
		t.Error("the new one is not in use")
	}
	if err := os.WriteFile(certFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if h.at = h.at.Add(lookEvery); name() != "two.example.kr" {
		t.Error("broken files took the good certificate away")
	}
}

func TestHowAServerIsSecured(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := files(t, dir, "book.example.kr")
	site := func(text string) *url.URL {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	loop := address{listen: "127.0.0.1:8080", loopback: true, public: site("http://127.0.0.1:8080")}
	open := address{listen: ":8443", public: site("https://book.example.kr")}
	number := address{listen: ":8443", public: site("https://192.0.2.1")}
	for _, c := range []struct {
		name    string
		flags   tlsFlags
		a       address
		tls, ca bool
		key     string
	}{
		{"loopback", tlsFlags{}, loop, false, false, ""},
		{"loopback with a certificate", tlsFlags{TLSCert: certFile, TLSKey: keyFile}, loop, true, false, ""},
		{"own CA", tlsFlags{}, open, true, true, ""},
		{"given", tlsFlags{TLSCert: certFile, TLSKey: keyFile}, open, true, false, ""},
		{"ACME", tlsFlags{ACME: true}, open, true, false, ""},
		{"ACME without a name", tlsFlags{ACME: true}, number, false, false, "server.acme_host"},
		{"half a pair", tlsFlags{TLSCert: certFile}, open, false, false, "server.tls_pair"},
		{"both", tlsFlags{TLSCert: certFile, TLSKey: keyFile, ACME: true}, open, false, false, "server.tls_both"},
		{"no such file", tlsFlags{TLSCert: certFile + "x", TLSKey: keyFile}, open, false, false, "server.tls_files"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := newSecurity(c.flags, c.a, dir, newHands().now)
			if c.key != "" {
				if fault.As(err) == nil || fault.As(err).Key != c.key {
					t.Errorf("got %v, want %s", err, c.key)
				}
				return
			}
			if err != nil || (s.config != nil) != c.tls || (s.ca != nil) != c.ca || (s.caPrint() != "") != c.ca {
				t.Errorf("got TLS %v, own CA %v, %v", s.config != nil, s.ca != nil, err)
			}
			if s.config != nil && s.config.MinVersion < tls.VersionTLS12 {
				t.Error("old TLS is let in")
			}
		})
	}
}
