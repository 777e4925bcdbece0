package vault

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Config is what a vault works with.
type Config struct {
	DB     db.DB
	Master keys.MasterKey
	Chance io.Reader     // crypto/rand.Reader in the main
	Now    func() int64  // UTC ms
	NewID  func() string // for new pseudonyms
	// SendCode hands a sign-in code to whoever sends texts. The phone is looked up
	// by it; the code is good for CodeMinutes. It runs behind the answer, at most
	// sendWait long: neither its time nor its failure tells whether a card is known.
	SendCode func(ctx context.Context, d payback.DistrictID, to payback.ResidentID, code string) error
	Log      *slog.Logger // told of codes that could not be sent; nil = nobody
}

// Vault keeps people and accounts. It may be used by several goroutines at once.
type Vault struct {
	c     Config
	slots chan struct{} // bounds how many passwords are hashed at once: 19 MiB each
	decoy string        // hash that unknown names are checked against
	limit *limiter

	sends sync.WaitGroup // codes on their way

	mu sync.Mutex // one guess at a code at a time, so that tries are counted right
}

// hashers is how many passwords are hashed at once.
const hashers = 2

// sendWait bounds the sending of one code.
const sendWait = 30 * time.Second

// Wait returns when no code is on its way any more: for a clean end.
func (v *Vault) Wait() { v.sends.Wait() }

// send sends a code behind the answer.
func (v *Vault) send(ctx context.Context, d payback.DistrictID, to payback.ResidentID, code string) {
	v.sends.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendWait)
		defer cancel()
		if err := v.c.SendCode(ctx, d, to, code); err != nil && v.c.Log != nil {
			v.c.Log.Error("a sign-in code was not sent", "resident", to, "error", err.Error())
		}
	})
}

// New returns a vault.
func New(c Config) (*Vault, error) {
	v := &Vault{c: c, slots: make(chan struct{}, hashers), limit: newLimiter(c.Now)}
	decoy, err := keys.HashPassword("nobody's password", c.Chance)
	if err != nil {
		return nil, err
	}
	v.decoy = decoy
	return v, nil
}

// CardKey is the key by which a store's PCs tag a scanned card, 32 bytes.
func (v *Vault) CardKey(d payback.DistrictID, s payback.StoreID) []byte {
	return v.c.Master.Derive("card/" + string(d) + "/" + string(s))
}

// CardTag is the tag of a card at a store, as Request.CardTag has it; "" for no
// card. A counter computes the same from its key.
func (v *Vault) CardTag(d payback.DistrictID, s payback.StoreID, card string) string {
	return keys.CardTag(v.CardKey(d, s), card)
}

// tag is the server's own tag of a card number.
func (v *Vault) tag(d payback.DistrictID, card string) string {
	return keys.CardTag(v.c.Master.Derive("people/"+string(d)), card)
}
