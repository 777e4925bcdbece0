package db

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// Person is what is kept of one person, sealed under a key of their own.
type Person struct {
	ID      string // resident's or clerk's pseudonym
	Wrapped []byte // the person's key, wrapped under the server's master key
	Sealed  []byte // name, phone, card number
	CardTag string // keyed hash that finds a card number; "" if none
}

// People keeps persons (package vault).
type People interface {
	PutPeople(ctx context.Context, d payback.DistrictID, ps []Person) error
	// PeopleByID returns those that exist, by id.
	PeopleByID(ctx context.Context, d payback.DistrictID, ids []string) (map[string]Person, error)
	// PeopleByTag returns those that have one of the card tags, by tag.
	PeopleByTag(ctx context.Context, d payback.DistrictID, tags []string) (map[string]Person, error)
	DropPeople(ctx context.Context, d payback.DistrictID, ids []string) error
}

// Account is somebody who signs in at the console, or a one-time code for a resident.
type Account struct {
	Name     string // what they sign in with
	Role     payback.Role
	ID       string // pseudonym in ops
	Password string // argon2id, PHC form
	Store    payback.StoreID
	Library  payback.LibraryID
	Disabled bool
	Since    int64
}

// Secret is a short-lived thing that opens something once: a sign-in code, the
// set-up link of the first officer, a used nonce.
type Secret struct {
	Kind    string // sign_in, setup, nonce …
	Name    string // whose, or a hash
	Hash    string
	Expires int64 // UTC ms
	Tries   int
}

// Accounts keeps accounts, secrets and sessions.
type Accounts interface {
	PutAccount(ctx context.Context, d payback.DistrictID, a Account) error
	Account(ctx context.Context, d payback.DistrictID, name string) (*Account, error)
	ListAccounts(ctx context.Context, d payback.DistrictID) ([]Account, error)
	PutSecret(ctx context.Context, d payback.DistrictID, s Secret) error
	Secret(ctx context.Context, d payback.DistrictID, kind, name string) (*Secret, error)
	DropSecret(ctx context.Context, d payback.DistrictID, kind, name string) error
	DropExpired(ctx context.Context, now int64) error
	// Session storage; token is a hash.
	PutSession(ctx context.Context, token string, data []byte, expires int64) error
	Session(ctx context.Context, token string) (data []byte, expires int64, err error)
	DropSession(ctx context.Context, token string) error
}

// Message is a text message in the outbox. It holds no personal data: name and
// phone are joined when it is sent.
type Message struct {
	ID       string
	To       payback.ResidentID
	Key      string // message key
	Args     map[string]string
	Request  payback.RequestID
	Store    payback.StoreID
	Made     int64
	NotUntil int64  // UTC ms: not at night
	State    string // waiting, sent, failed
	Tries    int
	Error    string
	SentAt   int64
}

// Messages keeps the outbox of text messages.
type Messages interface {
	DueMessages(ctx context.Context, d payback.DistrictID, now int64, limit int) ([]Message, error)
	SetMessage(ctx context.Context, d payback.DistrictID, m Message) error
	ListMessages(ctx context.Context, d payback.DistrictID, state string, limit int) ([]Message, error)
	MessagesOf(ctx context.Context, d payback.DistrictID, to payback.ResidentID, limit int) ([]Message, error)
}

// Settings keeps a few named values of the server itself.
type Settings interface {
	Setting(ctx context.Context, name string) (string, error) // "" if never set
	SetSetting(ctx context.Context, name, value string) error
}
