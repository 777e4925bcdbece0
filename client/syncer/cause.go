package syncer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// The message keys of this package's errors: why an exchange failed.
const (
	KeyNotEnrolled = "sync.not_enrolled"
	KeyEnrolled    = "sync.enrolled"
	KeyBadAddress  = "sync.bad_address"  // not an address of a server
	KeyPlainHTTP   = "sync.plain_http"   // http to another machine
	KeyBadCode     = "sync.bad_code"     // not the shape of an enrolment code
	KeyUnknownCA   = "sync.unknown_ca"   // own certificate, but a code without its fingerprint
	KeyOtherCA     = "sync.other_ca"     // the fingerprint is another certificate's
	KeyOffline     = "sync.offline"      // no network here
	KeyServerDown  = "sync.server_down"  // network, but no answer from there
	KeyNotThere    = "sync.not_there"    // nobody at the address that was typed to enrol
	KeyPortal      = "sync.portal"       // somebody else answered
	KeyWrongServer = "sync.wrong_server" // a certificate or signature that is not our server's
	KeyClock       = "sync.clock"        // this PC's date makes every certificate invalid
	KeyExpired     = "sync.expired"      // the server's certificate, by the server's own time
	KeyRevoked     = "sync.revoked"
	KeyTooOld      = "sync.too_old" // this program, for that server
	KeyBusy        = "sync.busy"
	KeyTrouble     = "sync.trouble"   // the server says that it failed
	KeyRefused     = "sync.refused"   // the server can't take a message of ours
	KeyNonsense    = "sync.nonsense"  // a signed reply that makes no sense
	KeyRefilling   = "sync.refilling" // the server was restored and gets back what its backup lacks
	KeyMismatch    = "sync.mismatch"  // rows differ from the server's; they are fetched anew
)

// noReply says why a request got no reply at all. An end of the caller's context
// stays what it is.
func noReply(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fault.New(fault.Unavailable, networkKey(err)).Because(err)
}

// networkKey classifies an error of the network. Names that can't be resolved and
// networks that can't be reached mean that this PC is offline; an address that
// refuses or is silent means that the server is down.
func networkKey(err error) string {
	var (
		named   *fault.Error
		dns     *net.DNSError
		record  tls.RecordHeaderError
		invalid x509.CertificateInvalidError
		alert   tls.AlertError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		dial    *net.OpError
	)
	switch {
	case errors.As(err, &named):
		return named.Key
	case errors.As(err, &dns), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETDOWN):
		return KeyOffline
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return KeyPortal
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return KeyClock
	case errors.As(err, &invalid), errors.As(err, &unknown), errors.As(err, &host), errors.As(err, &alert):
		return KeyWrongServer
	case errors.As(err, &dial) && dial.Op == "dial" && !dial.Timeout() && !errors.Is(err, syscall.ECONNREFUSED):
		return KeyOffline
	}
	return KeyServerDown
}

// unsigned says what a reply without our server's signature most likely is. A
// proxy in front of a server that is down answers 502, 503 or 504 by itself.
func unsigned(status int, hasSignature bool) error {
	key := KeyPortal
	switch {
	case hasSignature:
		key = KeyWrongServer // or cut, or changed on its way
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		key = KeyServerDown
	}
	return fault.New(fault.Unavailable, key)
}

// refusal is the error that a signed reply with a status other than 200 stands
// for. The server's own fault is its cause.
func refusal(status int, body []byte) error {
	cause := new(fault.Error)
	if json.Unmarshal(body, cause) != nil {
		cause = fault.New(fault.FromStatus(status), "")
	}
	switch {
	case status == http.StatusUpgradeRequired:
		return fault.New(fault.Forbidden, KeyTooOld).Because(cause)
	case status == http.StatusUnauthorized:
		return fault.New(fault.Forbidden, KeyRevoked).Because(cause)
	case status == http.StatusForbidden:
		return fault.New(fault.Forbidden, KeyRefused).Because(cause)
	case status == http.StatusTooManyRequests:
		return fault.New(fault.Limited, KeyBusy, "Seconds", cause.Args["Seconds"]).Because(cause)
	case cause.Key == KeyRefilling:
		return fault.New(fault.Unavailable, KeyRefilling).Because(cause)
	case status >= 500:
		return fault.New(fault.Unavailable, KeyTrouble).Because(cause)
	}
	return fault.New(fault.Internal, KeyRefused).Because(cause)
}

// saidBy returns the server's own fault inside a refusal, or nil.
func saidBy(err error) *fault.Error {
	outer := fault.As(err)
	var said *fault.Error
	if outer == nil || outer.Err == nil || !errors.As(outer.Err, &said) {
		return nil
	}
	return said
}

// nonceUsed says whether the server saw our request before: a network doubled it.
func nonceUsed(err error) bool {
	said := saidBy(err)
	return keyOf(err) == KeyRefused && said != nil && said.Key == "sync.nonce_used"
}

// nonsense is the error of a reply that is the server's and yet can't be.
func nonsense(why string) error {
	return fault.New(fault.Internal, KeyNonsense).Because(errors.New(why))
}

// keyOf returns the message key of an error, "" of none.
func keyOf(err error) string {
	key, _ := fault.Message(err)
	return key
}

// tooLarge says whether sending less at once may help: the server could not take
// this message, or the network could not carry it in time.
func tooLarge(err error) bool {
	var timeout net.Error
	switch keyOf(err) {
	case KeyRefused:
		return fault.CodeOf(err) != fault.Forbidden
	case KeyTrouble:
		return true
	case KeyServerDown:
		return errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, io.ErrUnexpectedEOF)
	}
	return false
}
