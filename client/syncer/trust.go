package syncer

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"sync"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

// fingerprintSize is how many bytes of a certificate's SHA-256 an enrolment code
// carries: 80 bits, which nobody can search for a second certificate.
const fingerprintSize = 10

// trust decides whether a TLS connection ends at our server.
//
// The dates of a certificate are judged by the server's time once this device has
// measured it. Until then, as after a dead battery, they are left out where the
// certificate is anchored in something pinned at enrolment: a wrong clock must not
// stop the exchange that would correct it, and no reply is believed without the
// server's signature anyhow.
type trust struct {
	roots       *x509.CertPool // nil = the system's
	fingerprint string         // of the CA to look for in the server's chain; "" = none
	lenient     bool           // dates may be left out while the time is unknown
	now         func() (at time.Time, known bool)

	mu sync.Mutex        // protects ca
	ca *x509.Certificate // found by its fingerprint
}

// corrected returns the server's time by a device's watch.
func corrected(clock stamp.Clock, w *stamp.Watch) func() (time.Time, bool) {
	return func() (time.Time, bool) {
		offset, known := w.Correction()
		return clock.Now().Time().Add(time.Duration(offset) * time.Millisecond), known
	}
}

// config returns the TLS settings for connections to host. The standard check is
// replaced, not left out: VerifyConnection runs for each handshake.
func (t *trust) config(host string) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		ServerName:         host,
		InsecureSkipVerify: true, // see VerifyConnection
		VerifyConnection:   func(cs tls.ConnectionState) error { return t.verify(host, cs.PeerCertificates) },
	}
}

func (t *trust) verify(host string, chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return errors.New("no certificate")
	}
	roots, lenient := t.roots, t.lenient
	if t.fingerprint != "" {
		ca := find(chain, t.fingerprint)
		if ca == nil {
			return fault.New(fault.Unavailable, KeyOtherCA)
		}
		t.found(ca)
		roots, lenient = x509.NewCertPool(), true
		roots.AddCert(ca)
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	now, known := t.now()
	if lenient && !known {
		now = within(now, chain)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: between, CurrentTime: now})
	var invalid x509.CertificateInvalidError
	if known && errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return fault.New(fault.Unavailable, KeyExpired).Because(err)
	}
	return err
}

// within moves a time into the validity of all certificates of a chain.
func within(now time.Time, chain []*x509.Certificate) time.Time {
	for _, c := range chain {
		if now.Before(c.NotBefore) {
			now = c.NotBefore
		}
	}
	for _, c := range chain {
		if now.After(c.NotAfter) {
			now = c.NotAfter
		}
	}
	return now
}

// find returns the CA certificate of a chain that has the fingerprint, or nil.
func find(chain []*x509.Certificate, fingerprint string) *x509.Certificate {
	for _, c := range chain {
		if c.IsCA && Fingerprint(c.Raw) == fingerprint {
			return c
		}
	}
	return nil
}

// Fingerprint returns what an enrolment code carries of a CA certificate (DER):
// four groups of four characters.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return stamp.Grouped(sum[:fingerprintSize])
}

func (t *trust) found(ca *x509.Certificate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ca = ca
}

// pem returns the CA that was found, to be stored; nil if none was looked for.
func (t *trust) pem() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ca == nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: t.ca.Raw})
}

// pool reads stored roots; nil for none.
func pool(stored []byte) (*x509.CertPool, error) {
	if len(stored) == 0 {
		return nil, nil
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(stored) {
		return nil, fault.New(fault.Internal, "").Because(errors.New("the stored CA is no certificate"))
	}
	return roots, nil
}
