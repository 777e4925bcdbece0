package api

import (
	"context"
	"unicode/utf8"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// enrol makes a PC a device. A repeated request of the same PC with the same code
// and key is answered as the first one was.
func (s *Server) enrol(ctx context.Context, c *call) (answer, error) {
	if ok, wait := s.enrols.allow(c.from, s.mono()); !ok {
		return answer{}, tooFast(wait)
	}
	req, err := s.enrolRequest(c)
	if err != nil {
		return answer{}, err
	}
	hash, ok := syncproto.CodeHash(req.Code)
	if !ok {
		return answer{}, fault.New(fault.NotFound, "payback.code_unknown")
	}
	d, err := s.districtOfCode(ctx, hash)
	if err != nil {
		return answer{}, fault.Wrap("api.enrol", err)
	}
	if d == "" { // guesses leave nothing in the ledger
		return answer{}, fault.New(fault.NotFound, "payback.code_unknown")
	}
	body := &payback.Enrol{Device: req.Device, Hash: hash, PublicKey: string(req.PublicKey), Label: req.Label}
	results, err := s.o.Ledger.Act(ctx, d, ledger.Actor{Role: payback.RoleDevice}, body)
	if err != nil {
		return answer{}, fault.Wrap("api.enrol", err)
	}
	row, err := s.deviceRow(ctx, d, req.Device)
	if err != nil {
		return answer{}, fault.Wrap("api.enrol", err)
	}
	code, err := rowOf[*payback.EnrolCode](ctx, s, d, payback.EnrolCodeKey(hash))
	if err != nil {
		return answer{}, fault.Wrap("api.enrol", err)
	}
	mine := row != nil && row.State == payback.DeviceEnrolled && row.PublicKey == string(req.PublicKey) &&
		code != nil && code.Device == req.Device
	if !mine {
		return answer{}, notEnrolled(results)
	}
	return s.enrolled(ctx, d, row)
}

// enrolRequest reads the request and checks that the new key signed it.
func (s *Server) enrolRequest(c *call) (req syncproto.EnrolRequest, err error) {
	if err := decode(c.body, &req); err != nil {
		return req, err
	}
	if _, err := keys.ParsePublic(string(req.PublicKey)); err != nil {
		return req, fault.New(fault.Invalid, keyBadPacket)
	}
	if !plainID(string(req.Device)) || !utf8.ValidString(req.Label) || len(req.Label) > 100 {
		return req, fault.New(fault.Invalid, keyBadPacket)
	}
	sig := syncproto.Signature(c.r.Header.Get(syncproto.HeaderSignature))
	if c.r.Header.Get(syncproto.HeaderDevice) != string(req.Device) || !freshForm(c.nonce) ||
		!syncproto.VerifyRequest(req.PublicKey, c.r.Method, c.path, req.Device, c.nonce, c.body, sig) {
		return req, fault.New(fault.Unauthorized, "sync.bad_signature")
	}
	return req, s.newNonces.use(string(req.Device), c.nonce, s.mono())
}

// districtOfCode returns the district that made a code, "" if none did.
func (s *Server) districtOfCode(ctx context.Context, hash string) (payback.DistrictID, error) {
	ds, err := s.o.DB.Districts(ctx)
	if err != nil {
		return "", err
	}
	for _, d := range ds {
		row, err := rowOf[*payback.EnrolCode](ctx, s, d, payback.EnrolCodeKey(hash))
		if err != nil {
			return "", err
		}
		if row != nil {
			return d, nil
		}
	}
	return "", nil
}

// notEnrolled says why, in the words of the rules.
func notEnrolled(results []ledger.Result) error {
	if len(results) == 0 || results[0].Reason.None() { // merged with this device's first enrolment
		return fault.New(fault.Conflict, "payback.device_known")
	}
	return results[0].Reason.Fault(fault.Conflict)
}

func (s *Server) enrolled(ctx context.Context, d payback.DistrictID, row *payback.Device) (answer, error) {
	head, district, err := s.district(ctx, d)
	if err != nil {
		return answer{}, fault.Wrap("api.enrolled", err)
	}
	box, err := s.o.Box(d)
	if err != nil {
		return answer{}, fault.Wrap("api.enrolled", err)
	}
	s.places.keep(row.ID, d)
	s.o.Log.Info("enrolled device", "district", d, "store", row.Store, "device", row.ID)
	return inJSON(syncproto.EnrolReply{
		V: syncproto.Version, District: d, Store: row.Store, Label: row.Label, ServerKey: s.o.Key.Public(),
		CardKey: s.o.Vault.CardKey(d, row.Store), BoxKey: box.Public(), Epoch: head.Epoch,
		Demo: district != nil && district.Demo,
	})
}
