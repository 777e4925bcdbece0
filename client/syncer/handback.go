package syncer

import (
	"context"
	"encoding/base64"
	"io"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// maxRights is how many rights one exit hands back: as many as one op may name.
const maxRights = payback.MaxRows

// HandBack gives the rights to pay refunds that this device holds to the server,
// so that any PC of the store can pay while this one is off. A face calls it at its
// clean exit, with a short deadline in ctx. It returns how many were given; if the
// server does not answer, none: then this PC keeps them and can pay offline when it
// starts again.
func (s *Syncer) HandBack(ctx context.Context) (int, error) {
	loans, err := s.rights(ctx)
	if err != nil || len(loans) == 0 {
		return 0, fault.Wrap("syncer.HandBack", err)
	}
	if _, err := s.Hello(ctx); err != nil {
		return 0, err
	}
	raw := make([]byte, 12)
	if _, err := io.ReadFull(s.env.Chance, raw); err != nil {
		return 0, fault.Wrap("syncer.HandBack", err)
	}
	give := &payback.GiveRight{Loans: loans, Exit: base64.RawURLEncoding.EncodeToString(raw)}
	if _, _, err := s.db.Record(ctx, []db.Entry{{Body: give, Role: payback.RoleDevice}}, nil); err != nil {
		return 0, fault.Wrap("syncer.HandBack", err)
	}
	_, err = s.Step(ctx)
	return len(loans), err
}

// rights returns the loans whose refund only this device may pay: those out, left
// against a slip, and those that are back but not paid.
func (s *Syncer) rights(ctx context.Context) ([]payback.LoanID, error) {
	e, ok, err := s.db.Enrolment(ctx)
	if err != nil || !ok {
		return nil, err
	}
	open, err := s.db.Loans(ctx, db.LoanFilter{States: []payback.State{payback.LoanOut, payback.LoanLeft}, Limit: 50 * maxRights})
	if err != nil {
		return nil, err
	}
	due, err := s.db.Refunds(ctx, payback.RefundDue)
	if err != nil {
		return nil, err
	}
	for _, r := range due {
		row, err := s.db.Row(ctx, payback.LoanKey(r.Loan))
		if err != nil {
			return nil, err
		}
		if l, ok := row.(*payback.Loan); ok && l.State == payback.LoanReturned {
			open = append(open, l)
		}
	}
	var mine []payback.LoanID
	for _, l := range open {
		if l.Right == payback.DeviceRight(e.Device) && len(mine) < maxRights {
			mine = append(mine, l.ID)
		}
	}
	return mine, nil
}
