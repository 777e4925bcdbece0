package syncproto

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Headers of requests and replies.
const (
	HeaderDevice    = "Bookpayback-Device"
	HeaderNonce     = "Bookpayback-Nonce"
	HeaderSignature = "Bookpayback-Signature"
)

// ContentPacket is the media type of a packet, ContentJSON that of the rest.
const (
	ContentPacket = "application/vnd.bookpayback.packet"
	ContentJSON   = "application/json"
)

// NonceSize is the number of random bytes in a nonce.
const NonceSize = 16

// Signature is an Ed25519 signature as 86 characters of base64url.
type Signature string

func signed(k keys.Key, base string) Signature {
	return Signature(base64.RawURLEncoding.EncodeToString(k.Sign([]byte(base))))
}

func verified(pub keys.Public, base string, s Signature) bool {
	sig, err := base64.RawURLEncoding.DecodeString(string(s))
	return err == nil && keys.Verify(pub, []byte(base), sig)
}

func bodyHash(body []byte) string {
	h := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// Tip says how far a run got, signed by its device or server.
type Tip struct {
	Run  payback.RunID `json:"run"`
	Wseq uint64        `json:"wseq"`
	Hash Hash          `json:"hash"`
	Sig  Signature     `json:"sig"`
}

func tipBase(run payback.RunID, wseq uint64, h Hash) string {
	return fmt.Sprintf("bookpayback tip v1\n%s\n%d\n%s", run, wseq, h)
}

// SignTip returns the signed tip of a run.
func SignTip(k keys.Key, run payback.RunID, wseq uint64, h Hash) Tip {
	return Tip{Run: run, Wseq: wseq, Hash: h, Sig: signed(k, tipBase(run, wseq, h))}
}

// Verify says whether the owner of pub signed the tip.
func (t Tip) Verify(pub keys.Public) bool {
	return verified(pub, tipBase(t.Run, t.Wseq, t.Hash), t.Sig)
}

func requestBase(method, path string, device payback.DeviceID, nonce string, body []byte) string {
	return fmt.Sprintf("bookpayback request v1\n%s\n%s\n%s\n%s\n%s", method, path, device, nonce, bodyHash(body))
}

// SignRequest signs a request; path is without scheme and host, with its query.
func SignRequest(k keys.Key, method, path string, device payback.DeviceID, nonce string, body []byte) Signature {
	return signed(k, requestBase(method, path, device, nonce, body))
}

// VerifyRequest says whether the owner of pub signed the request.
func VerifyRequest(pub keys.Public, method, path string, device payback.DeviceID, nonce string, body []byte, s Signature) bool {
	return verified(pub, requestBase(method, path, device, nonce, body), s)
}

func replyBase(status int, path, nonce string, body []byte) string {
	return "bookpayback reply v1\n" + strconv.Itoa(status) + "\n" + path + "\n" + nonce + "\n" + bodyHash(body)
}

// SignReply signs a reply to the request with that nonce.
func SignReply(k keys.Key, status int, path, nonce string, body []byte) Signature {
	return signed(k, replyBase(status, path, nonce, body))
}

// VerifyReply says whether the reply is the server's to this very request.
func VerifyReply(pub keys.Public, status int, path, nonce string, body []byte, s Signature) bool {
	return verified(pub, replyBase(status, path, nonce, body), s)
}
