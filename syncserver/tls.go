package main

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme/autocert"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// tlsFlags say where the certificate comes from.
type tlsFlags struct {
	TLSCert   string `name:"tls-cert" help:"Certificate chain in PEM, the server's first." type:"path" placeholder:"FILE" env:"BOOKPAYBACK_TLS_CERT"`
	TLSKey    string `name:"tls-key" help:"Its key in PEM." type:"path" placeholder:"FILE" env:"BOOKPAYBACK_TLS_KEY"`
	ACME      bool   `name:"acme" help:"Get a certificate for the public URL's host by ACME (Let's Encrypt); port 443 must reach this server." env:"BOOKPAYBACK_ACME"`
	ACMEEmail string `name:"acme-email" help:"Address that the certificate authority may write to." env:"BOOKPAYBACK_ACME_EMAIL"`
}

// asked says that a certificate is given or to be got.
func (f tlsFlags) asked() bool { return f.TLSCert != "" || f.TLSKey != "" || f.ACME }

// security is how the server is served: config is nil for plain HTTP on loopback,
// ca is nil unless the server has its own.
type security struct {
	config *tls.Config
	ca     *authority
	leaf   func() (*tls.Certificate, error) // the certificate in use; nil if unknown until asked
}

// newSecurity chooses, in this order: the certificate that is given, ACME, plain
// HTTP on loopback, an own CA in the folder dir.
func newSecurity(f tlsFlags, a address, dir string, now func() time.Time) (security, error) {
	switch {
	case (f.TLSCert == "") != (f.TLSKey == ""):
		return security{}, fault.New(fault.Invalid, "server.tls_pair")
	case f.TLSCert != "" && f.ACME:
		return security{}, fault.New(fault.Invalid, "server.tls_both")
	case f.TLSCert != "":
		g := &given{cert: f.TLSCert, key: f.TLSKey, now: now}
		if _, err := g.get(nil); err != nil {
			return security{}, err
		}
		return security{config: tlsConfig(g.get), leaf: func() (*tls.Certificate, error) { return g.get(nil) }}, nil
	case f.ACME:
		return acme(f, a, dir)
	case a.loopback:
		return security{}, nil
	}
	ca, err := openAuthority(filepath.Join(dir, "tls"), names(a), now)
	if err != nil {
		return security{}, err
	}
	return security{config: tlsConfig(ca.get), ca: ca, leaf: func() (*tls.Certificate, error) { return ca.get(nil) }}, nil
}

// tlsConfig serves residents' browsers too; counters insist on TLS 1.3 themselves.
func tlsConfig(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: get}
}

func acme(f tlsFlags, a address, dir string) (security, error) {
	host := a.public.Hostname()
	if a.public.Scheme != "https" || net.ParseIP(host) != nil || !strings.Contains(host, ".") {
		return security{}, fault.New(fault.Invalid, "server.acme_host", "Text", a.public.String())
	}
	m := &autocert.Manager{Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(host), Email: f.ACMEEmail,
		Cache: autocert.DirCache(filepath.Join(dir, "acme"))}
	config := m.TLSConfig() // answers the authority's challenge as well
	config.MinVersion = tls.VersionTLS12
	return security{config: config}, nil
}

// names returns what the own CA's certificate is for: the public URL's host, the
// address that is listened on, and this machine for those who sit at it.
func names(a address) []string {
	list := []string{a.public.Hostname(), "localhost", "127.0.0.1", "::1"}
	if host, _, err := net.SplitHostPort(a.listen); err == nil && host != "" && host != "0.0.0.0" && host != "::" {
		list = append(list, host)
	}
	if host, err := os.Hostname(); err == nil && host != "" {
		list = append(list, host)
	}
	return list
}

// given is a certificate from files. Whoever renews it replaces the files; they
// are looked at once a minute.
type given struct {
	cert, key string
	now       func() time.Time

	mu      sync.Mutex // protects all below
	loaded  *tls.Certificate
	written time.Time // when the files were, of the loaded one
	looked  time.Time
}

const lookEvery = time.Minute

func (g *given) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.now(); g.loaded == nil || now.Sub(g.looked) >= lookEvery {
		g.looked = now
		if err := g.load(); err != nil && g.loaded == nil {
			return nil, err
		}
	}
	return g.loaded, nil // the one before, if new files are wrong
}

func (g *given) load() error {
	certInfo, err1 := os.Stat(g.cert)
	keyInfo, err2 := os.Stat(g.key)
	if err := errors.Join(err1, err2); err != nil {
		return fault.New(fault.Invalid, "server.tls_files").Because(err)
	}
	written := certInfo.ModTime()
	if keyInfo.ModTime().After(written) {
		written = keyInfo.ModTime()
	}
	if g.loaded != nil && written.Equal(g.written) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(g.cert, g.key)
	if err != nil {
		return fault.New(fault.Invalid, "server.tls_files").Because(err)
	}
	g.loaded, g.written = &pair, written
	return nil
}
