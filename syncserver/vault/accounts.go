package vault

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// MinPassword is how many characters a password must have.
const MinPassword = 10

const (
	secretSetup = "setup"

	setupLife  = 24 * time.Hour
	inviteLife = 7 * 24 * time.Hour
)

// accountName is what somebody may sign in with.
var accountName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,49}$`)

// Account is somebody who signs in at the console.
type Account = db.Account

// NeedsSetup says that the district has nobody who could sign in at the console.
func (v *Vault) NeedsSetup(ctx context.Context, d payback.DistrictID) (bool, error) {
	all, err := v.c.DB.ListAccounts(ctx, d)
	if err != nil {
		return false, fault.Wrap("vault.NeedsSetup", err)
	}
	for _, a := range all {
		if a.Role == payback.RoleOfficer && !a.Disabled && a.Password != "" {
			return false, nil
		}
	}
	return true, nil
}

// SetupToken makes the token of the first officer's set-up link. It works once
// and for 24 hours, while nobody can sign in yet. The server prints the link at
// each start until then.
func (v *Vault) SetupToken(ctx context.Context, d payback.DistrictID) (string, error) {
	token, err := v.putToken(ctx, d, db.Account{}, setupLife)
	return token, fault.Wrap("vault.SetupToken", err)
}

// Invite makes an account without a password and the token of the link by which
// its owner chooses one, within seven days. It ends earlier links of that name. A
// name that has a password already is a conflict; to let somebody choose anew,
// disable first.
func (v *Vault) Invite(ctx context.Context, d payback.DistrictID, a db.Account) (string, error) {
	if !accountName.MatchString(a.Name) {
		return "", fault.Wrap("vault.Invite", fault.New(fault.Invalid, "vault.account_name"))
	}
	have, err := v.c.DB.Account(ctx, d, a.Name)
	if err != nil {
		return "", fault.Wrap("vault.Invite", err)
	}
	switch {
	case have != nil && have.Password != "" && !have.Disabled:
		return "", fault.Wrap("vault.Invite", fault.New(fault.Conflict, "vault.account_taken"))
	case have != nil:
		a.ID = have.ID
	default:
		a.ID = v.c.NewID()
	}
	a.Password, a.Disabled, a.Since = "", false, v.c.Now()
	if err := v.c.DB.PutAccount(ctx, d, a); err != nil {
		return "", fault.Wrap("vault.Invite", err)
	}
	token, err := v.putToken(ctx, d, a, inviteLife)
	return token, fault.Wrap("vault.Invite", err)
}

func (v *Vault) putToken(ctx context.Context, d payback.DistrictID, account db.Account, life time.Duration) (string, error) {
	raw := make([]byte, keys.SecretSize)
	if _, err := io.ReadFull(v.c.Chance, raw); err != nil {
		return "", err
	}
	token := base64.RawURLEncoding.EncodeToString(raw)
	return token, v.c.DB.PutSecret(ctx, d, db.Secret{Kind: secretSetup, Name: hashToken(token), Hash: invitation(account),
		Expires: v.c.Now() + life.Milliseconds()})
}

// invitation names an account as it was invited: one invited anew is another. ""
// is the first officer's. Names hold no slash.
func invitation(a db.Account) string {
	if a.Name == "" {
		return ""
	}
	return a.Name + "/" + strconv.FormatInt(a.Since, 10)
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Setup says for whom a set-up token is: the name of the invited account, or ""
// for the first officer, who chooses one. Not_found for a token that was never
// made, is used or too old, and when somebody has signed in by another one since.
func (v *Vault) Setup(ctx context.Context, d payback.DistrictID, token string) (name string, err error) {
	s, err := v.c.DB.Secret(ctx, d, secretSetup, hashToken(token))
	if err != nil {
		return "", fault.Wrap("vault.Setup", err)
	}
	over := fault.Wrap("vault.Setup", fault.New(fault.NotFound, "vault.setup_over"))
	if s == nil || v.c.Now() >= s.Expires {
		return "", over
	}
	if s.Hash == "" {
		needs, err := v.NeedsSetup(ctx, d)
		if err == nil && !needs {
			err = over
		}
		return "", err
	}
	name, _, _ = strings.Cut(s.Hash, "/")
	a, err := v.c.DB.Account(ctx, d, name)
	switch {
	case err != nil:
		return "", fault.Wrap("vault.Setup", err)
	case a == nil || a.Disabled || a.Password != "" || invitation(*a) != s.Hash:
		return "", over
	}
	return name, nil
}

// FinishSetup gives the account of a set-up token its password and uses the token
// up. Name is what the first officer chose; for an invited account it is ignored.
func (v *Vault) FinishSetup(ctx context.Context, d payback.DistrictID, token, name, password string) (db.Account, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	invited, err := v.Setup(ctx, d, token)
	if err != nil {
		return db.Account{}, fault.Wrap("vault.FinishSetup", err)
	}
	account := db.Account{Name: name, Role: payback.RoleOfficer, Since: v.c.Now()}
	if invited != "" {
		name = invited
	}
	if !accountName.MatchString(name) {
		return db.Account{}, fault.Wrap("vault.FinishSetup", fault.New(fault.Invalid, "vault.account_name"))
	}
	have, err := v.c.DB.Account(ctx, d, name)
	switch {
	case err != nil:
		return db.Account{}, fault.Wrap("vault.FinishSetup", err)
	case invited == "" && have != nil:
		return db.Account{}, fault.Wrap("vault.FinishSetup", fault.New(fault.Conflict, "vault.account_taken"))
	case invited != "" && (have == nil || have.Disabled):
		return db.Account{}, fault.Wrap("vault.FinishSetup", fault.New(fault.NotFound, "vault.setup_over"))
	case have != nil:
		account = *have
	default:
		account.ID = v.c.NewID()
	}
	if account.Password, err = v.hash(ctx, password); err != nil {
		return db.Account{}, fault.Wrap("vault.FinishSetup", err)
	}
	if err := v.c.DB.PutAccount(ctx, d, account); err != nil {
		return db.Account{}, fault.Wrap("vault.FinishSetup", err)
	}
	return account, fault.Wrap("vault.FinishSetup", v.c.DB.DropSecret(ctx, d, secretSetup, hashToken(token)))
}

// hash checks and hashes a new password, when a slot is free.
func (v *Vault) hash(ctx context.Context, password string) (string, error) {
	if utf8.RuneCountInString(password) < MinPassword {
		return "", fault.New(fault.Invalid, "vault.password_short")
	}
	if err := v.take(ctx); err != nil {
		return "", err
	}
	defer v.give()
	return keys.HashPassword(password, v.c.Chance)
}

func (v *Vault) take(ctx context.Context) error {
	select {
	case v.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (v *Vault) give() { <-v.slots }

// SignIn returns the account with this name and password. Unauthorized (key
// vault.sign_in) for a wrong name, a wrong password and a disabled account alike;
// limited for too many tries.
func (v *Vault) SignIn(ctx context.Context, d payback.DistrictID, name, password, place string) (db.Account, error) {
	refused := fault.Wrap("vault.SignIn", fault.New(fault.Unauthorized, "vault.sign_in"))
	if !accountName.MatchString(name) || len(password) > keys.MaxPassword {
		return db.Account{}, refused
	}
	for _, err := range []error{v.limit.allow("guesses from "+place, guessPerPlace), v.limit.allow("passwords of "+string(d)+"/"+name, guessPerName)} {
		if err != nil {
			return db.Account{}, fault.Wrap("vault.SignIn", err)
		}
	}
	a, err := v.c.DB.Account(ctx, d, name)
	if err != nil {
		return db.Account{}, fault.Wrap("vault.SignIn", err)
	}
	hash := v.decoy
	if a != nil && a.Password != "" {
		hash = a.Password
	}
	if err := v.take(ctx); err != nil {
		return db.Account{}, fault.Wrap("vault.SignIn", err)
	}
	right := keys.CheckPassword(hash, password)
	v.give()
	if !right || a == nil || a.Password == "" || a.Disabled {
		return db.Account{}, refused
	}
	return *a, nil
}

// Account returns an account as it is now, so that a session of somebody who was
// disabled ends; nil if there is none.
func (v *Vault) Account(ctx context.Context, d payback.DistrictID, name string) (*db.Account, error) {
	a, err := v.c.DB.Account(ctx, d, name)
	return a, fault.Wrap("vault.Account", err)
}

// Accounts returns all accounts of the district, by name, without passwords.
func (v *Vault) Accounts(ctx context.Context, d payback.DistrictID) ([]db.Account, error) {
	all, err := v.c.DB.ListAccounts(ctx, d)
	for i := range all {
		if all[i].Password != "" {
			all[i].Password = "·"
		}
	}
	return all, fault.Wrap("vault.Accounts", err)
}

// Disable ends or restores an account. The last officer can't be disabled.
func (v *Vault) Disable(ctx context.Context, d payback.DistrictID, name string, off bool) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	all, err := v.c.DB.ListAccounts(ctx, d)
	if err != nil {
		return fault.Wrap("vault.Disable", err)
	}
	officers := 0
	var it *db.Account
	for i, a := range all {
		if a.Role == payback.RoleOfficer && !a.Disabled && a.Password != "" {
			officers++
		}
		if a.Name == name {
			it = &all[i]
		}
	}
	switch {
	case it == nil:
		return fault.Wrap("vault.Disable", fault.New(fault.NotFound, ""))
	case off && it.Role == payback.RoleOfficer && !it.Disabled && it.Password != "" && officers == 1:
		return fault.Wrap("vault.Disable", fault.New(fault.Conflict, "vault.last_officer"))
	}
	it.Disabled = off
	return fault.Wrap("vault.Disable", v.c.DB.PutAccount(ctx, d, *it))
}
