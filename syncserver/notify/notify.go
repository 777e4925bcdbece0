// Package notify sends the text messages that are due.
//
// A message lies in the outbox with a pseudonym, a key and arguments; name and
// phone number are joined from the vault when it is sent and kept nowhere else.
// Nothing is sent between [NightFrom] and [NightTo] of the district's own time.
// What could not be sent is tried again, later each time, [MaxTries] times in
// all; then it has failed and stands in the list of failed ones.
//
// A message may reach its reader twice when the server stops between sending and
// noting so; a gateway that knows ids (Text.ID) prevents that.
package notify

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

// The rules of sending. Source: practice of Korean message services, no texts at
// night (21 to 8 o'clock), though those here are no advertisements.
const (
	NightFrom = 21 // o'clock, from when no text is sent
	NightTo   = 8  // o'clock, from when texts are sent again
	MaxTries  = 5
	batch     = 200 // messages that one Step sends at most
)

// States of a message.
const (
	Waiting = "waiting"
	Sent    = "sent"
	Failed  = "failed"
)

// Reasons of failed messages that are not a gateway's; db.Message.Error.
const (
	NoPerson = "no_person" // nobody has that pseudonym any more
	NoPhone  = "no_phone"
	NoText   = "no_text" // a key without a text: a mistake of ours
)

// Text is one message on its way out.
type Text struct {
	ID    string             // the message's: the same on each try
	To    payback.ResidentID // pseudonym
	Phone string             // digits
	Key   string             // of the text
	Body  string
	Demo  bool // the district is made by the demo, of people who do not exist
}

// String is the id: no log can hold a phone number by accident.
func (t Text) String() string { return t.ID }

// GoString is the id.
func (t Text) GoString() string { return t.ID }

// Gateway hands texts to whoever carries them. An error that wraps ErrRefused
// means that trying again is no use.
type Gateway interface {
	Send(ctx context.Context, t Text) error
}

// ErrRefused is wrapped by a gateway's answer that will never change, such as a
// number that does not exist.
var ErrRefused = errors.New("refused for good")

// Outbox is what notify needs of the database.
type Outbox interface {
	db.Messages
	View(ctx context.Context, d payback.DistrictID, f func(db.Reader) error) error
	Update(ctx context.Context, d payback.DistrictID, f func(db.Writer) error) error
}

// People finds who a pseudonym is; the vault does.
type People interface {
	Details(ctx context.Context, d payback.DistrictID, id payback.ResidentID) (vault.Details, error)
}

// Config is what a notifier works with.
type Config struct {
	Outbox  Outbox
	People  People
	Gateway Gateway
	Speaker *assets.Speaker
	Now     func() int64 // UTC ms
	Log     *slog.Logger
	// Link returns the address of the page about a message, "" for none; may be nil.
	Link func(d payback.DistrictID, m db.Message) string
}

// Notifier sends messages. Two processes over one database may send a message
// twice: run it in one of them.
type Notifier struct{ c Config }

// New returns a notifier.
func New(c Config) *Notifier { return &Notifier{c} }

// Queue puts messages into the outbox. One whose id is there already stays as it
// is, so that what is derived twice is sent once.
func (n *Notifier) Queue(ctx context.Context, d payback.DistrictID, ms ...db.Message) error {
	if len(ms) == 0 {
		return nil
	}
	return fault.Wrap("notify.Queue", n.c.Outbox.Update(ctx, d, func(w db.Writer) error { return w.Queue(ms) }))
}

// Step sends what is due, at most 200 messages, oldest first, and says how many
// went out. At night it sends nothing. A message that can't be sent does not hold
// up the others; the error is the database's or the vault's.
func (n *Notifier) Step(ctx context.Context, d payback.DistrictID) (sent int, err error) {
	now := n.c.Now()
	due, err := n.c.Outbox.DueMessages(ctx, d, now, batch)
	if err != nil || len(due) == 0 {
		return 0, fault.Wrap("notify.Step", err)
	}
	town, err := n.town(ctx, d)
	if err != nil {
		return 0, fault.Wrap("notify.Step", err)
	}
	if Night(now, town.zone) {
		return 0, nil
	}
	for _, m := range due {
		if err := n.one(ctx, d, town, &m); err != nil {
			return sent, fault.Wrap("notify.Step", err)
		}
		if err := n.c.Outbox.SetMessage(ctx, d, m); err != nil {
			return sent, fault.Wrap("notify.Step", err)
		}
		if m.State == Sent {
			sent++
		}
	}
	return sent, nil
}

// Night says that the instant ms is in the hours without texts.
func Night(ms int64, zone *time.Location) bool {
	hour := time.UnixMilli(ms).In(zone).Hour()
	return hour >= NightFrom || hour < NightTo
}

// one tries to send a message and notes in it what became of that. The error
// means that nothing is known: the message waits as it was.
func (n *Notifier) one(ctx context.Context, d payback.DistrictID, town town, m *db.Message) error {
	who, err := n.c.People.Details(ctx, d, m.To)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		n.fail(m, NoPerson)
		return nil
	case err != nil:
		return err
	case who.Phone == "":
		n.fail(m, NoPhone)
		return nil
	case !n.c.Speaker.Has("notice." + m.Key):
		n.c.Log.Error("message without a text", "key", m.Key)
		n.fail(m, NoText)
		return nil
	}
	t := Text{ID: m.ID, To: m.To, Phone: digits(who.Phone), Key: m.Key, Body: n.body(d, town, who.Name, m), Demo: town.demo}
	err = n.c.Gateway.Send(ctx, t)
	if ctx.Err() != nil {
		return ctx.Err() // the answer was cut off by our own end, it is not the gateway's
	}
	n.note(m, err)
	return nil
}

// note writes a gateway's answer into the message.
func (n *Notifier) note(m *db.Message, err error) {
	m.Tries++
	switch {
	case err == nil:
		m.State, m.SentAt, m.Error = Sent, n.c.Now(), ""
	case errors.Is(err, ErrRefused), m.Tries >= MaxTries:
		n.fail(m, string(fault.CodeOf(err))) // never the gateway's words: they may hold the number
	default:
		m.Error, m.NotUntil = string(fault.CodeOf(err)), n.c.Now()+Backoff(m.Tries).Milliseconds()
	}
	if err != nil {
		n.c.Log.Warn("message not sent", "id", m.ID, "key", m.Key, "try", m.Tries, "code", m.Error, "state", m.State)
	}
}

func (n *Notifier) fail(m *db.Message, why string) {
	m.State, m.Error = Failed, why
}

// Backoff is how long a message waits after its tries-th try: 1, 5, 25 minutes,
// two hours.
func Backoff(tries int) time.Duration {
	wait := time.Minute
	for range tries - 1 {
		wait *= 5
	}
	return min(wait, 2*time.Hour)
}

// SendCode sends a sign-in code at once, by night too: its reader has just asked
// for it. It is in no outbox, and a code that did not go out is asked for again.
// It fits vault.Config.SendCode.
func (n *Notifier) SendCode(ctx context.Context, d payback.DistrictID, to payback.ResidentID, code string) error {
	town, err := n.town(ctx, d)
	if err != nil {
		return fault.Wrap("notify.SendCode", err)
	}
	m := &db.Message{ID: "sign_in/" + string(to) + "/" + strconv.FormatInt(n.c.Now(), 10), To: to, Key: "sign_in",
		Args: map[string]string{"code": code, "minutes": strconv.Itoa(vault.CodeMinutes)}}
	if err := n.one(ctx, d, town, m); err != nil {
		return fault.Wrap("notify.SendCode", err)
	}
	if m.State != Sent {
		return fault.Wrap("notify.SendCode", fault.New(fault.Unavailable, ""))
	}
	return nil
}

// Failed lists the failed messages, newest first, at most limit, for the list
// that officer and store see.
func (n *Notifier) Failed(ctx context.Context, d payback.DistrictID, limit int) ([]db.Message, error) {
	ms, err := n.c.Outbox.ListMessages(ctx, d, Failed, limit)
	return ms, fault.Wrap("notify.Failed", err)
}

// Again puts a failed message back into line, after somebody has mended its cause.
func (n *Notifier) Again(ctx context.Context, d payback.DistrictID, m db.Message) error {
	m.State, m.Tries, m.Error, m.NotUntil = Waiting, 0, "", n.c.Now()
	return fault.Wrap("notify.Again", n.c.Outbox.SetMessage(ctx, d, m))
}

// town is what a text needs to know of its district.
type town struct {
	name string
	zone *time.Location
	demo bool
}

func (n *Notifier) town(ctx context.Context, d payback.DistrictID) (town, error) {
	t := town{name: string(d), zone: time.UTC}
	err := n.c.Outbox.View(ctx, d, func(r db.Reader) error {
		rows, err := r.Rows([]payback.Key{payback.DistrictKey()})
		if err != nil {
			return err
		}
		row, ok := rows[payback.DistrictKey()].Row.(*payback.District)
		if !ok {
			return nil
		}
		t.name, t.demo = row.Name, row.Demo
		zone, err := time.LoadLocation(row.Zone) // in the program: time/tzdata
		if err == nil {
			t.zone = zone
		}
		return nil
	})
	return t, err
}

func digits(s string) string {
	kept := make([]byte, 0, len(s))
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			kept = append(kept, s[i])
		}
	}
	return string(kept)
}
