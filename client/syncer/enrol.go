package syncer

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// The shape of an enrolment code: 60 bits that are used once, then, if the server
// made its own certificate, 80 bits of that.
const (
	onceGroups        = 3
	fingerprintGroups = 4
)

// KeyName is the name of the device's key in the key ring.
const KeyName = "device"

// splitCode reads an enrolment code as typed: the one-time part and the
// fingerprint of the server's own CA, "" if it has none.
func splitCode(typed string) (once, fingerprint string, err error) {
	code, ok := stamp.ReadCode(typed)
	groups := strings.Split(code, "-")
	whole := ok && len(groups[len(groups)-1]) == stamp.CodeGroup
	switch {
	case whole && len(groups) == onceGroups:
		return code, "", nil
	case whole && len(groups) == onceGroups+fingerprintGroups:
		return strings.Join(groups[:onceGroups], "-"), strings.Join(groups[onceGroups:], "-"), nil
	}
	return "", "", fault.New(fault.Invalid, KeyBadCode)
}

// Enrol makes this data folder a device of the store that the code was made for:
// it makes the device's key if there is none, asks the server, and stores what it
// learnt. Server is an address as typed (https unless it says otherwise; http only
// to this machine), code 3 or 7 groups of four characters. A repeated call after a
// lost reply gives the same device, since the device's id is the fingerprint of
// its key. Errors are those of the package, and what the server says of the code.
func (s *Syncer) Enrol(ctx context.Context, server, code string) (db.Enrolment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.enrol(ctx, server, code)
	return e, fault.Wrap("syncer.Enrol", err)
}

func (s *Syncer) enrol(ctx context.Context, server, code string) (e db.Enrolment, err error) {
	once, fingerprint, err := splitCode(code)
	if err != nil {
		return e, err
	}
	to, err := address(server)
	if err != nil {
		return e, err
	}
	if old, ok, err := s.db.Enrolment(ctx); err != nil || ok {
		if err == nil {
			err = fault.New(fault.Conflict, KeyEnrolled, "Label", old.Label)
		}
		return e, err
	}
	key, _, err := s.env.Ring.Key(KeyName, s.env.Chance)
	if err != nil {
		return e, err
	}
	trust := &trust{fingerprint: fingerprint, now: corrected(s.env.Clock, s.db.Watch())}
	l := &line{http: s.env.client(to, trust), base: to.String(), device: payback.DeviceID(key.Fingerprint()),
		key: key, clock: s.env.Clock, chance: s.env.Chance}
	reply, err := l.enrol(ctx, once, s.watched)
	if err != nil {
		return e, ownCA(notThere(err, to.Host), fingerprint)
	}
	e = db.Enrolment{
		Device: l.device, Store: reply.Store, District: reply.District, Label: reply.Label, Server: l.base,
		ServerKey: reply.ServerKey, CardKey: reply.CardKey, BoxKey: reply.BoxKey, Epoch: reply.Epoch, Demo: reply.Demo, CA: trust.pem(),
	}
	return e, s.db.SetEnrolment(ctx, e)
}

// ownCA gives a certificate that nobody vouches for the sentence that helps: the
// code was typed without its second half.
func ownCA(err error, fingerprint string) error {
	if fingerprint == "" && keyOf(err) == KeyWrongServer && unknownAuthority(err) {
		return fault.New(fault.Unavailable, KeyUnknownCA).Because(err)
	}
	return err
}

// notThere says which address did not answer: the one that was typed may be wrong.
func notThere(err error, host string) error {
	if k := keyOf(err); k == KeyOffline || k == KeyServerDown {
		return fault.New(fault.Unavailable, KeyNotThere, "Address", host).Because(err)
	}
	return err
}

// enrol asks the server who it is, and then, under the key it named, to take this
// device. Watched takes in how long the first exchange took.
func (l *line) enrol(ctx context.Context, once string, watched func(answer, int64, int64)) (r syncproto.EnrolReply, err error) {
	hello, a, err := l.hello(ctx)
	if err != nil {
		return r, err
	}
	watched(a, hello.Now, hello.Now)
	l.pinned = hello.Key
	body, err := json.Marshal(syncproto.EnrolRequest{V: syncproto.Version, Code: once, Device: l.device, PublicKey: l.key.Public()})
	if err != nil {
		return r, err
	}
	a, err = l.call(ctx, http.MethodPost, pathEnrol, syncproto.ContentJSON, body)
	if err != nil {
		return r, codeRefused(err)
	}
	if json.Unmarshal(a.body, &r) != nil {
		return r, nonsense("the enrolment is not JSON")
	}
	_, err = keys.ParsePublic(string(r.ServerKey))
	switch {
	case r.V < 1 || r.V > syncproto.Version:
		return r, fault.New(fault.Forbidden, KeyTooOld)
	case err != nil, r.ServerKey != hello.Key, r.Store == "", r.District == "", r.Epoch == "", len(r.CardKey) != keys.SecretSize:
		return r, nonsense("the enrolment lacks a part")
	}
	return r, nil
}

// codeRefused lets the server's own sentence about a code through: to somebody who
// enrols, "revoked" would say nothing.
func codeRefused(err error) error {
	switch keyOf(err) {
	case KeyRevoked, KeyRefused:
		if said := saidBy(err); said != nil {
			return said
		}
	}
	return err
}
