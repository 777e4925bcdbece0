package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

// Lives of the own CA and of its certificates, which are made anew at each start
// and when they are old.
const (
	caLife    = 10 * 365 * 24 * time.Hour
	leafLife  = 90 * 24 * time.Hour
	leafRenew = 60 * 24 * time.Hour
	backdate  = time.Hour // clients' clocks differ
)

// authority is the server's own CA. Counters learn its fingerprint from their
// enrolment code and pin it; browsers must be told to trust it.
type authority struct {
	cert  *x509.Certificate
	key   crypto.Signer
	names []string
	now   func() time.Time

	mu   sync.Mutex // protects all below
	leaf *tls.Certificate
	made time.Time
}

// openAuthority reads the CA from the files ca.pem and ca.key of dir, or makes it.
func openAuthority(dir string, names []string, now func() time.Time) (*authority, error) {
	a := &authority{names: names, now: now}
	certFile, keyFile := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca.key")
	certPEM, err1 := os.ReadFile(certFile)
	keyPEM, err2 := os.ReadFile(keyFile)
	switch {
	case errors.Is(err1, fs.ErrNotExist) && errors.Is(err2, fs.ErrNotExist):
		return a, a.make(dir, certFile, keyFile)
	case err1 != nil || err2 != nil:
		return nil, fault.New(fault.Unavailable, "server.ca_broken", "Folder", dir).Because(errors.Join(err1, err2))
	}
	if err := a.read(certPEM, keyPEM); err != nil {
		return nil, fault.New(fault.Unavailable, "server.ca_broken", "Folder", dir).Because(err)
	}
	return a, nil
}

func (a *authority) read(certPEM, keyPEM []byte) error {
	certBlock, _ := pem.Decode(certPEM)
	keyBlock, _ := pem.Decode(keyPEM)
	if certBlock == nil || keyBlock == nil {
		return errors.New("not PEM")
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(cert.PublicKey) || !cert.IsCA {
		return errors.New("certificate and key do not belong together")
	}
	a.cert, a.key = cert, key
	return nil
}

// make makes the CA and keeps it. The key is written first: a certificate without
// its key would be pinned by counters and never found again.
func (a *authority) make(dir, certFile, keyFile string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fault.Wrap("main.makeCA", err)
	}
	now := a.now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "BookPayback server " + rand.Text()[:6]},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(caLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return fault.Wrap("main.makeCA", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fault.Wrap("main.makeCA", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.New(fault.Unavailable, "fault.read_only").Because(err)
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := errors.Join(writeFile(keyFile, keyPEM, 0o600), writeFile(certFile, certPEM, 0o644)); err != nil {
		return fault.New(fault.Unavailable, "fault.read_only").Because(err)
	}
	return fault.Wrap("main.makeCA", a.read(certPEM, keyPEM))
}

// writeFile writes a file whole and durably, or not at all.
func writeFile(path string, data []byte, mode fs.FileMode) error {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Chmod(mode), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// fingerprint is what an enrolment code carries: 80 bits of the certificate's
// SHA-256 in four groups.
func (a *authority) fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	return stamp.Grouped(sum[:10])
}

// get returns the certificate for the server's names, made anew when it is old.
// The CA goes along, so that a counter can find it by its fingerprint.
func (a *authority) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if age := now.Sub(a.made); a.leaf != nil && age >= 0 && age < leafRenew {
		return a.leaf, nil
	}
	leaf, err := a.issue(now)
	if err != nil {
		if a.leaf != nil {
			return a.leaf, nil
		}
		return nil, fault.Wrap("main.issue", err)
	}
	a.leaf, a.made = leaf, now
	return leaf, nil
}

func (a *authority) issue(now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: a.names[0]},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if template.NotAfter.After(a.cert.NotAfter) {
		template.NotAfter = a.cert.NotAfter
	}
	for _, name := range a.names {
		ip := net.ParseIP(name)
		switch {
		case ip != nil && !slices.ContainsFunc(template.IPAddresses, ip.Equal):
			template.IPAddresses = append(template.IPAddresses, ip)
		case ip == nil && !slices.Contains(template.DNSNames, name):
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: parsed}, nil
}

// serial returns 127 bits of chance: a serial number is positive.
func serial() *big.Int {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	raw[0] &= 0x7f
	return new(big.Int).SetBytes(raw)
}

// caPrint returns the fingerprint of the server's own CA, "" if it has none.
func (s security) caPrint() string {
	if s.ca == nil {
		return ""
	}
	return s.ca.fingerprint()
}

// withCA returns an enrolment code with the fingerprint of the server's own CA, if
// it has one.
func withCA(code, print string) string {
	if print == "" {
		return code
	}
	return code + "-" + print
}
