package vault

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// A resident's sign-in code.
const (
	CodeDigits  = 6
	CodeMinutes = 10
	CodeTries   = 5
)

const secretSignIn = "sign_in"

// StartSignIn sends a code to the phone of whoever has the card. It answers the
// same whether anybody has it: nil. Limited when a card or an address asks too
// often; invalid for a text that can't be a card number. A code that could not be
// sent is only logged. Place is the caller's network address.
func (v *Vault) StartSignIn(ctx context.Context, d payback.DistrictID, card, place string) error {
	if keys.NormalCard(card) == "" || len(card) > 4*MaxCard {
		return fault.Wrap("vault.StartSignIn", fault.New(fault.Invalid, "vault.card"))
	}
	tag := v.tag(d, card)
	if err := v.mayAskForCode(tag, place); err != nil {
		return fault.Wrap("vault.StartSignIn", err)
	}
	code, err := v.newCode()
	if err != nil {
		return fault.Wrap("vault.StartSignIn", err)
	}
	// The code of an unknown card is kept as well, so that the answer and the work
	// are the same; nobody ever learns it.
	secret := db.Secret{Kind: secretSignIn, Name: tag, Hash: v.codeHash(tag, code), Expires: v.c.Now() + CodeMinutes*time.Minute.Milliseconds()}
	if err := v.c.DB.PutSecret(ctx, d, secret); err != nil {
		return fault.Wrap("vault.StartSignIn", err)
	}
	id, known, err := v.ByCard(ctx, d, card)
	if err != nil {
		return fault.Wrap("vault.StartSignIn", err)
	}
	if known && v.c.SendCode != nil {
		v.send(ctx, d, id, code)
	}
	return nil
}

func (v *Vault) mayAskForCode(tag, place string) error {
	for _, check := range []struct {
		what string
		rule rule
	}{{"codes from " + place, codesPerPlace}, {"codes to " + tag, codesPerCard}, {"codes of the day to " + tag, codesPerDay}, {"codes", codesInAll}} {
		if err := v.limit.allow(check.what, check.rule); err != nil {
			return err
		}
	}
	return nil
}

// newCode draws six digits, each value equally likely.
func (v *Vault) newCode() (string, error) {
	const values = 1_000_000
	for {
		var b [4]byte
		if _, err := io.ReadFull(v.c.Chance, b[:]); err != nil {
			return "", err
		}
		n := binary.BigEndian.Uint32(b[:])
		if n < (1<<32-1)/values*values {
			return fmt.Sprintf("%0*d", CodeDigits, n%values), nil
		}
	}
}

func (v *Vault) codeHash(tag, code string) string {
	return keys.Tag(v.c.Master.Derive("sign_in"), "code", tag+"/"+code)
}

// FinishSignIn returns whose card it is if the code is the one that was sent to
// them. Unauthorized (key vault.code) for a wrong, old or used code, after
// CodeTries wrong ones, and for an unknown card; limited for too many guesses
// from one address.
func (v *Vault) FinishSignIn(ctx context.Context, d payback.DistrictID, card, code, place string) (payback.ResidentID, error) {
	if err := v.limit.allow("guesses from "+place, guessPerPlace); err != nil {
		return "", fault.Wrap("vault.FinishSignIn", err)
	}
	right, err := v.guess(ctx, d, v.tag(d, card), digits(code))
	if err != nil {
		return "", fault.Wrap("vault.FinishSignIn", err)
	}
	id, known, err := v.ByCard(ctx, d, card)
	if err != nil {
		return "", fault.Wrap("vault.FinishSignIn", err)
	}
	if !right || !known {
		return "", fault.Wrap("vault.FinishSignIn", fault.New(fault.Unauthorized, "vault.code"))
	}
	return id, nil
}

// guess says whether the code is the one that is kept, which it uses up; a wrong
// guess is counted.
func (v *Vault) guess(ctx context.Context, d payback.DistrictID, tag, code string) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, err := v.c.DB.Secret(ctx, d, secretSignIn, tag)
	if err != nil || s == nil {
		return false, err
	}
	if s.Tries >= CodeTries || v.c.Now() >= s.Expires {
		return false, nil
	}
	if subtle.ConstantTimeCompare([]byte(s.Hash), []byte(v.codeHash(tag, code))) == 1 {
		return true, v.c.DB.DropSecret(ctx, d, secretSignIn, tag)
	}
	s.Tries++
	return false, v.c.DB.PutSecret(ctx, d, *s)
}
